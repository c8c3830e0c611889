import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inChunks } from '../audio/test-signals.ts';
import { localModel } from '../engines/conformance/local-model.ts';
import { hearingRateHz, vadFrameSamples } from '../engines/kinds.ts';
import { createSileroVad } from '../engines/silero/silero-vad.ts';
import { fourSentences, joinSamples, speakSentences, whiteNoise } from '../engines/silero/spoken-samples.ts';
import { cutPieces } from './cut-pieces.ts';
import type { CutEvent, SpeechPiece } from './cut-pieces.ts';
import { createLoudVoice } from './loud-voice.ts';
import type { PiecePlanOptions } from './piece-plan.ts';

const seconds = (count: number) => Math.round(count * hearingRateHz);

/** Loud and silent stretches in turn, beginning with a loud one; every sample tells where it is. */
function recording(stretchSeconds: readonly number[]): Float32Array {
  return joinSamples(stretchSeconds.map((length, i) => new Float32Array(seconds(length)).fill(i % 2 === 0 ? 0.5 : 0)))
    .map((sample, i) => sample + (i % 100) / 10_000);
}

async function cut(samples: Float32Array, { sizes = [8000], ...options }: PiecePlanOptions & { sizes?: readonly number[] } = {}): Promise<CutEvent[]> {
  return Array.fromAsync(cutPieces(fromArray(inChunks(samples, sizes)), { voice: createLoudVoice(), ...options }));
}

async function* fromArray(chunks: Iterable<Float32Array>): AsyncGenerator<Float32Array> {
  yield* chunks;
}

function piecesOf(events: readonly CutEvent[]): SpeechPiece[] {
  return events.flatMap(({ piece }) => (piece === undefined ? [] : [piece]));
}

/** In tenths of a second, as [start, end]. */
function spans(events: readonly CutEvent[]): number[][] {
  return piecesOf(events).map(({ startSample, samples }) => [startSample, startSample + samples.length].map((at) => Math.round(at / hearingRateHz * 10) / 10));
}

