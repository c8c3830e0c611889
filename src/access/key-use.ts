/** When keys were last used: noted at the door, written now and then, while nobody waits. */
import type { Clock } from '../clock.ts';
import type { ApiKeyUses } from '../store/api-key-uses.ts';
import { createRecordWriter } from '../store/record-writer.ts';
import type { Logger } from '../telemetry/logger.ts';

export type KeyUse = {
  readonly note: (keyId: string) => void;
  /** What was noted is on the disk. */
  readonly close: () => Promise<void>;
};

export type KeyUseOptions = { readonly uses: ApiKeyUses; readonly clock: Clock; readonly now: () => Date; readonly log: Logger };

/** A key in constant use costs a row this often. */
const everyMs = 300_000;

export function createKeyUse({ uses, clock, now, log }: KeyUseOptions): KeyUse {
  const notedMs = new Map<string, number>();
  const writer = createRecordWriter({ write: uses.note, clock, log });
  return {
    note: (keyId) => {
      const last = notedMs.get(keyId);
      if (last !== undefined && clock.now() - last < everyMs) return;
      notedMs.set(keyId, clock.now());
      writer.add({ key_id: keyId, last_used_at: now().toISOString() });
    },
    close: writer.close,
  };
}
