/**
 * Sentences are kept for whoever asks for the same again: clean, as the workers made them, before any mark, gain or
 * encoder. What is being spoken for one caller is not spoken again for another of his lane who comes meanwhile.
 */
import type { WorkLane } from '../../dispatch/lane-queue.ts';
import type { SpeechPool, SpeechTask } from '../../dispatch/speech-pool.ts';
import type { SpeechChunk } from '../../engines/kinds.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { ChosenVoice } from '../choose-voice.ts';
import type { CacheFiles, KeptSentence } from './cache-files.ts';
import { createFlights } from './flights.ts';
import { sentenceKey } from './sentence-key.ts';

export type SpeechCache = {
  /** The pool's promise, kept from what was kept where that can be. `onCached` is told the seconds of audio that nobody had to make. */
  readonly over: (voice: Pick<ChosenVoice, 'revision'>, onCached: (seconds: number) => void) => Pick<SpeechPool, 'synthesise'>;
  /** What is being written is on the disk when it resolves. */
  readonly settled: () => Promise<void>;
};

export type SpeechCacheOptions = {
  readonly pool: Pick<SpeechPool, 'synthesise'>;
  readonly files: CacheFiles;
  readonly settings: {
    readonly maxBytes: number;
    readonly ttlMs: number;
    /** Of sentences with at least `longCharacters`, which are seldom asked for twice. */
    readonly longTtlMs: number;
    readonly longCharacters: number;
  };
  readonly now: () => Date;
  readonly metrics: Metrics;
  readonly log: Logger;
};

/** A kept sentence is given in pieces: what follows is encoded while the first is on its way. */
const firstPieceSeconds = 0.1;
const pieceSeconds = 0.5;
/** What makes room makes some more, so that not every sentence has to. */
const evictedShare = 0.9;
/** Of a blend of very many voices, whose folder's name would be too long. */
const longestVoice = 60;

export function createSpeechCache({ pool, files, settings, now, metrics, log }: SpeechCacheOptions): SpeechCache {
  const flights = createFlights<SpeechChunk>();
  /** What is on its way to the disk, for whoever asks meanwhile. */
  const writing = new Map<string, { readonly sentence: KeptSentence; readonly done: Promise<void> }>();
  let evicting = false;

  function keep(task: SpeechTask, key: string, chunks: readonly SpeechChunk[]): void {
    const sentence = joined(chunks);
    if (sentence === undefined) return;
    const ttlMs = task.text.length >= settings.longCharacters ? settings.longTtlMs : settings.ttlMs;
    const done = files.write(task, key, { sentence, expiresAt: new Date(now().getTime() + ttlMs) })
      .then(makeRoom)
      // Whoever was spoken to has heard it; that it cannot be kept is the disk's matter, which /health tells.
      .catch((error: unknown) => log.warn({ err: error }, 'a sentence could not be kept'))
      .finally(() => { writing.delete(key); });
    writing.set(key, { sentence, done });
  }

  async function makeRoom(): Promise<void> {
    if (evicting || files.bytes() <= settings.maxBytes) return;
    evicting = true;
    try {
      metrics.cacheEvictedBytes.inc(await files.evict(settings.maxBytes * evictedShare));
    } finally {
      evicting = false;
    }
  }

  async function* spokenAnew(task: SpeechTask, key: string, stop: AbortSignal): AsyncGenerator<SpeechChunk> {
    const chunks: SpeechChunk[] = [];
    for await (const chunk of pool.synthesise(task, stop)) {
      chunks.push(chunk);
      yield chunk;
    }
    keep(task, key, chunks);
  }

  function count(lane: WorkLane, result: 'hit' | 'joined' | 'miss'): void {
    metrics.cacheLookups.inc({ lane, result });
    if (lane !== 'jobs') metrics.lanes.lookedUp(lane, result !== 'miss');
  }

  return {
    over: ({ revision }, onCached) => ({
      synthesise: async function* (task, signal) {
        if (revision === undefined || task.voice.length > longestVoice) {
          yield* pool.synthesise(task, signal);
          return;
        }
        const { lane } = task.asker;
        const key = sentenceKey({ ...task, revision });
        const { sentence, isDamaged } = writing.has(key) ? { sentence: writing.get(key)!.sentence, isDamaged: false } : await files.read(task, key);
        signal.throwIfAborted();
        if (isDamaged) metrics.cacheDamaged.inc();
        if (sentence !== undefined) {
          count(lane, 'hit');
          onCached(sentence.samples.length / sentence.sampleRateHz);
          yield* pieces(sentence);
          return;
        }
        let isJoined = false;
        // Of another lane nobody waits for: it may be served much later.
        for await (const chunk of flights.join(`${lane} ${key}`, (stop) => spokenAnew(task, key, stop), signal, () => { isJoined = true; })) {
          if (isJoined) onCached(chunk.samples.length / chunk.sampleRateHz);
          // Whoever gets samples may change them, and others get the same.
          yield { ...chunk, samples: chunk.samples.slice() };
        }
        count(lane, isJoined ? 'joined' : 'miss');
      },
    }),
    settled: async () => void (await Promise.all([...writing.values()].map(({ done }) => done))),
  };
}

function* pieces({ samples, sampleRateHz, timings }: KeptSentence): Generator<SpeechChunk> {
  for (let from = 0; from < samples.length;) {
    const size = Math.round((from === 0 ? firstPieceSeconds : pieceSeconds) * sampleRateHz);
    // A copy: whoever gets samples may change them.
    yield { samples: samples.slice(from, from + size), sampleRateHz, ...(from === 0 && timings.length > 0 ? { timings } : {}) };
    from += size;
  }
}

/** undefined of none. */
function joined(chunks: readonly SpeechChunk[]): KeptSentence | undefined {
  const length = chunks.reduce((sum, { samples }) => sum + samples.length, 0);
  if (length === 0) return undefined;
  const samples = new Float32Array(length);
  let at = 0;
  for (const chunk of chunks) {
    samples.set(chunk.samples, at);
    at += chunk.samples.length;
  }
  return { samples, sampleRateHz: chunks[0]!.sampleRateHz, timings: chunks.flatMap(({ timings = [] }) => timings) };
}
