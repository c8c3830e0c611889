import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localModel } from '../conformance/local-model.ts';
import { describeTranscriptionEngine } from '../conformance/transcription-engine-kit.ts';
import { recordSentences } from '../conformance/transcription-recordings.ts';
import type { TimedRecording } from '../conformance/transcription-recordings.ts';
import { createEspeakPhonemizer } from '../phonemes/espeak.ts';
import { createPiperEngine } from '../piper/piper-engine.ts';
import { createWhisperEngine } from './whisper-engine.ts';

const tiny = localModel({ folder: 'whisper-tiny.en', file: 'model.bin' });
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
  spelling: { recording: () => record('I saw Catherine at the office.'), prompt: 'Kathryn, Kathryn Smith.', expected: 'Kathryn' },
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
