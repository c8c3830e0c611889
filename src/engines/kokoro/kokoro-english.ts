/**
 * How misaki, whose symbols Kokoro was trained on, pronounces a word of an English sentence that its dictionaries have,
 * also in the forms that they lack (-s, -ed, -ing, capitals). Rules: misaki 0.9.4, `misaki/en.py` (Apache-2.0); the part
 * of speech, which it has from a tagger, is guessed from the word before and from what espeak makes of the sentence.
 */
import type { KokoroLexicon, LexiconEntry } from './kokoro-lexicon.ts';

/** What stands around a word. */
export type WordContext = {
  /** The word before in the same clause, small letters. */
  readonly previous?: string | undefined;
  /** The word behind. */
  readonly next?: string | undefined;
  /** Whether the next sound is a vowel's; undefined before a pause and at the end. */
  readonly nextIsVowel?: boolean | undefined;
  /** The word as espeak says it here, in Kokoro's symbols: of several pronunciations the nearest to it is meant. */
  readonly heard?: string | undefined;
};

export type EnglishReader = {
  /** Kokoro's symbols of a word, stress included; undefined where the dictionaries tell nothing. */
  readonly read: (word: string, context: WordContext) => string | undefined;
};

const vowels = /[AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ]/u;
const primary = 'ˈ';
const secondary = 'ˌ';
/** Behind these an American t between vowels is a flap. */
const flapping = /[AIOWYiuæɑəɛɪɹʊʌ]$/u;
const beforeVerbs = new Set(['to', 'will', 'would', 'can', 'could', 'shall', 'should', 'may', 'might', 'must', 'not', "don't", "doesn't", "didn't", "can't", "won't", "couldn't", "wouldn't", 'i', 'you', 'we', 'they', 'who', 'please', "let's", 'never']);
const beforeNouns = new Set(['the', 'a', 'an', 'this', 'my', 'your', 'his', 'its', 'our', 'their', 'no', 'of', 'some', 'any', 'each', 'every', 'another']);
const beforeParticiples = new Set(['have', 'has', 'had', 'having', "haven't", "hasn't", "hadn't", "i've", "you've", "we've", "they've", 'been', 'being', 'be', 'was', 'were']);
const formsOfBe = new Set(['am', 'is', 'are', 'was', 'were', 'be', 'been', 'being', "isn't", "aren't", "wasn't", "weren't", 'get', 'got']);

