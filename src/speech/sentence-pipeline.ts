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
  readonly sentences: readonly SentenceEstimate[];
  /** Sentences in work at once, the one being read included. */
  readonly ahead: number;
  /** Audio that may wait unread. */
  readonly bufferSeconds: number;
  /** Starts a sentence; it is pulled only while the buffer has room. */
  readonly synthesise: (index: number, playoutDelayMs: () => number, signal: AbortSignal) => AsyncIterable<SpeechChunk>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** A guess for sentences not yet spoken. Real ones vary by a third, most are slower: who is served too early keeps nobody waiting, too late is a gap. */
const charactersPerSecond = 18;

/** Yields each sentence's audio in order. Leaving early aborts what is in work. */
export async function* synthesiseInOrder(options: SentencePipelineOptions): AsyncGenerator<AsyncIterable<SpeechChunk>> {
  const { sentences, ahead, clock } = options;
  const abandoned = new AbortController();
  const signal = AbortSignal.any([options.signal, abandoned.signal]);
  const buffer = createBuffer(options.bufferSeconds);
  const seconds = sentences.map(({ characters, speed, pauseAfterMs }) => characters / charactersPerSecond / speed + pauseAfterMs / 1000);
  const queues: AsyncQueue<SpeechChunk>[] = [];
  let playoutStartMs: number | undefined;

  function start(index: number): void {
    const queue = createAsyncQueue<SpeechChunk>();
    queues[index] = queue;
    const playoutDelayMs = () => {
      const before = seconds.slice(0, index).reduce((sum, length) => sum + length, 0) * 1000;
      return before - (playoutStartMs === undefined ? 0 : clock.now() - playoutStartMs);
    };
    fill(index, options.synthesise(index, playoutDelayMs, signal), queue).then(queue.end, queue.fail);
  }

  async function fill(index: number, source: AsyncIterable<SpeechChunk>, queue: AsyncQueue<SpeechChunk>): Promise<void> {
    let made = 0;
    await buffer.room(index, signal);
    for await (const chunk of source) {
      made += durationSeconds(chunk);
      buffer.add(index, durationSeconds(chunk));
      queue.push(chunk);
      await buffer.room(index, signal);
    }
    seconds[index] = made + sentences[index]!.pauseAfterMs / 1000;
  }

  async function* read(index: number): AsyncGenerator<SpeechChunk> {
    for await (const chunk of queues[index]!) {
      playoutStartMs ??= clock.now();
      buffer.take(index, durationSeconds(chunk));
      yield chunk;
    }
  }

  try {
    for (let index = 0; index < sentences.length; index++) {
      for (let next = queues.length; next < Math.min(index + ahead, sentences.length); next++) start(next);
      buffer.readFrom(index);
      yield read(index);
    }
  } finally {
    abandoned.abort();
  }
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
