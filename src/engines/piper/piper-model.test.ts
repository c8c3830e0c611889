import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localModel } from '../conformance/local-model.ts';
import { createOnnxSession } from '../onnx-session.ts';
import { createEspeakPhonemizer } from '../phonemes/espeak.ts';
import { readPiperConfig } from './piper-config.ts';
import type { PiperConfig } from './piper-config.ts';
import { openPiperModel } from './piper-model.ts';
import type { PiperModel, PiperUtterance } from './piper-model.ts';
import { idsOf, symbolsOf } from './piper-phonemes.ts';
import { createPiperVoice } from './piper-voice.ts';
import { syntheticSampleRateHz, syntheticVoice } from './synthetic-voice.ts';
import type { SyntheticVoiceOptions } from './synthetic-voice.ts';

const joe = localModel({ folder: 'piper-en_US-joe-medium', file: 'en_US-joe-medium.onnx' });
const quiet = new AbortController().signal;
const silentPhonemizer = { phonemiseWithPunctuation: () => [] };

function configOf(json: string): PiperConfig {
  const read = readPiperConfig(json);
  if ('problem' in read) throw new Error(read.problem);
  return read.config;
}

const babble = { ids: Array.from({ length: 61 }, (_, i) => (i % 2 === 0 ? 10 + ((i * 7) % 26) : 0)), speakerId: 0, noiseScale: 0, lengthScale: 1, speed: 1, noiseW: 0 };

function openSynthetic(options: SyntheticVoiceOptions): Promise<PiperModel> {
  return openPiperModel({ bytes: syntheticVoice(options).model, sampleRateHz: syntheticSampleRateHz, onnx: {} }, quiet);
}

/** The utterance in one go and in its windows. */
async function bothWays(utterance: PiperUtterance): Promise<{ whole: Float32Array; windowed: number[] }> {
  const windowed: number[] = [];
  for (const window of utterance.windows) windowed.push(...(await utterance.decode(window)));
  const whole = await utterance.decode({ start: 0, end: utterance.windows.at(-1)!.end });
  return { whole, windowed };
}

/** Signal to difference, dB. */
function agreement(reference: Float32Array, other: ArrayLike<number>): number {
  expect(other.length).toBe(reference.length);
  let signal = 0;
  let difference = 0;
  for (const [i, sample] of reference.entries()) {
    signal += sample * sample;
    difference += (sample - other[i]!) ** 2;
  }
  return 10 * Math.log10(signal / difference);
}

describe('openPiperModel', () => {
  it.skipIf(joe.missing)('gives the same sound in windows as in one piece, and durations that add up to it', async () => {
    const path = join(joe.directory, 'en_US-joe-medium.onnx');
    const config = configOf(await readFile(`${path}.json`, 'utf8'));
    const model = await openPiperModel({ bytes: await readFile(path), sampleRateHz: config.sampleRateHz, onnx: {} }, quiet);
    const text = 'The old lighthouse keeper climbed the winding stairs every evening to light the lamp for passing ships.';
    const symbols = symbolsOf(text, { config, phonemizer: await createEspeakPhonemizer() });
    const utterance = await model.encode({ ids: idsOf(symbols, config), speakerId: 0, noiseScale: 0.667, lengthScale: 1, speed: 1, noiseW: 0.8 });
    const { whole, windowed } = await bothWays(utterance);
    expect(utterance.windows.length).toBeGreaterThan(3);
    expect(agreement(whole, windowed)).toBeGreaterThan(100);
    expect(utterance.samplesPerId?.reduce((sum, count) => sum + count, 0)).toBe(whole.length);
    await model.close();
  }, 60_000);

  it('gives the same sound in windows where both halves need the speaker', async () => {
    const model = await openSynthetic({ speakers: 3 });
    const [first, third] = [await bothWays(await model.encode(babble)), await bothWays(await model.encode({ ...babble, speakerId: 2 }))];
    expect(model.streams).toBe(true);
    expect(agreement(first.whole, first.windowed)).toBeGreaterThan(100);
    expect(agreement(third.whole, third.windowed)).toBeGreaterThan(100);
    expect(agreement(first.whole, third.whole)).toBeLessThan(20);
    await model.close();
  });

  it('gives whole sentences where the decoder is not found, with the same sound', async () => {
    const [cut, uncut] = [await openSynthetic({ speakers: 1 }), await openSynthetic({ speakers: 1, hasKnownDecoder: false })];
    expect([cut.streams, uncut.streams]).toEqual([true, false]);
    const [windowed, whole] = [await bothWays(await cut.encode(babble)), await bothWays(await uncut.encode(babble))];
    expect(agreement(whole.whole, windowed.windowed)).toBeGreaterThan(100);
    await Promise.all([cut.close(), uncut.close()]);
  });

  it('slows down by the length scale', async () => {
    const model = await openSynthetic({ speakers: 1 });
    const [normal, slow] = [await bothWays(await model.encode(babble)), await bothWays(await model.encode({ ...babble, lengthScale: 2 }))];
    expect(slow.whole.length).toBe(normal.whole.length * 2);
    await model.close();
  });
});

