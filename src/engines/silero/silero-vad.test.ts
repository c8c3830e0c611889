import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sine } from '../../audio/test-signals.ts';
import { localModel } from '../conformance/local-model.ts';
import { hearingRateHz, vadFrameSamples } from '../kinds.ts';
import type { VoiceActivityModel } from '../kinds.ts';
import { createOnnxSession } from '../onnx-session.ts';
import { createSileroVad } from './silero-vad.ts';
import { chords, fourSentences, speakSentences, whiteNoise } from './spoken-samples.ts';
import type { SpokenStretch } from './spoken-samples.ts';

const silero = localModel({ folder: 'silero-vad', file: 'silero-vad-16k.onnx' });

describe.skipIf(silero.missing)(`Silero VAD${silero.missing ? ` (${silero.missing})` : ''}`, () => {
  let model: VoiceActivityModel;
  let speech: { samples: Float32Array; stretches: readonly SpokenStretch[] };
  beforeAll(async () => {
    model = await createSileroVad({ modelPath: join(silero.directory, 'silero-vad-16k.onnx') });
    const spoken = await speakSentences({ sentences: fourSentences, gapSeconds: 1.5 });
    speech = { ...spoken, samples: wholeFrames(spoken.samples) };
  });
  afterAll(() => model.close());

  async function tell(samples: Float32Array): Promise<Float32Array> {
    const stream = model.openStream();
    try {
      return await stream.push(samples);
    } finally {
      stream.close();
    }
  }

  function gains(level: (sample: number, i: number) => number): Float32Array {
    return speech.samples.map(level);
  }

  it.each([
    ['as spoken', () => speech.samples],
    ['at about −40 dBFS', () => gains((sample) => sample * 0.1)],
    ['at about −60 dBFS', () => gains((sample) => sample * 0.01)],
    ['in noise 10 dB below the voice', () => { const noise = whiteNoise({ length: speech.samples.length, rms: 0.03 }); return gains((sample, i) => sample + noise[i]!); }],
  ])('finds every sentence and every pause, %s', async (_, samples) => {
    const probabilities = await tell(samples());
    for (const { startSample, endSample } of speech.stretches) {
      const inside = framesIn(probabilities, { startSample: startSample + 4000, endSample: endSample - 2000 });
      expect(share(inside, (probability) => probability > 0.5)).toBeGreaterThan(0.85);
    }
    // Half a second after the voice it has died away in the network too.
    for (const [i, { endSample }] of speech.stretches.entries()) {
      const pause = framesIn(probabilities, { startSample: endSample + 8000, endSample: speech.stretches[i + 1]?.startSample ?? speech.samples.length });
      expect(Math.max(...pause)).toBeLessThan(0.35);
    }
  });

  it.each([
    ['silence', new Float32Array(10 * hearingRateHz)],
    ['noise', whiteNoise({ length: 10 * hearingRateHz, rms: 0.1 })],
    ['a tone', sine({ hz: 440, sampleRateHz: hearingRateHz, durationMs: 10_000 })],
    ['chords', chords({ length: 10 * hearingRateHz })],
  ])('takes %s for no speech', async (_, samples) => {
    expect(Math.max(...await tell(wholeFrames(samples)))).toBeLessThan(0.35);
  });

  it('tells what the network in the file tells, frame by frame', async () => {
    const samples = speech.samples.subarray(0, 200 * vadFrameSamples);
    const session = await createOnnxSession({ model: await readFile(join(silero.directory, 'silero-vad-16k.onnx')) });
    const heard = new Float32Array(64 + vadFrameSamples);
    let state: Float32Array = new Float32Array(256);
    const expected: number[] = [];
    for (let at = 0; at < samples.length; at += vadFrameSamples) {
      heard.copyWithin(0, vadFrameSamples);
      heard.set(samples.subarray(at, at + vadFrameSamples), 64);
      const outputs = await session.run({ input: { type: 'float32', data: heard, dims: [1, heard.length] }, state: { type: 'float32', data: state, dims: [2, 1, 128] } });
      state = outputs.get('stateN', 'float32').data;
      expected.push(outputs.get('output', 'float32').data[0]!);
    }
    await session.close();
    expect(farthest(await tell(samples), expected)).toBeLessThan(1e-4);
    expect(share(Float32Array.from(expected), (probability) => probability > 0.5)).toBeGreaterThan(0.3);
  });

  it('gives one probability a frame, however many come at once, and the same ones', async () => {
    const frames = Math.floor(3 * hearingRateHz / vadFrameSamples);
    const samples = speech.samples.subarray(hearingRateHz, hearingRateHz + frames * vadFrameSamples);
    const whole = await tell(samples);
    expect(whole).toHaveLength(frames);
    const stream = model.openStream();
    expect(await stream.push(new Float32Array(0))).toHaveLength(0);
    // None is waited for: they keep their order by themselves.
    const parts = [stream.push(samples.subarray(0, vadFrameSamples)), stream.push(samples.subarray(vadFrameSamples, 10 * vadFrameSamples)), stream.push(samples.subarray(10 * vadFrameSamples))];
    expect(farthest((await Promise.all(parts)).flatMap((part) => [...part]), whole)).toBeLessThan(1e-4);
    stream.close();
  });

  it('keeps two streams apart that are pushed in turn', async () => {
    const one = speech.samples.subarray(hearingRateHz, hearingRateHz + 64 * vadFrameSamples);
    const other = speech.samples.subarray(9 * hearingRateHz, 9 * hearingRateHz + 64 * vadFrameSamples);
    const alone = [await tell(one), await tell(other)];
    const streams = [model.openStream(), model.openStream()] as const;
    const inTurn: number[][] = [[], []];
    for (let at = 0; at < one.length; at += 8 * vadFrameSamples) {
      const told = await Promise.all([one, other].map((samples, i) => streams[i]!.push(samples.subarray(at, at + 8 * vadFrameSamples))));
      told.forEach((part, i) => inTurn[i]!.push(...part));
    }
    for (const [i, part] of inTurn.entries()) expect(farthest(part, alone[i]!)).toBeLessThan(1e-4);
    expect(farthest(alone[0]!, alone[1]!)).toBeGreaterThan(0.5);
    for (const stream of streams) stream.close();
  });

  it('refuses part of a frame, and everything once it is closed', async () => {
    const stream = model.openStream();
    await expect(stream.push(new Float32Array(100))).rejects.toMatchObject({ code: 'internal' });
    const held = stream.push(new Float32Array(100 * vadFrameSamples));
    stream.close();
    stream.close();
    await expect(held).rejects.toMatchObject({ code: 'engine_failed' });
    await expect(stream.push(new Float32Array(vadFrameSamples))).rejects.toMatchObject({ code: 'engine_failed' });
  });

  it('ends the streams that are open when it is closed', async () => {
    const short = await createSileroVad({ modelPath: join(silero.directory, 'silero-vad-16k.onnx') });
    const stream = short.openStream();
    await stream.push(new Float32Array(vadFrameSamples));
    await short.close();
    await expect(stream.push(new Float32Array(vadFrameSamples))).rejects.toMatchObject({ code: 'engine_failed' });
  });
});

