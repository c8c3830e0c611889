import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createKokoroLexicon, createKokoroLexicons } from './kokoro-lexicon.ts';

const lexiconOf = (...files: object[]) => createKokoroLexicon(files.map((file, index) => Buffer.from(JSON.stringify(file, undefined, index === 0 ? 2 : 0))));

describe('createKokoroLexicon', () => {
  const lexicon = lexiconOf({ hello: 'həlˈO', Paris: 'pˈɛɹəs', US: 'jˌuˈɛs', a: 'A', 'say "so"': 'x', use: { DEFAULT: 'jˈuz', NOUN: 'jˈus', VERB: null } }, { hello: 'other', wörld: 'wˈɜɹld' });

  it.each([
    ['hello', 'həlˈO'],
    ['Hello', 'həlˈO'],
    ['HELLO', undefined],
    ['paris', 'pˈɛɹəs'],
    ['PARIS', undefined],
    ['US', 'jˌuˈɛs'],
    ['us', undefined],
    ['a', 'A'],
    ['A', undefined],
    ['say "so"', 'x'],
    ['use', { DEFAULT: 'jˈuz', NOUN: 'jˈus', VERB: null }],
    ['wörld', 'wˈɜɹld'],
    ['', undefined],
    ['nothing', undefined],
  ])('finds %j in its customary forms', (word, entry) => expect(lexicon.find(word)).toEqual(entry));

  it('finds every word of a large file, in at most twice the memory of the file', () => {
    const words = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`word${index.toString(36)}`, `wˈɜɹd${index}`]));
    const large = lexiconOf(words);
    expect(large.size).toBe(20_000);
    for (const [word, symbols] of Object.entries(words)) if (large.find(word) !== symbols) throw new Error(word);
    expect(large.heldBytes).toBeLessThan(JSON.stringify(words, undefined, 2).length * 2);
  });

  it.each(['', '[]', '{"a"}', '{"a": 1}', '{"a": "b"', '{"a": "b', 'null', '{"a": {"DEFAULT": "b"'])('refuses %j as damaged', (text) => {
    expect(() => createKokoroLexicon([Buffer.from(text)])).toThrow(expect.objectContaining({ code: 'model_file_invalid' }));
  });
});

describe('createKokoroLexicons', () => {
  const scratch: string[] = [];
  afterAll(() => Promise.all(scratch.map((dir) => rm(dir, { recursive: true, force: true }))));

  it('finds a dictionary that comes later, and does without the second file', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'lexicon-'));
    scratch.push(directory);
    const lexicons = createKokoroLexicons(directory);
    expect(await lexicons.of('gb')).toBeUndefined();
    await writeFile(path.join(directory, 'gb_gold.json'), '{"tea": "tˈiː"}');
    expect((await lexicons.of('gb'))?.find('tea')).toBe('tˈiː');
    expect(await lexicons.of('us')).toBeUndefined();
    expect(await lexicons.of('gb')).toBe(await lexicons.of('gb'));
  });
});
