/** misaki's dictionaries of English, the words and their symbols that Kokoro was trained on, in little memory. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AntiphonError } from '../../errors.ts';

/** One pronunciation, or several by part of speech; `None` is the one before a pause. */
export type LexiconEntry = string | (Readonly<Record<string, string | null>> & { readonly DEFAULT: string });

export type KokoroLexicon = {
  /** Case counts, but a word may be found in its other customary form: `Hello` as `hello`, `paris` as `Paris`. */
  readonly find: (word: string) => LexiconEntry | undefined;
  readonly size: number;
  /** Bytes held. */
  readonly heldBytes: number;
};

export type KokoroLexicons = {
  /** Read on first use (about 0.1 s); undefined while its files are not here. Errors: model_file_invalid. */
  readonly of: (dialect: 'us' | 'gb') => Promise<KokoroLexicon | undefined>;
};

/** `<dialect>_gold.json` (checked by hand) and, where it is there, `<dialect>_silver.json` (for what the first lacks). */
export function createKokoroLexicons(directory: string): KokoroLexicons {
  const loaded = new Map<string, Promise<KokoroLexicon | undefined>>();

  async function load(dialect: string): Promise<KokoroLexicon | undefined> {
    const [gold, silver] = await Promise.all(['gold', 'silver'].map((metal) => readBytes(path.join(directory, `${dialect}_${metal}.json`))));
    return gold === undefined ? undefined : createKokoroLexicon(silver === undefined ? [gold] : [gold, silver]);
  }

  return {
    of: (dialect) => {
      const known = loaded.get(dialect) ?? load(dialect);
      loaded.set(dialect, known);
      // What is not here may be fetched later.
      const forget = () => void loaded.delete(dialect);
      known.then((lexicon) => { if (lexicon === undefined) forget(); }, forget);
      return known;
    },
  };
}

async function readBytes(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
}

/** JSON files of `{"word": "symbols" | {"DEFAULT": "symbols", "VERB": …}}`; of two the earlier counts. Errors: model_file_invalid. */
export function createKokoroLexicon(files: readonly Buffer[]): KokoroLexicon {
  const indices = files.map(indexFile);
  const findExactly = (word: string): LexiconEntry | undefined => {
    const key = Buffer.from(JSON.stringify(word));
    for (const index of indices) {
      const found = index.find(key);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    size: indices.reduce((sum, { size }) => sum + size, 0),
    heldBytes: indices.reduce((sum, { heldBytes }) => sum + heldBytes, 0),
    find: (word) => {
      const exact = findExactly(word);
      if (exact !== undefined || word.length < 2) return exact;
      const lower = word.toLowerCase();
      const capitalised = lower.charAt(0).toUpperCase() + lower.slice(1);
      return word === capitalised ? findExactly(lower) : word === lower ? findExactly(capitalised) : undefined;
    },
  };
}

type FileIndex = { readonly find: (key: Buffer) => LexiconEntry | undefined; readonly size: number; readonly heldBytes: number };

const [quote, backslash, colon, opening, closing, comma] = Array.from('"\\:{},', (sign) => sign.charCodeAt(0)) as [number, number, number, number, number, number];
/** Entries are longer than this on average; the table stays below two thirds full. */
const leastBytesPerEntry = 20;

/**
 * Where each word stands in the file, which is read there when it is asked for: as strings in a Map the words of one
 * dialect would hold 50 MB, as bytes with a table of offsets they hold 9.
 */
function indexFile(bytes: Buffer): FileIndex {
  const slots = 2 ** Math.ceil(Math.log2(bytes.length / leastBytesPerEntry + 2) + 0.6);
  const table = new Int32Array(slots);
  let size = 0;
  let at = skipBlanks(0);
  expect(opening);
  while (bytes[at] !== closing) {
    const end = stringEnd(at);
    let slot = hash(bytes, at, end) & (slots - 1);
    while (table[slot] !== 0) slot = (slot + 1) & (slots - 1);
    table[slot] = at;
    size++;
    if (size * 1.5 > slots) throw damaged();
    at = skipBlanks(end);
    expect(colon);
    at = skipBlanks(valueEnd(at));
    if (bytes[at] === comma) expect(comma);
    else if (bytes[at] !== closing) throw damaged();
  }

  function skipBlanks(from: number): number {
    let next = from;
    while (bytes[next]! <= 0x20) next++;
    return next;
  }

  function expect(sign: number): void {
    if (bytes[at] !== sign) throw damaged();
    at = skipBlanks(at + 1);
  }

  /** Behind the closing quote of the string that begins there. */
  function stringEnd(from: number): number {
    if (bytes[from] !== quote) throw damaged();
    for (let next = from + 1; next < bytes.length; next++) {
      if (bytes[next] === backslash) next++;
      else if (bytes[next] === quote) return next + 1;
    }
    throw damaged();
  }

  /** A string, or an object that holds no other object. */
  function valueEnd(from: number): number {
    if (bytes[from] === quote) return stringEnd(from);
    const end = bytes[from] === opening ? bytes.indexOf(closing, from) : -1;
    if (end < 0) throw damaged();
    return end + 1;
  }

  return {
    size,
    heldBytes: bytes.length + table.byteLength,
    find: (key) => {
      for (let slot = hash(key, 0, key.length) & (slots - 1); table[slot] !== 0; slot = (slot + 1) & (slots - 1)) {
        const start = table[slot]!;
        if (bytes.compare(key, 0, key.length, start, start + key.length) !== 0) continue;
        const value = skipBlanks(skipBlanks(start + key.length) + 1);
        return JSON.parse(bytes.toString('utf8', value, valueEnd(value))) as LexiconEntry;
      }
      return undefined;
    },
  };
}

/** FNV-1a. */
function hash(bytes: Buffer, from: number, to: number): number {
  let value = 0x811c9dc5;
  for (let i = from; i < to; i++) value = Math.imul(value ^ bytes[i]!, 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}

function damaged(): AntiphonError {
  return new AntiphonError('model_file_invalid', "A dictionary of Kokoro's is damaged.");
}
