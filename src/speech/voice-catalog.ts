/** What can speak right now: the models and voices that the workers see, remembered so that asking costs nothing. */
import type { Clock } from '../clock.ts';
import type { ModelInfo } from '../worker/protocol.ts';

export type CatalogVoice = { readonly id: string; readonly name: string; readonly language: string; readonly gender: string };

export type CatalogModel = {
  /** As the workers name it: `kokoro`, `piper/en_US-joe-medium`. */
  readonly modelId: string;
  readonly engine: string;
  readonly sampleRateHz: number;
  readonly voices: readonly CatalogVoice[];
  /** cpu, cuda, wasm; empty while not loaded. */
  readonly executionProvider: string;
  /** Can speak higher or lower without speaking faster. */
  readonly changesPitch: boolean;
  /** Says when each sound is heard. */
  readonly tellsTimings: boolean;
  /** Sounds can be given to it in IPA. */
  readonly takesPronunciations: boolean;
};

export type VoiceCatalog = {
  /** The last known list, at most `staleAfterMs` old unless no worker answers. */
  readonly models: () => Promise<readonly CatalogModel[]>;
  /** Asks the workers now: when models are known to have come or gone. */
  readonly refresh: () => Promise<readonly CatalogModel[]>;
  /** The same unless they were asked a moment ago: for callers who may ask as often as they like. */
  readonly refreshForCaller: () => Promise<readonly CatalogModel[]>;
};

export type VoiceCatalogOptions = {
  /** Asks any worker that serves; rejects when none does. */
  readonly listModels: () => Promise<readonly ModelInfo[]>;
  readonly clock: Clock;
};

const staleAfterMs = 5_000;
/** However often an unknown voice is asked for, the disk is looked at no more often than this. */
const refreshAtMostEveryMs = 500;

export function createVoiceCatalog({ listModels, clock }: VoiceCatalogOptions): VoiceCatalog {
  let known: readonly CatalogModel[] = [];
  let askedAtMs = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    askedAtMs = clock.now();
    try {
      known = (await listModels()).map(toCatalogModel);
    } catch {
      // Workers come back by themselves and what they could speak before is the best guess until then; /health tells of them.
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

function toCatalogModel(info: ModelInfo): CatalogModel {
  return {
    modelId: info.model_id,
    engine: info.engine,
    sampleRateHz: info.sample_rate,
    voices: info.voice_details,
    executionProvider: info.execution_provider,
    changesPitch: info.changes_pitch,
    tellsTimings: info.tells_timings,
    takesPronunciations: info.takes_pronunciations,
  };
}