/** `british` chooses the endings; the lexicon must be of the same dialect. */
export function createEnglishReader(lexicon: KokoroLexicon, { british }: { british: boolean }): EnglishReader {
  const isKnown = (word: string): boolean => lexicon.find(word) !== undefined;

  function read(written: string, context: WordContext): string | undefined {
    const word = written.normalize('NFKC').replace(/[‘’]/gu, "'");
    const symbols = functionWord(word, context) ?? letters(word) ?? readWhole(word, context) ?? readHyphened(word, context);
    return symbols?.replaceAll('ɾ', 'T').replaceAll('ʔ', 't');
  }

  function readWhole(word: string, context: WordContext): string | undefined {
    const stress = word === word.toLowerCase() ? undefined : word === word.toUpperCase() ? 2 : 0.5;
    const lower = word.toLowerCase();
    const isOrdinaryCase = word === word.toUpperCase() || word.slice(1) === word.slice(1).toLowerCase();
    for (const form of new Set([word, ...(isOrdinaryCase ? [lower] : [])])) {
      const symbols = lookUp(form, { context, stress }) ?? inflected(form, { context, stress });
      if (symbols !== undefined) return symbols;
    }
    return undefined;
  }

  function lookUp(word: string, { context, stress, tag }: Manner): string | undefined {
    const entry = lexicon.find(word);
    return entry === undefined ? undefined : withStress(tagged(entry, tag) ?? choose(entry, word, context), stress);
  }

  function inflected(word: string, manner: Manner): string | undefined {
    const bare = word.endsWith("'") ? word.slice(0, -1) : undefined;
    if (bare !== undefined) return lookUp(bare, manner) ?? (bare.endsWith('s') ? inflected(bare, manner) : undefined);
    const stem = (candidates: readonly (string | false)[]): string | undefined => candidates.find((candidate): candidate is string => candidate !== false && candidate.length > 1 && isKnown(candidate));
    if (word.length > 2 && word.endsWith('s')) {
      const found = stem([!word.endsWith('ss') && word.slice(0, -1), (word.endsWith("'s") || (word.length > 4 && /[^i]es$/u.test(word))) && word.slice(0, -2), word.length > 4 && word.endsWith('ies') && `${word.slice(0, -3)}y`]);
      return found === undefined ? undefined : withS(lookUp(found, manner));
    }
    if (word.length > 3 && word.endsWith('d')) {
      const found = stem([!word.endsWith('dd') && word.slice(0, -1), word.length > 4 && /[^e]ed$/u.test(word) && word.slice(0, -2)]);
      return found === undefined ? undefined : withEd(lookUp(found, { ...manner, tag: 'VERB' }));
    }
    if (word.length > 4 && word.endsWith('ing')) {
      const found = stem([word.length > 5 && word.slice(0, -3), `${word.slice(0, -3)}e`, /(?:([bcdgklmnprstvxz])\1|ck)ing$/u.test(word) && word.length > 5 && word.slice(0, -4)]);
      return found === undefined ? undefined : withIng(lookUp(found, { ...manner, tag: 'VERB', stress: manner.stress ?? 0.5 }));
    }
    return undefined;
  }

  /** "well-known": its parts, the lesser one of two stresses made secondary. */
  function readHyphened(word: string, context: WordContext): string | undefined {
    const parts = word.split(/[-‐‑]/u).filter((part) => part !== '');
    if (parts.length < 2) return undefined;
    const read = parts.map((part, index) => readWhole(part, index === 0 ? context : { ...context, previous: undefined }));
    if (!read.every((part): part is string => part !== undefined)) return undefined;
    const order = read.map((part, index) => ({ index, isStressed: part.includes(primary), weight: weightOf(part) })).toSorted((a, b) => Number(a.isStressed) - Number(b.isStressed) || a.weight - b.weight || a.index - b.index);
    const stressed = order.filter(({ isStressed }) => isStressed).length;
    const lesser = read.length === 2 && parts[0]!.length === 1 ? [1] : stressed > Math.floor((read.length + 1) / 2) ? order.slice(0, Math.floor(read.length / 2)).map(({ index }) => index) : [];
    return read.map((part, index) => (lesser.includes(index) ? withStress(part, -0.5) : part)).join('');
  }

  /** "U.S.A.": letters, the last one stressed most. */
  function letters(word: string): string | undefined {
    if (!/^(?:\p{L}\.)+\p{L}?\.?$/u.test(word)) return undefined;
    const names = Array.from(word.replaceAll('.', ''), (letter) => lexicon.find(letter.toUpperCase()));
    if (names.length < 2 || !names.every((name) => typeof name === 'string')) return undefined;
    const even = withStress(names.join(''), 0);
    const last = even.lastIndexOf(secondary);
    return last < 0 ? even : even.slice(0, last) + primary + even.slice(last + 1);
  }

  function functionWord(word: string, { previous, next, nextIsVowel }: WordContext): string | undefined {
    const isBeforePause = nextIsVowel === undefined;
    switch (word.toLowerCase()) {
      case 'a':
        return word === 'A' && isBeforePause ? 'ˈA' : 'ɐ';
      case 'an':
        return 'ɐn';
      case 'am':
        return word === 'am' && !isBeforePause ? 'ɐm' : undefined;
      case 'i':
        return word === 'I' && !isBeforePause ? 'ˌI' : undefined;
      case 'to':
        return isBeforePause ? undefined : nextIsVowel ? 'tʊ' : 'tə';
      case 'in':
        return isBeforePause ? 'ˈɪn' : 'ɪn';
      case 'the':
        return nextIsVowel === true ? 'ði' : 'ðə';
      case 'used':
        return next === 'to' && !formsOfBe.has(previous ?? '') ? tagged(lexicon.find('used'), 'VBD') : undefined;
      default:
        return undefined;
    }
  }

  function withS(stem: string | undefined): string | undefined {
    if (stem === undefined) return undefined;
    if (/[ptkfθ]$/u.test(stem)) return `${stem}s`;
    return /[szʃʒʧʤ]$/u.test(stem) ? `${stem}${british ? 'ɪ' : 'ᵻ'}z` : `${stem}z`;
  }

  function withEd(stem: string | undefined): string | undefined {
    if (stem === undefined) return undefined;
    if (/[pkfθʃsʧ]$/u.test(stem)) return `${stem}t`;
    if (stem.endsWith('d')) return `${stem}${british ? 'ɪ' : 'ᵻ'}d`;
    if (!stem.endsWith('t')) return `${stem}d`;
    if (british) return `${stem}ɪd`;
    return flapping.test(stem.slice(0, -1)) ? `${stem.slice(0, -1)}ɾᵻd` : `${stem}ᵻd`;
  }

  function withIng(stem: string | undefined): string | undefined {
    if (stem === undefined || (british && /[əː]$/u.test(stem))) return undefined;
    return !british && stem.endsWith('t') && flapping.test(stem.slice(0, -1)) ? `${stem.slice(0, -1)}ɾɪŋ` : `${stem}ɪŋ`;
  }

  return { read };
}

