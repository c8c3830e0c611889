/**
 * Several sentences of one text in work at once, read in order. What is synthesised but not read is bounded for the
 * whole text, and every sentence knows when its listener will need it, which is what the workers are scheduled by.
 */
import { createAsyncQueue, type AsyncQueue } from '../async-queue.ts';
import { durationSeconds } from '../audio/pcm.ts';
import type { Clock } from '../clock.ts';
import type { SpeechChunk } from '../engines/kinds.ts';

/** How long a sentence and the silence behind it will take, before anybody has spoken it. */
export type SentenceEstimate = { readonly characters: number; readonly speed: number; readonly pauseAfterMs: number };

export type SentencePipelineOptions = {
  /** In order; a text that is still being written gives them as they become known. */
  readonly sentences: Iterable<SentenceEstimate> | AsyncIterable<SentenceEstimate>;
  /** Sentences in work at once, the one being read included. */
  readonly ahead: number;
  /** Audio that may wait unread. */
  readonly bufferSeconds: number;
  /** Starts a sentence; it is pulled only while the buffer has room. */
  readonly synthesise: (index: number, playoutDelayMs: () => number, signal: AbortSignal) => AsyncIterable<SpeechChunk>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** A guess for sentences not yet spoken; real ones vary by a third, which shifts a deadline and nothing else. */
const charactersPerSecond = 15;

/** Yields each sentence's audio in order. Leaving early aborts what is in work. */
export async function* synthesiseInOrder(options: SentencePipelineOptions): AsyncGenerator<AsyncIterable<SpeechChunk>> {
  const { ahead, clock } = options;
  const abandoned = new AbortController();
  const signal = AbortSignal.any([options.signal, abandoned.signal]);
  const buffer = createBuffer(options.bufferSeconds);
  const seconds: number[] = [];
  const queues: AsyncQueue<SpeechChunk>[] = [];
  const source = followSource(options.sentences, { ahead, start, signal });
  let playoutStartMs: number | undefined;

  function start({ characters, speed, pauseAfterMs }: SentenceEstimate): void {
    const index = queues.length;
    const queue = createAsyncQueue<SpeechChunk>();
    seconds.push(characters / charactersPerSecond / speed + pauseAfterMs / 1000);
    const playoutDelayMs = () => {
      const before = seconds.slice(0, index).reduce((sum, length) => sum + length, 0) * 1000;
      return before - (playoutStartMs === undefined ? 0 : clock.now() - playoutStartMs);
    };
    const audio = options.synthesise(index, playoutDelayMs, signal);
    queues.push(queue);
    fill({ index, audio, pauseAfterMs, queue }).then(queue.end, queue.fail);
  }

  async function fill({ index, audio, pauseAfterMs, queue }: { index: number; audio: AsyncIterable<SpeechChunk>; pauseAfterMs: number; queue: AsyncQueue<SpeechChunk> }): Promise<void> {
    let made = 0;
    await buffer.room(index, signal);
    for await (const chunk of audio) {
      made += durationSeconds(chunk);
      buffer.add(index, durationSeconds(chunk));
      queue.push(chunk);
      await buffer.room(index, signal);
    }
    seconds[index] = made + pauseAfterMs / 1000;
  }

  async function* read(index: number): AsyncGenerator<SpeechChunk> {
    for await (const chunk of queues[index]!) {
      playoutStartMs ??= clock.now();
      buffer.take(index, durationSeconds(chunk));
      yield chunk;
    }
  }

  try {
    for (let index = 0; await source.has(index); index++) {
      buffer.readFrom(index);
      yield read(index);
    }
  } finally {
    abandoned.abort();
  }
}

type SentenceSource = {
  /** Reads on up to `ahead` sentences from this one, and resolves once it is started, or with false where there is none. */
  readonly has: (index: number) => Promise<boolean>;
};

type FollowOptions = { readonly ahead: number; readonly start: (sentence: SentenceEstimate) => void; readonly signal: AbortSignal };

/** Starts sentences as they become known while the ones before are being read. Errors of the source come when its reader gets there. */
function followSource(sentences: SentencePipelineOptions['sentences'], { ahead, start, signal }: FollowOptions): SentenceSource {
  const changed = new Set<() => void>();
  let reading = -1;
  let started = 0;
  let end: { readonly error?: unknown } | undefined;
  let following = false;

  const wake = (): void => changed.forEach((look) => look());
  const until = (holds: () => boolean): Promise<void> => new Promise((resolve) => {
    const look = (): void => {
      if (!holds() && !signal.aborted) return;
      changed.delete(look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    changed.add(look);
    signal.addEventListener('abort', look, { once: true });
    look();
  });

  async function follow(): Promise<void> {
    try {
      for await (const sentence of sentences) {
        await until(() => started < reading + ahead);
        if (signal.aborted) break;
        start(sentence);
        started++;
        wake();
      }
      end ??= {};
    } catch (error) {
      end ??= { error };
    }
    wake();
  }

  return {
    has: async (index) => {
      reading = index;
      wake();
      if (!following) void follow();
      following = true;
      await until(() => started > index || end !== undefined);
      if (started > index) return true;
      signal.throwIfAborted();
      if (end !== undefined && 'error' in end) throw end.error;
      return false;
    },
  };
}

type Buffer = {
  readonly add: (index: number, seconds: number) => void;
  readonly take: (index: number, seconds: number) => void;
  readonly readFrom: (index: number) => void;
  /** Resolves when sentence `index` may make more. */
  readonly room: (index: number, signal: AbortSignal) => Promise<void>;
};

/** The sentence being read may always make its next chunk when it has none: else those behind it could starve it. */
function createBuffer(limitSeconds: number): Buffer {
  const held = new Map<number, number>();
  const waiting = new Set<() => void>();
  let total = 0;
  let reading = 0;

  const hasRoom = (index: number) => total < limitSeconds || (index === reading && (held.get(index) ?? 0) <= 1e-9);
  const change = (index: number, seconds: number) => {
    held.set(index, (held.get(index) ?? 0) + seconds);
    total += seconds;
  };
  const wake = () => waiting.forEach((check) => check());

  return {
    add: change,
    take: (index, seconds) => {
      change(index, -seconds);
      wake();
    },
    readFrom: (index) => {
      reading = index;
      wake();
    },
    room: (index, signal) => new Promise((resolve, reject) => {
      const settle = () => {
        waiting.delete(check);
        signal.removeEventListener('abort', check);
      };
      const check = () => {
        if (signal.aborted) {
          settle();
          reject(signal.reason);
        } else if (hasRoom(index)) {
          settle();
          resolve();
        }
      };
      waiting.add(check);
      signal.addEventListener('abort', check, { once: true });
      check();
    }),
  };
}
