import { copyFile, mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { localModel } from '../conformance/local-model.ts';
import { describeTranscriptionEngine } from '../conformance/transcription-engine-kit.ts';
import { recordSentences } from '../conformance/transcription-recordings.ts';
import type { TimedRecording } from '../conformance/transcription-recordings.ts';
import { wordErrors } from '../conformance/transcription-words.ts';
import type { HeardSpeech, LoadedTranscriptionModel, TranscriptionRequest } from '../kinds.ts';
import { createEspeakPhonemizer } from '../phonemes/espeak.ts';
import { createPiperEngine } from '../piper/piper-engine.ts';
import { createWhisperEngine } from './whisper-engine.ts';

const tiny = localModel({ folder: 'whisper-tiny.en', file: 'model.bin' });
const base = localModel({ folder: 'whisper-base', file: 'model.bin' });
const joe = localModel({ folder: 'piper-en_US-joe-medium', file: 'en_US-joe-medium.onnx' });
const missing = tiny.missing ?? joe.missing;
const quiet = new AbortController().signal;

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'antiphon-whisper-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** A folder beside which graphs are written, with the real model under some name. */
async function putModel(directory: string, name: string): Promise<string> {
  const folder = join(scratch, directory, name);
  await mkdir(folder, { recursive: true });
  for (const file of ['model.bin', 'config.json', 'tokenizer.json']) await symlink(join(tiny.directory, file), join(folder, file));
  return folder;
}

const engineOver = (directory: string) => createWhisperEngine({ modelDirs: [join(scratch, directory)], graphsDir: join(scratch, 'graphs') });

async function record(...sentences: string[]): Promise<TimedRecording> {
  const model = await createPiperEngine({ voiceDirs: [joe.directory], phonemizer: await createEspeakPhonemizer() }).load('en_US-joe-medium', quiet);
  try {
    return await recordSentences(model, sentences);
  } finally {
    await model.close();
  }
}

describeTranscriptionEngine({
  name: 'Whisper tiny.en',
  skip: missing,
  recording: () => record('The old keeper climbed the winding stairs every evening to light the lamp for passing ships.'),
  otherRecording: () => record('My brother bought bread, butter and cheese.'),
  // The voice speaks it a little differently each time.
  mostWordErrors: 2,
  spelling: { recording: () => record('What is your favorite color?'), prompt: 'Colour, favourite, neighbour.', expected: 'colour' },
  create: async () => {
    await putModel('kit', 'whisper-tiny.en');
    const torn = join(scratch, 'kit', 'torn');
    await mkdir(torn, { recursive: true });
    for (const file of ['model.bin', 'config.json', 'tokenizer.json']) await copyFile(join(tiny.directory, file), join(torn, file));
    await truncate(join(torn, 'model.bin'), 30_000_000);
    const engine = engineOver('kit');
    return { engine, modelId: 'tiny.en', damaged: { engine, modelId: 'torn' } };
  },
});

async function hear(model: LoadedTranscriptionModel, request: Partial<TranscriptionRequest> & Pick<TranscriptionRequest, 'samples'>): Promise<HeardSpeech> {
  const steps = await Array.fromAsync(model.transcribe({ task: 'transcribe', words: false, ...request }, quiet));
  return steps.at(-1)!.heard!;
}

const spoken = (text: string): string => text.toLowerCase().replaceAll(/[^a-z]/gu, '');
const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1]!;

describe.skipIf(missing !== undefined)('the words that Whisper times', () => {
  it('lie where the synthesiser says that it spoke them', async () => {
    await putModel('timed', 'whisper-tiny.en');
    const model = await engineOver('timed').load('tiny.en', quiet);
    const errors: { start: number; end: number }[] = [];
    try {
      for (const sentences of [['The old keeper climbed the winding stairs.', 'My brother bought bread, butter and cheese.'], ['She opened the window, looked out at the garden, and smiled at the children.'], ['Please remember to water the plants before you leave for the weekend.']]) {
        const { samples, words } = await record(...sentences);
        const heard = (await hear(model, { samples, words: true })).segments.flatMap((segment) => segment.words!);
        for (const word of words) {
          const own = heard.find(({ text, startSeconds }) => spoken(text) === spoken(word.text) && Math.abs(startSeconds - word.startSeconds) < 0.6);
          if (own !== undefined) errors.push({ start: Math.abs(own.startSeconds - word.startSeconds), end: Math.abs(own.endSeconds - word.endSeconds) });
        }
      }
    } finally {
      await model.close();
    }
    expect(errors.length).toBeGreaterThan(30);
    expect(median(errors.map(({ start }) => start))).toBeLessThan(0.07);
    expect(median(errors.map(({ end }) => end))).toBeLessThan(0.08);
  });
});

