import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DictionaryEntry } from '../text/pronunciation/dictionary-entry.ts';
import { openDatabase, type Database } from './database.ts';
import { createPronunciationDictionary, type PronunciationDictionary } from './pronunciation-dictionary.ts';

const owner = 'local';
const respelt = (word: string, text: string, language?: string): DictionaryEntry => ({ word, ...(language === undefined ? {} : { language }), caseSensitive: false, says: { kind: 'respelling', text } });

let database: Database;
let dictionary: PronunciationDictionary;
let dataDir: string;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'antiphon-dictionary-'));
  database = await openDatabase({ dataDir });
  dictionary = createPronunciationDictionary({ database, now: () => new Date('2026-11-23T10:00:00Z') });
});
afterEach(() => database.destroy());

describe('the pronunciation dictionary', () => {
  it('keeps entries over a restart, in the order of their words', async () => {
    await dictionary.upsert({ owner, entry: respelt('SQL', 'sequel') });
    await dictionary.upsert({ owner, entry: { word: 'Aachen', language: 'de', caseSensitive: true, says: { kind: 'ipa', ipa: 'ˈaːxn̩' } } });
    await database.destroy();
    database = await openDatabase({ dataDir });
    const again = await createPronunciationDictionary({ database }).list({ owner });
    expect(again).toMatchObject([
      { word: 'Aachen', language: 'de', caseSensitive: true, says: { kind: 'ipa', ipa: 'ˈaːxn̩' }, createdAt: '2026-11-23T10:00:00.000Z' },
      respelt('SQL', 'sequel'),
    ]);
  });

  it('changes the entry of the same word and language, which keeps its id', async () => {
    const first = await dictionary.upsert({ owner, entry: respelt('GIF', 'jif') });
    const second = await dictionary.upsert({ owner, entry: respelt('GIF', 'ghif') });
    const other = await dictionary.upsert({ owner, entry: respelt('GIF', 'gif', 'de') });
    expect(second).toEqual({ ...first, says: { kind: 'respelling', text: 'ghif' } });
    expect((await dictionary.list({ owner })).map(({ id }) => id)).toEqual([first.id, other.id]);
  });

  it('belongs to its owner', async () => {
    const mine = await dictionary.upsert({ owner, entry: respelt('GIF', 'jif') });
    await dictionary.upsert({ owner: 'you', entry: respelt('GIF', 'ghif') });
    expect(await dictionary.remove({ owner: 'you', id: mine.id })).toBe(false);
    await dictionary.replaceAll({ owner: 'you', entries: [] });
    expect(await dictionary.list({ owner })).toEqual([mine]);
    expect(await dictionary.list({ owner: 'you' })).toEqual([]);
    expect(await dictionary.remove({ owner, id: mine.id })).toBe(true);
    expect(await dictionary.remove({ owner, id: mine.id })).toBe(false);
  });

  it('is replaced as a whole, or added to as a whole', async () => {
    await dictionary.upsert({ owner, entry: respelt('old', 'auld') });
    await dictionary.replaceAll({ owner, entries: [respelt('a', 'x'), respelt('b', 'y')] });
    await dictionary.upsertAll({ owner, entries: [respelt('b', 'z'), respelt('c', 'z')] });
    expect((await dictionary.list({ owner })).map(({ word, says }) => [word, says.kind === 'respelling' && says.text])).toEqual([['a', 'x'], ['b', 'z'], ['c', 'z']]);
  });

  it('is full at 10,000 words and then stays as it was', async () => {
    const entries = Array.from({ length: 10_000 }, (_, i) => respelt(`word${i}`, 'x'));
    await dictionary.replaceAll({ owner, entries });
    await expect(dictionary.upsert({ owner, entry: respelt('one more', 'x') })).rejects.toMatchObject({ code: 'input_invalid' });
    await expect(dictionary.replaceAll({ owner, entries: [...entries, respelt('one more', 'x')] })).rejects.toMatchObject({ code: 'input_invalid' });
    expect(await dictionary.list({ owner })).toHaveLength(10_000);
    await dictionary.upsert({ owner, entry: respelt('word1', 'y') });
  });
});