describe('cutting a recording into pieces', () => {
  it('leaves silence out, but for a little around the speech', async () => {
    const events = await cut(recording([0, 5, 3, 10, 2, 5]));
    expect(spans(events)).toEqual([[4.6, 8.4], [17.6, 20.4]]);
    expect(piecesOf(events).map(({ speechSamples }) => Math.round(speechSamples / hearingRateHz * 10) / 10)).toEqual([3, 2]);
    expect(events.at(-1)!.readSamples).toBe(seconds(25));
  });

  it('joins speech with short pauses, which keep their length', async () => {
    const samples = recording([2, 0.5, 2, 0.8, 2]);
    const [piece, ...others] = piecesOf(await cut(samples));
    expect(others).toEqual([]);
    expect(piece!.startSample).toBe(0);
    expect(piece!.samples).toEqual(samples);
  });

  it('cuts at the longest pause of the later half once there is more than the target', async () => {
    // After 7 s a pause of 0.6 s, after 11 s one of 0.3 s; 0.9 s after the first second would leave too little.
    const events = await cut(recording([1, 0.9, 5.1, 0.6, 3.4, 0.3, 5]));
    expect(spans(events)).toEqual([[0, 7.3], [7.3, 16.3]]);
  });

  it('shares a pause that is shorter than the padding of both sides', async () => {
    expect(spans(await cut(recording([8, 0.3, 8])))).toEqual([[0, 8.1], [8.1, 16.3]]);
  });

  it('keeps speech whole that has no pause up to the limit, and cuts longer speech where it is weakest', async () => {
    expect(spans(await cut(recording([0, 1, 27])))).toEqual([[0.6, 28]]);
    const monologue = recording([60]);
    // Nobody falls silent, but two syllables are softer.
    monologue.fill(0.2, seconds(21), seconds(21.1));
    monologue.fill(0.2, seconds(40), seconds(40.1));
    expect(spans(await cut(monologue))).toEqual([[0, 21.1], [21.1, 40], [40, 60]].map(([from, to]) => [expect.closeTo(from!, 0.05), expect.closeTo(to!, 0.05)]));
  });

  it('makes no piece of the end of speech that was cut just after it had ended', async () => {
    const [first, second, ...others] = spans(await cut(recording([5.15, 3, 2, 2]), { targetSeconds: 3, maxSeconds: 6 }));
    expect(first).toEqual([0, 5.6]);
    expect(second![0]).toBeGreaterThan(7.5);
    expect(others).toEqual([]);
  });

  it('keeps what may be speech around what surely is, and nothing where all of it only may be', async () => {
    const whispered = recording([0, 4, 2, 6, 2, 4]);
    // As the detector has it: the first is surely speech at its end alone, the second nowhere.
    const probability = (frame: number): number => {
      const second = (frame * vadFrameSamples) / hearingRateHz;
      if (second >= 4 && second < 6) return second < 5.7 ? 0.25 : 0.9;
      return second >= 12 && second < 14 ? 0.3 : 0.02;
    };
    let frames = 0;
    const voice = { push: async (samples: Float32Array) => Float32Array.from({ length: samples.length / vadFrameSamples }, () => probability(frames++)), close: () => undefined };
    const pieces = piecesOf(await Array.fromAsync(cutPieces(fromArray([whispered]), { voice })));
    expect(pieces.map(({ startSample, samples }) => [startSample / hearingRateHz, (startSample + samples.length) / hearingRateHz])).toEqual([[expect.closeTo(3.6, 1), expect.closeTo(6.4, 1)]]);
  });

  it('tells nothing but its length of a recording without speech, and of one without samples', async () => {
    const events = await cut(recording([0, 7.77]));
    expect(piecesOf(events)).toEqual([]);
    expect(events.length).toBeGreaterThan(4);
    expect(events.at(-1)!.readSamples).toBe(seconds(7.77));
    expect(await cut(new Float32Array(0))).toEqual([{ readSamples: 0 }]);
  });

  it('reads no further than it must for the next event', async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<Float32Array> {
      for (const chunk of inChunks(recording([2, 3, 2, 3, 2, 3]), [1600])) {
        read += chunk.length;
        yield chunk;
      }
    }
    const events = cutPieces(counted(), { voice: createLoudVoice() });
    const first = await events.next();
    expect(first.value).toMatchObject({ piece: { startSample: 0 } });
    // Two seconds of silence ended it.
    expect(read / hearingRateHz).toBeCloseTo(4.1, 0);
    await events.return(undefined);
  });

  it('hears ten hours of silence in the memory of a few seconds', async () => {
    const tenSeconds = new Float32Array(10 * hearingRateHz);
    async function* hours(): AsyncGenerator<Float32Array> {
      for (let i = 0; i < 3600; i++) yield tenSeconds;
    }
    const voice = createLoudVoice();
    let most = 0;
    let last: CutEvent | undefined;
    for await (const event of cutPieces(hours(), { voice })) {
      expect(event.piece).toBeUndefined();
      most = Math.max(most, process.memoryUsage().arrayBuffers);
      last = event;
    }
    expect(last!.readSamples).toBe(36_000 * hearingRateHz);
    expect(voice.framesHeard()).toBe(36_000 * hearingRateHz / vadFrameSamples);
    // All of it would be 2.3 GB; what the collector has not looked at yet is allowed for.
    expect(most).toBeLessThan(500_000_000);
  });

  it('gives every word to exactly one piece, whatever is said and however it arrives', async () => {
    const length = fc.double({ min: 0.2, max: 4, noNaN: true });
    const pause = fc.double({ min: 0.05, max: 2.5, noNaN: true });
    await fc.assert(fc.asyncProperty(
      fc.array(fc.tuple(length, pause), { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      async (turns, sizes, begins) => {
        const stretches = [...(begins ? [] : [0, 0.7]), ...turns.flat()];
        const samples = recording(stretches);
        const options = { targetSeconds: 3, maxSeconds: 6 };
        const events = await cut(samples, { ...options, sizes });
        const pieces = piecesOf(events);
        expect(pieces).toEqual(piecesOf(await cut(samples, options)));

        const owner = new Uint8Array(samples.length);
        let lastRead = 0;
        for (const { piece, readSamples } of events) {
          expect(readSamples).toBeGreaterThanOrEqual(lastRead);
          if (piece !== undefined) {
            expect(piece.startSample).toBeGreaterThanOrEqual(lastRead);
            expect(piece.startSample + piece.samples.length).toBe(readSamples);
            expect(piece.samples.length).toBeLessThanOrEqual(seconds(6));
            expect(piece.samples).toEqual(samples.slice(piece.startSample, readSamples));
            owner.fill(1, piece.startSample, readSamples);
          }
          lastRead = readSamples;
        }
        expect(lastRead).toBe(samples.length);
        let at = 0;
        stretches.forEach((stretch, i) => {
          const end = at + seconds(stretch);
          const covered = owner.subarray(at, end).reduce((sum, one) => sum + one, 0);
          if (i % 2 === 0) expect(covered).toBe(end - at);
          // Of a long silence no more than its edges is kept.
          else if (stretch > 2.1) expect(covered).toBeLessThanOrEqual(seconds(0.8 + 0.1));
          at = end;
        });
      },
    ), { numRuns: 60 });
  });
});

const silero = localModel({ folder: 'silero-vad', file: 'silero-vad-16k.onnx' });

describe.skipIf(silero.missing)(`cutting spoken recordings by Silero VAD${silero.missing ? ` (${silero.missing})` : ''}`, () => {
  it.each([
    ['as spoken', (samples: Float32Array) => samples],
    ['at −40 dBFS', (samples: Float32Array) => samples.map((sample) => sample * 0.1)],
    ['in noise 10 dB below', (samples: Float32Array) => { const noise = whiteNoise({ length: samples.length, rms: 0.03 }); return samples.map((sample, i) => sample + noise[i]!); }],
  ])('finds each sentence of four, %s', async (_, change) => {
    const spoken = await speakSentences({ sentences: fourSentences, gapSeconds: 2.5 });
    const model = await createSileroVad({ modelPath: join(silero.directory, 'silero-vad-16k.onnx') });
    const events = await Array.fromAsync(cutPieces(fromArray(inChunks(change(spoken.samples), [12_345, 77])), { voice: model.openStream() }));
    await model.close();
    const pieces = piecesOf(events);
    expect(pieces).toHaveLength(spoken.stretches.length);
    for (const [i, { startSample, endSample }] of spoken.stretches.entries()) {
      const piece = pieces[i]!;
      // flite itself begins with about 0.2 s of silence and ends with as much; no sound of the sentence may be lost.
      const audible = audibleWithin(spoken.samples, { startSample, endSample });
      expect(piece.startSample).toBeLessThanOrEqual(audible.startSample);
      expect(piece.startSample + piece.samples.length).toBeGreaterThanOrEqual(audible.endSample);
      expect(piece.samples.length).toBeLessThan(endSample - startSample + seconds(0.8));
    }
  });
});

function audibleWithin(samples: Float32Array, { startSample, endSample }: { startSample: number; endSample: number }): { startSample: number; endSample: number } {
  const inside = samples.subarray(startSample, endSample);
  return { startSample: startSample + inside.findIndex((sample) => Math.abs(sample) > 0.01), endSample: startSample + inside.findLastIndex((sample) => Math.abs(sample) > 0.01) + 1 };
}