describe.skipIf(base.missing !== undefined || joe.missing !== undefined)('Whisper base', () => {
  it('hears the language, and says the same in English where that is asked for', async () => {
    const engine = createWhisperEngine({ modelDirs: [join(base.directory, '..')], graphsDir: join(scratch, 'graphs') });
    const model = await engine.load('base', quiet);
    try {
      const { samples, text } = await record('The meeting was moved to Thursday because the manager is ill.');
      const heard = await hear(model, { samples });
      expect(heard).toMatchObject({ language: 'en' });
      expect(heard.languageProbability).toBeGreaterThan(0.8);
      expect(wordErrors(heard.segments.map((segment) => segment.text).join(''), text).errors).toBeLessThanOrEqual(2);
      const german = await hear(model, { samples, language: 'de' });
      expect(german).toMatchObject({ language: 'de', languageProbability: 1 });
      const translated = await hear(model, { samples, language: 'en', task: 'translate' });
      expect(translated.segments.map((segment) => segment.text).join('')).toContain('Thursday');
    } finally {
      await model.close();
    }
  });
});

describe.skipIf(tiny.missing !== undefined)('the graphs of a model', () => {
  const graphsDir = () => join(scratch, 'own-graphs');
  const engineWith = () => createWhisperEngine({ modelDirs: [join(scratch, 'own')], graphsDir: graphsDir() });
  const written = async () => (await stat(join(graphsDir(), 'tiny.en', 'decoder.onnx'))).ino;
  async function load(): Promise<void> {
    await (await engineWith().load('tiny.en', quiet)).close();
  }
  beforeAll(async () => {
    await mkdir(join(scratch, 'own', 'whisper-tiny.en'), { recursive: true });
    for (const file of ['model.bin', 'config.json', 'tokenizer.json']) await copyFile(join(tiny.directory, file), join(scratch, 'own', 'whisper-tiny.en', file));
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const controller = new AbortController();
    const reason = new Error('left while the graphs were written');
    const loading = engineWith().load('tiny.en', controller.signal).catch((thrown: unknown) => thrown);
    await vi.waitFor(async () => expect(await readdir(graphsDir())).toContain('tiny.en.part'), { timeout: 30_000 });
    controller.abort(reason);
    expect(await loading).toBe(reason);
    expect(await readdir(graphsDir())).toEqual([]);
  });

  it('are written once, though two ask for them at once, while the event loop goes on', async () => {
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    await Promise.all([load(), load()]);
    clearInterval(ticking);
    // A conversion takes a second or more; blocked, the loop would turn a few times only.
    expect(turns).toBeGreaterThan(20);
    const first = await written();
    await load();
    expect(await written()).toBe(first);
    expect(await readdir(graphsDir())).toEqual(['tiny.en']);
  });

  it('are written anew when model.bin is another one, or their description an old one', async () => {
    const first = await written();
    await utimes(join(scratch, 'own', 'whisper-tiny.en', 'model.bin'), new Date(), new Date(1_700_000_000_000));
    await load();
    const second = await written();
    expect(second).not.toBe(first);
    await writeFile(join(graphsDir(), 'tiny.en', 'whisper.json'), '{"converterVersion":0}');
    await load();
    expect(await written()).not.toBe(second);
  });
});

describe.skipIf(tiny.missing !== undefined)('a model whose files do not fit together', () => {
  it('is refused by name', async () => {
    await putModel('mixed', 'english');
    await rm(join(scratch, 'mixed', 'english', 'config.json'));
    await writeFile(join(scratch, 'mixed', 'english', 'config.json'), JSON.stringify({ suppress_ids_begin: [220, 50_257] }));
    await expect(engineOver('mixed').load('english', quiet)).rejects.toMatchObject({ code: 'model_file_invalid' });
    await mkdir(join(scratch, 'mixed', 'bare'));
    for (const file of ['model.bin', 'config.json']) await symlink(join(tiny.directory, file), join(scratch, 'mixed', 'bare', file));
    await expect(engineOver('mixed').load('bare', quiet)).rejects.toMatchObject({ code: 'model_file_invalid', message: expect.stringContaining('tokenizer.json') });
    expect((await engineOver('mixed').problems()).map(({ modelId }) => modelId)).toEqual(['bare']);
  });
});
