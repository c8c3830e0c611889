/** What the workers have of a kind, remembered so that asking costs nothing. */
import type { Clock } from '../clock.ts';

export type WorkerCatalog<Item> = {
  /** The last known list, at most `staleAfterMs` old unless no worker answers. */
  readonly models: () => Promise<readonly Item[]>;
  /** Asks the workers now: when models are known to have come or gone. */
  readonly refresh: () => Promise<readonly Item[]>;
  /** The same unless they were asked a moment ago: for callers who may ask as often as they like. */
  readonly refreshForCaller: () => Promise<readonly Item[]>;
};

export type WorkerCatalogOptions<Item> = {
  /** Asks any worker that serves; rejects when none does. */
  readonly list: () => Promise<readonly Item[]>;
  readonly clock: Clock;
};

const staleAfterMs = 5_000;
/** However often an unknown voice is asked for, the disk is looked at no more often than this. */
const refreshAtMostEveryMs = 500;

export function createWorkerCatalog<Item>({ list, clock }: WorkerCatalogOptions<Item>): WorkerCatalog<Item> {
  let known: readonly Item[] = [];
  let askedAtMs = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    askedAtMs = clock.now();
    try {
      known = await list();
    } catch {
      // Workers come back by themselves and what they had before is the best guess until then; /health tells of them.
      askedAtMs = -Infinity;
    }
  }

  function askOnce(): Promise<void> {
    asking ??= ask().finally(() => { asking = undefined; });
    return asking;
  }

  return {
    models: async () => {
      const asked = clock.now() - askedAtMs > staleAfterMs ? askOnce() : asking;
      // Only the very first caller waits; later ones get the old list while a new one is on its way.
      if (known.length === 0) await asked;
      return known;
    },
    refresh: async () => {
      // One that is under way may have looked before the change.
      await asking;
      await askOnce();
      return known;
    },
    refreshForCaller: async () => {
      if (clock.now() - askedAtMs > refreshAtMostEveryMs) await askOnce();
      else await asking;
      return known;
    },
  };
}
