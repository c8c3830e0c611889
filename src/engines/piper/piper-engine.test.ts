import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localModel } from '../conformance/local-model.ts';
import { describeSpeechEngine } from '../conformance/speech-engine-kit.ts';
import { createEspeakPhonemizer } from '../phonemes/espeak.ts';
import { createPiperEngine } from './piper-engine.ts';
import { syntheticVoice } from './synthetic-voice.ts';

const joe = localModel({ folder: 'piper-en_US-joe-medium', file: 'en_US-joe-medium.onnx' });
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'antiphon-piper-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function putVoice(directory: string, { name, ...options }: { name: string; speakers: number; hasKnownDecoder?: boolean }): Promise<string> {
  await mkdir(directory, { recursive: true });
  const voice = syntheticVoice(options);
  const path = join(directory, `${name}.onnx`);
  await writeFile(path, voice.model);
  await writeFile(`${path}.json`, voice.config);
  return path;
}

const quiet = new AbortController().signal;
const sampleText = 'The old keeper climbed the winding stairs every evening to light the lamp for passing ships.';

describeSpeechEngine({
  name: 'a synthetic multi-speaker Piper voice',
  sampleText,
  create: async () => {
    const phonemizer = await createEspeakPhonemizer();
    await putVoice(join(scratch, 'kit', 'good'), { name: 'xx-babble-low', speakers: 3 });
    await truncate(await putVoice(join(scratch, 'kit', 'bad'), { name: 'xx-torn-low', speakers: 3 }), 4000);
    const engine = createPiperEngine({ voiceDirs: [join(scratch, 'kit')], phonemizer });
    return { engine, modelId: 'xx-babble-low', damaged: { engine, modelId: 'xx-torn-low' }, isDeterministic: true };
  },
});

describeSpeechEngine({
  name: 'the Piper voice Joe',
  sampleText,
  pausedText: 'When we came down to the sea, peace came back to the town.',
  skip: joe.missing,
  create: async () => {
    const torn = join(scratch, 'torn');
    await mkdir(torn, { recursive: true });
    for (const suffix of ['', '.json']) await copyFile(join(joe.directory, `en_US-joe-medium.onnx${suffix}`), join(torn, `torn.onnx${suffix}`));
    await truncate(join(torn, 'torn.onnx'), 30_000_000);
    const engine = createPiperEngine({ voiceDirs: [joe.directory, torn], phonemizer: await createEspeakPhonemizer() });
    return { engine, modelId: 'en_US-joe-medium', damaged: { engine, modelId: 'torn' } };
  },
});

describe('createPiperEngine', () => {
  it('finds a voice that is dropped in later, and forgets one that is taken away', async () => {
    const directory = join(scratch, 'dropped');
    const engine = createPiperEngine({ voiceDirs: [directory], phonemizer: await createEspeakPhonemizer() });
    expect(await engine.listModels()).toEqual([]);
    const path = await putVoice(join(directory, 'one'), { name: 'late', speakers: 1 });
    await putVoice(directory, { name: 'flat', speakers: 1 });
    expect((await engine.listModels()).map((info) => info.id).toSorted()).toEqual(['flat', 'late']);
    await rm(path);
    expect((await engine.listModels()).map((info) => info.id)).toEqual(['flat']);
    expect(await engine.problems()).toEqual([]);
  });

  it('reads a configuration again when it changes', async () => {
    const directory = join(scratch, 'changed');
    const path = await putVoice(directory, { name: 'v', speakers: 1 });
    const engine = createPiperEngine({ voiceDirs: [directory], phonemizer: await createEspeakPhonemizer() });
    expect((await engine.listModels())[0]?.voices[0]?.language).toBe('en-GB');
    await writeFile(`${path}.json`, (await readFile(`${path}.json`, 'utf8')).replace('en_GB', 'pt_BR'));
    expect((await engine.listModels())[0]?.voices[0]?.language).toBe('pt-BR');
  });

  it('reports unusable voices with a reason and refuses to load them', async () => {
    const directory = join(scratch, 'problems');
    const change = async (name: string, edit: (json: string) => string): Promise<void> => {
      const path = await putVoice(directory, { name, speakers: 1 });
      await writeFile(`${path}.json`, edit(await readFile(`${path}.json`, 'utf8')));
    };
    await change('pinyin', (json) => json.replace('"text"', '"pinyin"'));
    await change('cut', (json) => json.slice(0, 50));
    await change('foreign', () => '{"hello": 1}');
    const engine = createPiperEngine({ voiceDirs: [directory, join(scratch, 'missing')], phonemizer: await createEspeakPhonemizer() });
    expect(await engine.listModels()).toEqual([]);
    const problems = new Map((await engine.problems()).map((problem) => [problem.modelId, problem.reason]));
    expect(problems.get('pinyin')).toContain("'pinyin'");
    expect(problems.get('cut')).toContain('JSON');
    expect(problems.get('foreign')).toContain('audio');
    await expect(engine.load('pinyin', quiet)).rejects.toMatchObject({ code: 'model_file_invalid' });
  });

  it('refuses an ONNX file that is no Piper voice', async () => {
    const path = await putVoice(join(scratch, 'foreign'), { name: 'noise', speakers: 1 });
    await writeFile(path, Buffer.from('this is not a model at all'));
    const engine = createPiperEngine({ voiceDirs: [join(scratch, 'foreign')], phonemizer: await createEspeakPhonemizer() });
    await expect(engine.load('noise', quiet)).rejects.toMatchObject({ code: 'model_file_invalid' });
  });

  it('offers each speaker as a voice, the model’s own name standing for the first', async () => {
    await putVoice(join(scratch, 'many'), { name: 'xx-babble-low', speakers: 3 });
    const engine = createPiperEngine({ voiceDirs: [join(scratch, 'many')], phonemizer: await createEspeakPhonemizer() });
    const model = await engine.load('xx-babble-low', quiet);
    const say = async (voice: string): Promise<number[]> => {
      const out: number[] = [];
      for await (const chunk of model.synthesise({ text: 'speakers differ', voice, speed: 1 }, quiet)) out.push(...chunk.samples);
      return out;
    };
    expect(model.info.voices.map((voice) => voice.id)).toEqual(['xx-babble-low', 'xx-babble-low:s0', 'xx-babble-low:s1', 'xx-babble-low:s2']);
    const first = await say('xx-babble-low');
    expect(await say('xx-babble-low:s0')).toEqual(first);
    expect(await say('xx-babble-low:s2')).not.toEqual(first);
    await model.close();
  });

  it('falls back to the CPU where the wanted provider is not here, and says so', async () => {
    await putVoice(join(scratch, 'fallback'), { name: 'v', speakers: 1 });
    const fallbacks: string[] = [];
    const onnx = { executionProviders: ['no-such-card', 'cpu'], onProviderFallback: ({ provider }: { provider: string }) => void fallbacks.push(provider) };
    const engine = createPiperEngine({ voiceDirs: [join(scratch, 'fallback')], phonemizer: await createEspeakPhonemizer(), onnx });
    const model = await engine.load('v', quiet);
    expect(model.executionProvider).toBe('cpu');
    expect(new Set(fallbacks)).toEqual(new Set(['no-such-card']));
    await model.close();
  });
});
