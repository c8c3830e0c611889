import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOnnxModel } from '../../models/onnx/read-onnx-model.ts';
import { writeOnnxModel } from '../../models/onnx/write-onnx-model.ts';
import { describeSpeechEngine } from '../conformance/speech-engine-kit.ts';
import type { LoadedSpeechModel, SpeechEngine } from '../kinds.ts';
import { createOnnxSession } from '../onnx-session.ts';
import { createEspeakPhonemizer } from '../phonemes/espeak.ts';
import { createKokoroEngine } from './kokoro-engine.ts';
import { kokoroFiles, kokoroSkipReason } from './kokoro-files.test-support.ts';
import { fasterGenerator } from './kokoro-graph.ts';
import { openKokoroModel, samplesPerFrame } from './kokoro-model.ts';

const scratch: string[] = [];
let steps = 0;
afterAll(() => Promise.all(scratch.map((dir) => rm(dir, { recursive: true, force: true }))));

async function engineOver(files: Partial<typeof kokoroFiles> & { lexiconDir?: string } = {}): Promise<SpeechEngine> {
  const all = { ...kokoroFiles, ...files };
  return createKokoroEngine({
    modelPath: () => all.model,
    voicesDir: all.voicesDir,
    vocabPath: all.vocabulary,
    ...(files.lexiconDir === undefined ? {} : { lexiconDir: files.lexiconDir }),
    phonemizer: await createEspeakPhonemizer(),
    onStep: () => steps++,
    createPace: () => ({ now: () => ({ bestMs: 15, slowMs: 15, meanMs: 15, lastMs: 15 }), observe: () => undefined }),
  });
}

async function scratchDir(): Promise<string> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'kokoro-'));
  scratch.push(dir);
  return dir;
}

describeSpeechEngine({
  name: 'Kokoro',
  skip: kokoroSkipReason,
  sampleText: 'The quick brown fox jumps over the lazy dog near the river bank.',
  pausedText: 'When we came down to the sea, peace came back to the town.',
  timeoutMs: 300_000,
  create: async () => {
    const truncated = path.join(await scratchDir(), 'kokoro.onnx');
    const bytes = await readFile(kokoroFiles.model);
    await writeFile(truncated, bytes.subarray(0, 1_000_000));
    return {
      engine: await engineOver(),
      modelId: 'kokoro',
      damaged: { engine: await engineOver({ model: truncated }), modelId: 'kokoro' },
      stepsBegun: () => steps,
      isDeterministic: true,
    };
  },
});

