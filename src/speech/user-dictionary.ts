/** The user's own pronunciations as speech needs them: compiled once, and again after every change. */
import { checkEntry, type DictionaryEntry, type StoredEntry } from '../text/pronunciation/dictionary-entry.ts';
import { compileDictionary, type Dictionary } from '../text/pronunciation/dictionary.ts';
import { parsePls } from '../text/pronunciation/pls.ts';

/** Where the entries are kept; what is acknowledged there is on disk. */
export type EntryStore = {
  readonly list: () => Promise<StoredEntry[]>;
  readonly upsert: (entry: DictionaryEntry) => Promise<StoredEntry>;
  readonly upsertAll: (entries: readonly DictionaryEntry[]) => Promise<void>;
  /** False where there is none of that id. */
  readonly remove: (id: string) => Promise<boolean>;
};

export type UserDictionary = {
  /** For the next sentence; undefined where there are no entries. */
  readonly current: () => Dictionary | undefined;
  readonly list: () => Promise<readonly StoredEntry[]>;
  /** Errors: input_invalid naming the field. */
  readonly upsert: (entry: DictionaryEntry) => Promise<StoredEntry>;
  readonly remove: (id: string) => Promise<boolean>;
  /** How many words the lexicon had. Errors: input_invalid with the place. */
  readonly importPls: (xml: string) => Promise<number>;
};

async function createUserDictionary(store: EntryStore): Promise<UserDictionary> {
  let compiled: Dictionary | undefined;

  async function refresh(): Promise<void> {
    const entries = await store.list();
    compiled = entries.length === 0 ? undefined : compileDictionary(entries);
  }

  await refresh();
  return {
    current: () => compiled,
    list: store.list,
    upsert: async (entry) => {
      const stored = await store.upsert(checkEntry(entry));
      await refresh();
      return stored;
    },
    remove: async (id) => {
      const removed = await store.remove(id);
      await refresh();
      return removed;
    },
    importPls: async (xml) => {
      const entries = parsePls(xml);
      await store.upsertAll(entries);
      await refresh();
      return entries.length;
    },
  };
}

export type UserDictionaries = {
  /** That of one owner, compiled when it is first asked for. */
  readonly of: (owner: string) => Promise<UserDictionary>;
};

/** Compiled dictionaries of so many owners are kept; whoever spoke longest ago is compiled anew. */
const mostKept = 200;

export function createUserDictionaries(storeOf: (owner: string) => EntryStore): UserDictionaries {
  const known = new Map<string, Promise<UserDictionary>>();
  return {
    of: (owner) => {
      const own = known.get(owner) ?? createUserDictionary(storeOf(owner));
      // Put behind all others: a map keeps the order of insertion.
      known.delete(owner);
      known.set(owner, own);
      own.catch(() => known.delete(owner));
      if (known.size > mostKept) known.delete(known.keys().next().value!);
      return own;
    },
  };
}
