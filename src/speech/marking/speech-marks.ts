/**
 * The last step on samples before they are encoded: what owes a mark gets one, or does not leave at all. Each stream has
 * a payload and a stretch of the day's sequence of its own, noted on the disk before its first sound.
 */
import { randomInt } from 'node:crypto';
import type { Caller } from '../../caller.ts';
import { AntiphonError } from '../../errors.ts';
import { slotsPerBlock, slotsPerSecond } from '../../audio/watermark/bands.ts';
import { canMark, createMarker, type Marker } from '../../audio/watermark/marker.ts';
import { owesMark } from './mark-policy.ts';
import { dayKey, type MarkSecret } from './mark-secrets.ts';

export type MarkAsk = {
  readonly caller: Pick<Caller, 'lane' | 'plan' | 'owner' | 'keyId'>;
  readonly requestId: string;
  readonly sampleRateHz: number;
  /** Of sound, at the most; what goes beyond it runs into the next one's stretch. */
  readonly seconds: number;
};

export type SpeechMarks = {
  /** undefined where none is owed. Errors: mark_unavailable. */
  readonly begin: (ask: MarkAsk & { readonly caller: Caller }) => Promise<Marker | undefined>;
  /** The same for what is known to owe one. */
  readonly mark: (ask: Omit<MarkAsk, 'caller'> & { readonly owner: string; readonly keyId: string | undefined }) => Promise<Marker>;
  /** Whether marks can be made now. Errors: mark_unavailable. */
  readonly check: () => Promise<void>;
};

/** What is noted of a mark; the only thing that leads from one that was found to whoever it was made for. */
export type MarkNote = {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly secretId: string;
  readonly day: string;
  /** Its length, in slots of 10 ms. */
  readonly slots: number;
  readonly payload: number;
  readonly owner: string;
  readonly keyId: string | undefined;
  readonly requestId: string;
};

export type MarkBook = {
  /** Reserves the next stretch of the day that is nobody's; on the disk when it resolves. Gives the slot where it begins. */
  readonly reserve: (note: MarkNote) => Promise<number>;
};

export type SpeechMarksOptions = {
  /** Asked for each stream, so that a file that was put back is found at once. Errors: mark_unavailable. */
  readonly secrets: () => Promise<readonly MarkSecret[]>;
  readonly marks: MarkBook;
  readonly strengthDb: number;
  readonly now: () => Date;
  /** Below 2³², from secure chance. */
  readonly payload?: () => number;
};

/** What is said slowly, with long pauses: a mark's stretch is to hold it. */
const slowestCharactersPerSecond = 4;
const leastSeconds = 10;
/** Of a text that is still being written. */
const growingSeconds = 900;

/** How much sound a text may come to; 0 characters: nobody knows yet. */
export function mostSecondsOf({ characters, speed }: { readonly characters: number; readonly speed: number }): number {
  return characters === 0 ? growingSeconds : Math.max(leastSeconds, characters / slowestCharactersPerSecond / speed);
}

export function createSpeechMarks({ secrets, marks, strengthDb, now, payload = () => randomInt(2 ** 32) }: SpeechMarksOptions): SpeechMarks {
  const mark: SpeechMarks['mark'] = async ({ owner, keyId, requestId, sampleRateHz, seconds }) => {
    if (!canMark(sampleRateHz)) throw new AntiphonError('mark_unavailable', `What is asked for must be marked, and sound of ${sampleRateHz} Hz cannot be.`);
    const secret = (await secrets()).at(-1)!;
    const at = now().toISOString();
    const day = at.slice(0, 10);
    const own = payload();
    // Whole blocks, so that no two marks ever share one.
    const slots = Math.ceil((seconds * slotsPerSecond) / slotsPerBlock) * slotsPerBlock;
    const startSlot = await marks.reserve({ at, secretId: secret.id, day, slots, payload: own, owner, keyId, requestId });
    return createMarker({ sampleRateHz, key: dayKey(secret, day), payload: own, startSlot, strengthDb });
  };
  return {
    mark,
    begin: async ({ caller, ...ask }) => (owesMark(caller) ? mark({ ...ask, owner: caller.owner, keyId: caller.keyId }) : undefined),
    check: async () => void (await secrets()),
  };
}

/** The samples with their mark: as many as came in, at most 20 ms later. */
export async function* marked(chunks: AsyncIterable<Float32Array>, marker: Marker): AsyncGenerator<Float32Array> {
  for await (const chunk of chunks) {
    const samples = marker.mark(chunk);
    if (samples.length > 0) yield samples;
  }
  const rest = marker.end();
  if (rest.length > 0) yield rest;
}