describe('the pace of a voice', () => {
  it.skipIf(joe.missing)('is exact from a quarter to four times, and 1 leaves the voice’s own durations alone', async () => {
    const path = join(joe.directory, 'en_US-joe-medium.onnx');
    const bytes = await readFile(path);
    const config = configOf(await readFile(`${path}.json`, 'utf8'));
    const [uncut, model] = [await createOnnxSession({ model: bytes }), await openPiperModel({ bytes, sampleRateHz: config.sampleRateHz, onnx: {} }, quiet)];
    const ids = idsOf(symbolsOf('One sentence is enough to hear a pace.', { config, phonemizer: await createEspeakPhonemizer() }), config);
    const native = await uncut.run({
      input: { type: 'int64', data: BigInt64Array.from(ids, BigInt), dims: [1, ids.length] },
      input_lengths: { type: 'int64', data: BigInt64Array.of(BigInt(ids.length)), dims: [1] },
      scales: { type: 'float32', data: Float32Array.of(0, 1, 0), dims: [3] },
    });
    const say = async (speed: number): Promise<number[]> => (await bothWays(await model.encode({ ids, speakerId: 0, noiseScale: 0, lengthScale: 1, noiseW: 0, speed }))).windowed;
    const own = native.get('output', 'float32').data;
    expect(agreement(own, await say(1))).toBeGreaterThan(100);
    // To the frame of 256 samples.
    for (const speed of [0.25, 0.5, 1.5, 2, 3, 4]) expect(Math.abs((await say(speed)).length - own.length / speed)).toBeLessThanOrEqual(256);
    await Promise.all([uncut.close(), model.close()]);
  }, 60_000);
});

describe('createPiperVoice', () => {
  const { config: json } = syntheticVoice({ speakers: 2 });
  const config = configOf(json);
  const info = { id: 'v', engine: 'piper' as const, voices: [], sampleRateHz: config.sampleRateHz, fileBytes: 1 };

  async function countedVoice(): Promise<{ voice: ReturnType<typeof createPiperVoice>; inferences: () => number }> {
    const model = await openSynthetic({ speakers: 2 });
    let count = 0;
    const counted: PiperModel = {
      ...model,
      async encode(request) {
        count++;
        const utterance = await model.encode(request);
        return { ...utterance, decode: (window) => (count++, utterance.decode(window)) };
      },
    };
    return { voice: createPiperVoice({ file: { info: { ...info, revision: '1' }, config, modelPath: '' }, model: counted, phonemizer: silentPhonemizer }), inferences: () => count };
  }

  it('makes one inference a step after the first, and none once the signal is aborted', async () => {
    const { voice, inferences } = await countedVoice();
    await voice.warmUp();
    const afterWarmUp = inferences();
    const controller = new AbortController();
    const stream = voice.synthesise({ text: 'a sentence that takes several windows to be said', voice: 'v', speed: 1 }, controller.signal)[Symbol.asyncIterator]();
    await stream.next();
    expect(inferences()).toBe(afterWarmUp + 2);
    await stream.next();
    expect(inferences()).toBe(afterWarmUp + 3);
    controller.abort(new Error('left'));
    await expect(stream.next()).rejects.toThrow('left');
    expect(inferences()).toBe(afterWarmUp + 3);
    await voice.close();
  });

  it('keeps one level for a speaker, whatever was spoken before', async () => {
    const say = async (voice: ReturnType<typeof createPiperVoice>, text: string): Promise<number[]> => {
      const out: number[] = [];
      for await (const chunk of voice.synthesise({ text, voice: 'v:s1', speed: 1 }, quiet)) out.push(...chunk.samples);
      return out;
    };
    const [warmed, cold] = [(await countedVoice()).voice, (await countedVoice()).voice];
    await warmed.warmUp();
    await say(warmed, 'something else before');
    expect(await say(warmed, 'the same words')).toEqual(await say(cold, 'the same words'));
    await Promise.all([warmed.close(), cold.close()]);
  });

  it('says when each symbol is heard, through to the last sample', async () => {
    const { voice } = await countedVoice();
    const chunks = [];
    for await (const chunk of voice.synthesise({ text: `${'abc '.repeat(300)}end`, voice: 'v', speed: 1 }, quiet)) chunks.push(chunk);
    const timings = chunks.flatMap((chunk) => chunk.timings ?? []);
    const total = chunks.reduce((sum, chunk) => sum + chunk.samples.length, 0);
    expect(timings.map((timing) => timing.symbol).join('')).toBe(`${'abc '.repeat(300)}end`);
    expect(timings.every((timing, i) => timing.endSample > timing.startSample && timing.startSample >= (timings[i - 1]?.endSample ?? 0))).toBe(true);
    // Behind the last symbol comes only the end mark: 20 frames of 4 samples.
    expect(timings.at(-1)?.endSample).toBe(total - 80);
    await voice.close();
  });
});
