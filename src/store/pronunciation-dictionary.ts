/** A user's own pronunciations: one row a word and language. Entries must have passed `checkEntry`. */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { AntiphonError } from '../errors.ts';
import { maxEntries, type DictionaryEntry, type StoredEntry } from '../text/pronunciation/dictionary-entry.ts';
import type { Database } from './database.ts';

export type PronunciationTable = {
  id: string;
  owner: string;
  word: string;
  /** BCP 47; empty for all languages. */
  language: string;
  case_sensitive: 0 | 1;
  kind: 'respelling' | 'ipa';
  value: string;
  /** ISO 8601, UTC. */
  created_at: string;
};

export type PronunciationDictionary = {
  /** In the order of the words. */
  readonly list: (query: { owner: string }) => Promise<StoredEntry[]>;
  /** Adds, or changes the entry of the same word and language, which keeps its id. Errors: input_invalid when full. */
  readonly upsert: (change: { owner: string; entry: DictionaryEntry }) => Promise<StoredEntry>;
  /** All or none. Errors: input_invalid where more than 10,000 would result. */
  readonly upsertAll: (change: { owner: string; entries: readonly DictionaryEntry[] }) => Promise<void>;
  /** False where the owner has no entry of that id. */
  readonly remove: (change: { owner: string; id: string }) => Promise<boolean>;
  /** Forgets what was there. Errors: input_invalid beyond 10,000. */
  readonly replaceAll: (change: { owner: string; entries: readonly DictionaryEntry[] }) => Promise<void>;
};

export type PronunciationDictionaryOptions = { readonly database: Database; readonly now?: () => Date };

/** Rows a statement. */
const batchSize = 200;

export function createPronunciationDictionary({ database, now = () => new Date() }: PronunciationDictionaryOptions): PronunciationDictionary {
  const upsertIn = async (transaction: Database, { owner, entries }: { owner: string; entries: readonly DictionaryEntry[] }): Promise<void> => {
    const created = now().toISOString();
    for (let at = 0; at < entries.length; at += batchSize) {
      // SQLite works on this thread, which also feeds listeners: they get their turn between two batches.
      if (at > 0) await setImmediate();
      const rows = entries.slice(at, at + batchSize).map((entry) => ({ id: randomUUID(), owner, created_at: created, ...toRow(entry) }));
      await transaction
        .insertInto('pronunciations')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['owner', 'word', 'language']).doUpdateSet(({ ref }) => ({ case_sensitive: ref('excluded.case_sensitive'), kind: ref('excluded.kind'), value: ref('excluded.value') })))
        .execute();
    }
    const { count } = await transaction.selectFrom('pronunciations').select((select) => select.fn.countAll<number>().as('count')).where('owner', '=', owner).executeTakeFirstOrThrow();
    // Thrown inside of the transaction, it undoes the lot.
    if (count > maxEntries) throw new AntiphonError('input_invalid', `The dictionary holds ${maxEntries} words at most; remove some first.`, { param: 'word' });
  };

  return {
    list: async ({ owner }) => (await database.selectFrom('pronunciations').selectAll().where('owner', '=', owner).orderBy('word').orderBy('language').execute()).map(fromRow),
    upsert: ({ owner, entry }) =>
      database.transaction().execute(async (transaction) => {
        await upsertIn(transaction, { owner, entries: [entry] });
        const { word, language } = toRow(entry);
        return fromRow(await transaction.selectFrom('pronunciations').selectAll().where('owner', '=', owner).where('word', '=', word).where('language', '=', language).executeTakeFirstOrThrow());
      }),
    upsertAll: (change) => database.transaction().execute((transaction) => upsertIn(transaction, change)),
    remove: async ({ owner, id }) => (await database.deleteFrom('pronunciations').where('owner', '=', owner).where('id', '=', id).executeTakeFirst()).numDeletedRows > 0n,
    replaceAll: (change) =>
      database.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('pronunciations').where('owner', '=', change.owner).execute();
        await upsertIn(transaction, change);
      }),
  };
}

function toRow({ word, language = '', caseSensitive = false, says }: DictionaryEntry): Pick<PronunciationTable, 'word' | 'language' | 'case_sensitive' | 'kind' | 'value'> {
  return { word, language, case_sensitive: caseSensitive ? 1 : 0, kind: says.kind, value: says.kind === 'ipa' ? says.ipa : says.text };
}

function fromRow({ id, word, language, case_sensitive: caseSensitive, kind, value, created_at: createdAt }: PronunciationTable): StoredEntry {
  return { id, createdAt, word, ...(language === '' ? {} : { language }), caseSensitive: caseSensitive === 1, says: kind === 'ipa' ? { kind, ipa: value } : { kind, text: value } };
}