describe.skipIf(kokoroSkipReason !== undefined)('the Kokoro engine', { timeout: 120_000 }, () => {
  let model: LoadedSpeechModel;
  const speak = async (text: string, { voice = 'af_heart', speed = 1 } = {}): Promise<Float32Array[]> => {
    const chunks: Float32Array[] = [];
    for await (const chunk of model.synthesise({ text, voice, speed }, new AbortController().signal)) chunks.push(chunk.samples);
    return chunks;
  };
  beforeAll(async () => {
    model = await (await engineOver()).load('kokoro', new AbortController().signal);
  });
  afterAll(() => model?.close());

  it('lists voices with language and gender, and none that it has no phonemes for', async () => {
    const [info] = await (await engineOver()).listModels();
    expect(info!.voices).toContainEqual({ id: 'af_heart', name: 'Heart', language: 'en-US', gender: 'female' });
    expect(info!.voices.filter((voice) => /^[jz]/u.test(voice.id))).toEqual([]);
  });

  it('gives the sound of the whole model when its three parts run in a row', async () => {
    const file = await readFile(kokoroFiles.model);
    const whole = await createOnnxSession({ model: writeOnnxModel(fasterGenerator(readOnnxModel(file))) });
    const parts = await openKokoroModel(file, {}, new AbortController().signal);
    try {
      const voice = await readFile(path.join(kokoroFiles.voicesDir, 'af_heart.bin'));
      const tokenIds = [50, 83, 54, 156, 31, 4];
      const style = new Float32Array(voice.buffer.slice(voice.byteOffset, voice.byteOffset + voice.length), tokenIds.length * 1024, 256).slice();
      const expected = (
        await whole.run({
          tokens: { type: 'int64', data: BigInt64Array.from([0, ...tokenIds, 0], BigInt), dims: [1, tokenIds.length + 2] },
          style: { type: 'float32', data: style, dims: [1, 256] },
          speed: { type: 'float32', data: Float32Array.of(1), dims: [1] },
        })
      ).get('audio', 'float32').data;
      const prosody = await parts.prosody({ tokenIds, style, speed: 1 });
      const { samples } = await parts.sound(prosody, { from: 0, to: prosody.frames }, 0);
      expect(samples).toEqual(expected);
      expect(prosody.durations.reduce((sum, frames) => sum + frames, 0) * samplesPerFrame).toBe(expected.length);
    } finally {
      await Promise.all([whole.close(), parts.close()]);
    }
  });

  it('keeps the level of a sentence steady across the joins and never clicks', async () => {
    const chunks = await speak('She opened the old wooden box and found a letter that nobody had read.');
    expect(chunks.length).toBeGreaterThan(1);
    for (let i = 1; i < chunks.length; i++) {
      const before = chunks[i - 1]!;
      const after = chunks[i]!;
      // A step between neighbouring samples is a click; speech at a closure moves far less than this.
      expect(Math.abs(before.at(-1)! - after[0]!)).toBeLessThan(0.05);
    }
    for (const chunk of chunks) expect(Math.max(...chunk.map(Math.abs))).toBeLessThanOrEqual(0.97);
  });

  it('brings quiet and loud voices to about the same loudness', async () => {
    const levels: number[] = [];
    for (const voice of ['af_nova', 'am_adam', 'bf_emma']) {
      const samples = (await speak('She opened the old wooden box and found a letter.', { voice })).flatMap((chunk) => [...chunk]);
      const sounding = samples.filter((sample) => Math.abs(sample) > 0.003);
      levels.push(10 * Math.log10(sounding.reduce((sum, sample) => sum + sample * sample, 0) / sounding.length));
    }
    // Left alone they lie 8 dB apart.
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(4.5);
  });

  it('speaks a blend that is neither of its voices, and equal weights by default', async () => {
    const [one, two, even, named] = await Promise.all(['af_heart', 'am_adam', 'af_heart+am_adam', 'af_heart:2+am_adam:2'].map((voice) => speak('Hello.', { voice })));
    expect(even).toEqual(named);
    expect(even).not.toEqual(one);
    expect(even).not.toEqual(two);
  });

  it('gets shorter with every speed up to 4 and keeps to it below 1', async () => {
    const lengths: number[] = [];
    for (const speed of [0.25, 0.5, 1, 2, 4]) lengths.push((await speak('The river bank is near.', { speed })).reduce((sum, chunk) => sum + chunk.length, 0));
    for (let i = 1; i < lengths.length; i++) expect(lengths[i]! / lengths[i - 1]!).toBeLessThan(0.75);
    await expect(speak('Hi.', { speed: 5 })).rejects.toMatchObject({ code: 'input_invalid', param: 'speed' });
  });

  it('says why a Japanese voice cannot be used', async () => {
    await expect(speak('Hello.', { voice: 'jf_alpha' })).rejects.toMatchObject({ code: 'voice_unknown', message: expect.stringContaining('Japanese') });
  });

  it('says words as its dictionary has them, from the moment that it is there', async () => {
    const lexiconDir = await scratchDir();
    const loaded = await (await engineOver({ lexiconDir })).load('kokoro', new AbortController().signal);
    const symbolsOf = async (text: string): Promise<string> => {
      const [first] = await Array.fromAsync(loaded.synthesise({ text, voice: 'af_heart', speed: 2 }, new AbortController().signal));
      return first!.timings!.map(({ symbol }) => symbol).join('');
    };
    try {
      expect(await symbolsOf('Tomato.')).toBe('təmˈATO.');
      await writeFile(path.join(lexiconDir, 'us_gold.json'), '{"tomato": "təmˈɑtO"}');
      expect(await symbolsOf('Tomato.')).toBe('təmˈɑtO.');
    } finally {
      await loaded.close();
    }
  });

  it('refuses a voice file of the wrong size', async () => {
    const voicesDir = await scratchDir();
    await writeFile(path.join(voicesDir, 'af_heart.bin'), new Uint8Array(1000));
    const loaded = await (await engineOver({ voicesDir })).load('kokoro', new AbortController().signal);
    try {
      const stream = loaded.synthesise({ text: 'Hello.', voice: 'af_heart', speed: 1 }, new AbortController().signal)[Symbol.asyncIterator]();
      await expect(stream.next()).rejects.toMatchObject({ code: 'model_file_invalid' });
    } finally {
      await loaded.close();
    }
  });
});

describe('a Kokoro engine without files', () => {
  it('lists nothing and says that the model is not ready', async () => {
    const engine = createKokoroEngine({ modelPath: () => undefined, voicesDir: '/nonexistent', vocabPath: '/nonexistent', phonemizer: await createEspeakPhonemizer() });
    expect(await engine.listModels()).toEqual([]);
    await expect(engine.load('kokoro', new AbortController().signal)).rejects.toMatchObject({ code: 'model_not_ready' });
  });
});