/** −2…2 as misaki counts: 2 gives a main stress, 0.5 at least a secondary one, −0.5 at most that. */
type Manner = { readonly context: WordContext; readonly stress: number | undefined; readonly tag?: string };

function choose(entry: LexiconEntry, word: string, { previous, nextIsVowel, heard }: WordContext): string {
  if (typeof entry === 'string') return entry;
  if (nextIsVowel === undefined && typeof entry['None'] === 'string') return entry['None'];
  // Capitals with several pronunciations are abbreviations.
  if (word === word.toUpperCase()) return entry.DEFAULT;
  const before = previous ?? '';
  const tag = beforeVerbs.has(before) ? 'VERB' : beforeParticiples.has(before) ? 'VBN' : beforeNouns.has(before) ? 'NOUN' : undefined;
  // A verb's stem and a noun that have no form of their own have the usual one.
  if (tag === 'VERB' || tag === 'NOUN') return tagged(entry, tag) ?? entry.DEFAULT;
  return tagged(entry, tag) ?? nearestTo(heard, entry) ?? entry.DEFAULT;
}

/** The usual form unless another is nearer. */
function nearestTo(heard: string | undefined, entry: Exclude<LexiconEntry, string>): string | undefined {
  if (heard === undefined) return undefined;
  const forms = [entry.DEFAULT, ...Object.entries(entry).flatMap(([tag, form]) => (tag === 'None' || form === null ? [] : [form]))];
  return forms.map((form) => ({ form, distance: editDistance(form, heard) })).reduce((best, one) => (one.distance < best.distance ? one : best)).form;
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[other.length]!;
}

function tagged(entry: LexiconEntry | undefined, tag: string | undefined): string | undefined {
  return tag === undefined || entry === undefined || typeof entry === 'string' ? undefined : (entry[tag] ?? undefined);
}

function withStress(symbols: string, stress: number | undefined): string {
  const hasPrimary = symbols.includes(primary);
  const hasAny = hasPrimary || symbols.includes(secondary);
  if (stress === undefined) return symbols;
  if ((stress === 0 || stress === -0.5) && hasPrimary) return symbols.replaceAll(secondary, '').replaceAll(primary, secondary);
  if (stress >= 0 && !hasAny && vowels.test(symbols)) return symbols.replace(vowels, `${stress > 1 ? primary : secondary}$&`);
  if (stress >= 1 && !hasPrimary) return symbols.replaceAll(secondary, primary);
  return symbols;
}

function weightOf(symbols: string): number {
  return Array.from(symbols).reduce((sum, symbol) => sum + ('AIOQWYʤʧ'.includes(symbol) ? 2 : 1), 0);
}
