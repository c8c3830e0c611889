import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWhisperCatalog } from './whisper-catalog.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'antiphon-whisper-catalog-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function put(folder: string, files: Record<string, string>): Promise<void> {
  await mkdir(join(scratch, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(scratch, folder, name), text);
}
const whole = { 'model.bin': '12345678', 'tokenizer.json': '{}', 'config.json': JSON.stringify({ lang_ids: Array.from({ length: 99 }, (_, i) => 50_259 + i), suppress_ids_begin: [220, 50_257] }) };
const english = { ...whole, 'config.json': JSON.stringify({ lang_ids: [50_259], suppress_ids_begin: [220, 50_256] }) };
const list = async (...folders: string[]) => readWhisperCatalog(folders.map((folder) => join(scratch, folder)));

describe('readWhisperCatalog', () => {
  it('names catalog folders without their prefix, and a user’s own as they are', async () => {
    await put('names/whisper-base', whole);
    await put('names/faster-whisper-large-v3', whole);
    await put('names/my-dialect', whole);
    await put('names/whisper-', whole);
    await put('names/.hidden', whole);
    // Without its prefix it would be a way out of the folder of graphs.
    await put('names/whisper-..', whole);
    expect((await list('names')).models.map(({ info }) => info.id)).toEqual(['large-v3', 'my-dialect', 'whisper-', 'whisper-..', 'base']);
  });

  it('tells languages, translation and size', async () => {
    await put('sizes/base', whole);
    await put('sizes/tiny.en', english);
    await put('sizes/v3', { ...whole, 'config.json': JSON.stringify({ lang_ids: Array.from({ length: 100 }, (_, i) => i) }) });
    const [base, tiny, v3] = (await list('sizes')).models.map(({ info }) => info);
    expect(base).toMatchObject({ translates: true, engine: 'whisper', fileBytes: 8 + 2 + whole['config.json'].length });
    expect(base!.languages).toHaveLength(99);
    expect(base!.languages.slice(0, 3)).toEqual(['en', 'zh', 'de']);
    expect(tiny).toMatchObject({ languages: ['en'], translates: false });
    expect(v3!.languages.at(-1)).toBe('yue');
  });

  it('takes a list of tokens where there is no tokenizer.json', async () => {
    const { 'tokenizer.json': _, ...bare } = whole;
    await put('lists/a', { ...bare, 'vocabulary.txt': 'a' });
    await put('lists/b', { ...bare, 'vocabulary.json': '[]', 'vocabulary.txt': 'a' });
    expect((await list('lists')).models.map(({ vocabulary }) => vocabulary)).toEqual(['vocabulary.txt', 'vocabulary.json']);
  });

  it('says why a folder cannot be used, and passes over what is no model', async () => {
    const { 'tokenizer.json': _, ...bare } = whole;
    await put('odd/bare', bare);
    await put('odd/torn', { ...whole, 'config.json': '{' });
    await put('odd/loading', { 'config.json': '{}', 'tokenizer.json': '{}', 'model.bin.part': '1' });
    await put('odd/piper', { 'voice.onnx': '1' });
    await put('odd', { 'model.bin': '1' });
    const { models, problems } = await list('odd', 'not-there');
    expect(models).toEqual([]);
    expect(problems.map(({ modelId, reason }) => [modelId, reason.split(/[ ,]/u)[0]])).toEqual([['bare', 'tokenizer.json'], ['torn', 'config.json']]);
    expect(JSON.stringify(problems)).not.toContain(scratch);
  });

  it('takes the first of two models of one name, and says so', async () => {
    await put('first/whisper-base', whole);
    await put('second/base', english);
    const { models, problems } = await list('first', 'second');
    expect(models.map(({ info }) => info.translates)).toEqual([true]);
    expect(problems).toEqual([{ modelId: 'base', reason: 'Another model of the same name was found first.' }]);
  });
});
