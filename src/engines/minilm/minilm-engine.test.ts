import { copyFile, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEmbeddingEngine } from '../conformance/embedding-engine-kit.ts';
import { localModel } from '../conformance/local-model.ts';
import type { LoadedEmbeddingModel } from '../kinds.ts';
import { createMiniLmEngine } from './minilm-engine.ts';
import { cosine, readReferenceTexts } from './reference-vectors.ts';
import { createWordPieces } from './word-pieces.ts';

const id = 'all-minilm-l6-v2';
const mini = localModel({ folder: id, file: 'model.safetensors' });
const quiet = new AbortController().signal;

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'antiphon-minilm-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** An engine over a folder with the real files, of which one may be put in by the test. */
async function engineWith(put?: (folder: string) => Promise<void>) {
  const modelsDir = await mkdtemp(join(scratch, 'models-'));
  const folder = join(modelsDir, id);
  await mkdir(folder);
  await put?.(folder);
  for (const name of ['model.safetensors', 'vocab.txt']) await symlink(join(mini.directory, name), join(folder, name)).catch(() => undefined);
  return createMiniLmEngine({ modelsDir });
}

describeEmbeddingEngine({
  name: 'all-MiniLM-L6-v2',
  skip: mini.missing,
  understands: true,
  create: async () => {
    const torn = await engineWith(async (folder) => {
      await copyFile(join(mini.directory, 'model.safetensors'), join(folder, 'model.safetensors'));
      await truncate(join(folder, 'model.safetensors'), 40_000_000);
    });
    return { engine: await engineWith(), modelId: id, damaged: { engine: torn, modelId: id } };
  },
});

describe.skipIf(mini.missing !== undefined)('all-MiniLM-L6-v2 against its reference implementation', () => {
  let model: LoadedEmbeddingModel;
  beforeAll(async () => {
    model = await (await engineWith()).load(id, quiet);
  });
  afterAll(() => model.close());

  it('has the same tokens', () => {
    const pieces = createWordPieces(readFileSync(join(mini.directory, 'vocab.txt'), 'utf8'));
    for (const { text, ids } of readReferenceTexts()) if (ids !== undefined) expect(pieces.encode(text, 256), text.slice(0, 40)).toEqual(ids);
  });

  it('has the same vectors', async () => {
    for (const { text, vector } of readReferenceTexts()) {
      const { vectors } = await model.embed([text], quiet);
      expect(cosine(vectors[0]!, vector), text.slice(0, 40)).toBeGreaterThan(0.9999);
    }
  });

  it.each([
    ['no safetensors file', 'model.safetensors', Buffer.from('{"this":"is not it"} and some more text')],
    ['a header that is no JSON', 'model.safetensors', Buffer.concat([Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('xxxxx')])],
    ['another vocabulary', 'vocab.txt', Buffer.from('[CLS]\n[SEP]\n[UNK]\nhello\n')],
    ['a vocabulary without marks', 'vocab.txt', Buffer.from('hello\nworld\n')],
  ])('refuses %s', async (_, name, bytes) => {
    const engine = await engineWith((folder) => writeFile(join(folder, name), bytes));
    await expect(engine.load(id, quiet)).rejects.toMatchObject({ code: 'model_file_invalid' });
  });
});

describe('all-MiniLM-L6-v2 whose files are not here', () => {
  it('is not listed, and says how to fetch it', async () => {
    const engine = createMiniLmEngine({ modelsDir: join(scratch, 'nowhere') });
    expect(await engine.listModels()).toEqual([]);
    await expect(engine.load(id, quiet)).rejects.toMatchObject({ code: 'model_not_ready', message: expect.stringContaining('antiphon models pull') as string });
  });
});