describe('Silero VAD’s file', () => {
  let scratch: string;
  beforeAll(async () => { scratch = await mkdtemp(join(tmpdir(), 'antiphon-silero-')); });
  afterAll(() => rm(scratch, { recursive: true }));

  it('is named where it is missing, and refused where it is something else', async () => {
    await expect(createSileroVad({ modelPath: join(scratch, 'none.onnx') })).rejects.toMatchObject({ code: 'model_not_ready' });
    const torn = join(scratch, 'torn.onnx');
    await writeFile(torn, 'not a model');
    await expect(createSileroVad({ modelPath: torn })).rejects.toMatchObject({ code: 'model_file_invalid' });
  });
});

function wholeFrames(samples: Float32Array): Float32Array {
  return samples.subarray(0, samples.length - samples.length % vadFrameSamples);
}

function framesIn(probabilities: Float32Array, { startSample, endSample }: SpokenStretch): Float32Array {
  return probabilities.subarray(Math.ceil(startSample / vadFrameSamples), Math.floor(endSample / vadFrameSamples));
}

/** Products of few rows and of many round differently. */
function farthest(values: ArrayLike<number>, others: ArrayLike<number>): number {
  if (values.length !== others.length) return Infinity;
  return Math.max(...Array.from(values, (value, i) => Math.abs(value - others[i]!)));
}

function share(values: Float32Array, holds: (value: number) => boolean): number {
  return values.filter(holds).length / values.length;
}
