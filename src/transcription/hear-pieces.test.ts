import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import type { TranscriptionTask } from '../dispatch/transcription-pool.ts';
import { hearingRateHz, type HeardSpeech } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import type { CutEvent } from '../recognition/cut-pieces.ts';
import { createHearPieces, type HeardPart, type Question } from './hear-pieces.ts';

const question: Question = { asker: { lane: 'priority', name: 'somebody' }, modelId: 'whisper/base', language: undefined, task: 'transcribe', prompt: undefined, temperature: undefined, words: false, careful: true, expectedSeconds: undefined, traceparent: 't' };

function piece(startSeconds: number, seconds = 5): CutEvent {
  const startSample = startSeconds * hearingRateHz;
  const samples = new Float32Array(seconds * hearingRateHz);
  return { piece: { samples, startSample, speechSamples: samples.length }, readSamples: startSample + samples.length };
}

function said(text: string, language = 'en'): HeardSpeech {
  return { language, languageProbability: 0.9, segments: text === '' ? [] : [{ text, startSeconds: 1, endSeconds: 2, tokens: [], temperature: 0, averageLogProbability: -0.1, compressionRatio: 1, noSpeechProbability: 0 }] };
}

/** A pool whose answers are given by hand. */
function setUp(cuts: AsyncIterable<CutEvent>, { asked: given = question, signal = new AbortController().signal } = {}) {
  const clock = createVirtualClock();
  const asked: { task: TranscriptionTask; signal: AbortSignal; answer: (heard: HeardSpeech) => void; fail: (error: unknown) => void }[] = [];
  const transcribe = (task: TranscriptionTask, stop: AbortSignal) => new Promise<HeardSpeech>((resolve, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason), { once: true });
    asked.push({ task, signal: stop, answer: resolve, fail: reject });
  });
  const parts: HeardPart[] = [];
  const stream = createHearPieces({ pool: { transcribe }, piecesAhead: 2, clock })({ cuts, question: given, signal });
  const done = (async () => { for await (const part of stream) parts.push(part); })();
  done.catch(() => undefined);
  return { clock, asked, parts, done };
}

async function* given(...events: readonly CutEvent[]): AsyncGenerator<CutEvent> {
  yield* events;
}

describe('hearing the pieces of a recording', () => {
  it('tells them in order, on the clock of the recording, though the second is done first', async () => {
    const { asked, parts, done } = setUp(given(piece(0), piece(10)), { asked: { ...question, language: 'en' } });
    await settle();
    expect(asked).toHaveLength(2);
    asked[1]!.answer(said(' world'));
    await settle();
    expect(parts).toEqual([]);
    asked[0]!.answer(said(' hello'));
    await done;
    expect(parts.map(({ segments }) => [segments[0]!.text, segments[0]!.startSeconds])).toEqual([[' hello', 1], [' world', 11]]);
    expect(parts.at(-1)!.doneSeconds).toBe(15);
  });

  it('waits with the others until the first that holds speech has told the language', async () => {
    const { asked, parts, done } = setUp(given(piece(0), piece(10), piece(20), piece(30)));
    await settle();
    expect(asked).toHaveLength(1);
    asked[0]!.answer(said('', 'de'));
    await settle();
    expect(asked.map(({ task }) => task.language)).toEqual([undefined, undefined]);
    asked[1]!.answer(said(' bonjour', 'fr'));
    await settle();
    expect(asked.map(({ task }) => task.language)).toEqual([undefined, undefined, 'fr', 'fr']);
    asked[2]!.answer(said(' a', 'fr'));
    asked[3]!.answer(said(' b', 'fr'));
    await done;
    expect(parts.flatMap(({ language }) => language?.language ?? [])).toEqual(['fr', 'fr', 'fr']);
  });

  it('tells of silence as it goes by, before there is anything to hear', async () => {
    const more = Promise.withResolvers<void>();
    async function* cuts(): AsyncGenerator<CutEvent> {
      for (let second = 1; second <= 200; second++) yield { readSamples: second * hearingRateHz };
      await more.promise;
    }
    const { parts, done } = setUp(cuts());
    while (parts.length < 200) await settle();
    expect(parts.at(-1)).toEqual({ segments: [], doneSeconds: 200, speechSeconds: 0 });
    more.resolve();
    await done;
  });

  it('reads no further ahead than is asked for', async () => {
    let read = 0;
    async function* cuts(): AsyncGenerator<CutEvent> {
      for (;;) yield piece(10 * read++);
    }
    const { asked } = setUp(cuts(), { asked: { ...question, language: 'en' } });
    await settle();
    expect([asked.length, read]).toEqual([2, 2]);
    asked[0]!.answer(said(' a'));
    await settle();
    expect([asked.length, read]).toEqual([3, 3]);
  });

  it('is due sooner for a sentence than for a lecture, and at the latest in a minute', async () => {
    const delays = await Promise.all([5, 300, 36_000].map(async (expectedSeconds) => {
      const { asked } = setUp(given(piece(0)), { asked: { ...question, expectedSeconds } });
      await settle();
      return asked[0]!.task.answerDelayMs();
    }));
    expect(delays).toEqual([1_000, 30_500, 60_000]);
  });

  it('gives what was heard before the recording broke, then the error', async () => {
    async function* cuts(): AsyncGenerator<CutEvent> {
      yield piece(0);
      throw new AntiphonError('audio_too_long', 'too long');
    }
    const { asked, parts, done } = setUp(cuts(), { asked: { ...question, language: 'en' } });
    await settle();
    asked[0]!.answer(said(' hello'));
    await expect(done).rejects.toMatchObject({ code: 'audio_too_long' });
    expect(parts).toHaveLength(1);
  });

  it('stops the other pieces when one fails', async () => {
    const { asked, done } = setUp(given(piece(0), piece(10)), { asked: { ...question, language: 'en' } });
    await settle();
    asked[0]!.fail(new AntiphonError('engine_failed', 'broken'));
    await expect(done).rejects.toMatchObject({ code: 'engine_failed' });
    expect(asked[1]!.signal.aborted).toBe(true);
  });
});
