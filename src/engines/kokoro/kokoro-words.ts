/** The words of a sentence in Kokoro's symbols: as its dictionary has them, else as espeak says them. */
import { AntiphonError } from '../../errors.ts';
import type { Span } from '../../text/aligned-text.ts';
import type { PhonemeItem } from '../phonemes/espeak.ts';
import { nearestSound } from '../phonemes/nearest-sounds.ts';
import type { EnglishReader } from './kokoro-english.ts';
import { kokoroMark, kokoroWord } from './kokoro-symbols.ts';
import type { KokoroLanguage } from './kokoro-voices.ts';

export type SpelledWord = {
  readonly kind: 'word' | 'mark';
  readonly symbols: string;
  readonly span: Span;
};

export type WordSource = {
  readonly language: KokoroLanguage;
  readonly isKnownSymbol: (symbol: string) => boolean;
  /** For English where the dictionary is here. */
  readonly english?: EnglishReader | undefined;
};

const vowels = /[AIOQWYaeiouæɐɑɒɔəɛɜɪʊʌᵻ]/u;
const isSound = (symbol: string): boolean => /[^ˈˌ\P{L}]/u.test(symbol);
const pausing = /[;:,.!?—…]/u;

/** In order, marks that Kokoro has no sign for left out. Errors: input_invalid (param `phoneme`) for given sounds that nothing is near. */
export function spelledWords(items: readonly PhonemeItem[], text: string, source: WordSource): SpelledWord[] {
  const spelled = items.flatMap((item): Entry[] => (item.kind === 'punctuation' ? markEntry(item, text) : wordEntries(item, text, source)));
  return source.english === undefined ? spelled : readWithDictionary(spelled, source.english);
}

type Entry = SpelledWord & {
  /** As written, where the dictionary may know better than espeak: several where espeak joins them. */
  readonly written?: readonly (Span & { readonly word: string })[];
};

function markEntry(item: Extract<PhonemeItem, { kind: 'punctuation' }>, text: string): Entry[] {
  const mark = kokoroMark(item.value);
  if (mark === undefined) return [];
  const opens = /[\s([{—]|^$/u.test(text[item.start - 1] ?? '') && !/\s|^$/u.test(text[item.end] ?? '');
  return [{ kind: 'mark', symbols: mark === '"' ? (opens ? '“' : '”') : mark, span: { start: item.start, end: item.end } }];
}

function wordEntries(item: Extract<PhonemeItem, { kind: 'phonemes' }>, text: string, { language, isKnownSymbol }: WordSource): Entry[] {
  const entries: Entry[] = [];
  for (const [index, units] of item.words.entries()) {
    const { isGiven, start, end } = item.wordSpans[index]!;
    const symbols = kokoroWord(units, language.dialect);
    const before = entries.at(-1);
    if (isGiven) entries.push({ kind: 'word', symbols: nearestKnown(symbols, isKnownSymbol), span: { start, end } });
    // What espeak says in several words ("50%") is one to the dictionary, or unknown to it.
    else if (before?.written !== undefined && before.span.start === start && before.span.end === end) entries[entries.length - 1] = { ...before, symbols: `${before.symbols} ${symbols}` };
    else entries.push({ kind: 'word', symbols, span: { start, end }, written: wordsIn(text, { start, end }) });
  }
  return entries;
}

function wordsIn(text: string, { start, end }: Span): (Span & { word: string })[] {
  return Array.from(text.slice(start, end).matchAll(/\S+/gu), (match) => ({ word: match[0], start: start + match.index, end: start + match.index + match[0].length }));
}

function nearestKnown(symbols: string, isKnown: (symbol: string) => boolean): string {
  return Array.from(symbols, (symbol) => {
    const near = nearestSound(symbol, isKnown);
    if (near === undefined) throw new AntiphonError('input_invalid', 'The voice has no sound for a sign in the pronunciation.', { param: 'phoneme' });
    return near;
  }).join('');
}

/** From the end to the beginning: "the" and "to" depend on the sound that follows. */
function readWithDictionary(entries: readonly Entry[], english: EnglishReader): SpelledWord[] {
  const out: SpelledWord[] = [];
  let nextIsVowel: boolean | undefined;
  let next: string | undefined;
  const add = (word: SpelledWord): void => {
    out.push(word);
    const first = Array.from(word.symbols).find((symbol) => (word.kind === 'mark' ? pausing.test(symbol) : isSound(symbol)));
    if (first !== undefined) nextIsVowel = word.kind === 'mark' ? undefined : vowels.test(first);
    if (word.kind === 'mark') next = undefined;
  };
  for (const [index, entry] of [...entries.entries()].toReversed()) {
    const words = entry.written ?? [];
    const readings: SpelledWord[] = [];
    const [vowelBehind, wordBehind] = [nextIsVowel, next];
    for (const [at, { word, start, end }] of [...words.entries()].toReversed()) {
      const symbols = english.read(word, { previous: (words[at - 1] ?? lastWord(entries[index - 1]))?.word.toLowerCase(), next, nextIsVowel, heard: words.length === 1 ? entry.symbols : undefined });
      if (symbols === undefined) break;
      const first = Array.from(symbols).find(isSound);
      if (first !== undefined) nextIsVowel = vowels.test(first);
      next = word.toLowerCase();
      readings.push({ kind: 'word', symbols, span: { start, end } });
    }
    const isRead = words.length > 0 && readings.length === words.length;
    // Words that espeak joins and the dictionary has but in part stay as espeak says them.
    if (!isRead) [nextIsVowel, next] = [vowelBehind, wordBehind];
    for (const word of isRead ? readings : [entry]) add(word);
    if (words.length > 0) next = words[0]!.word.toLowerCase();
  }
  return out.toReversed().map(({ kind, symbols, span }) => ({ kind, symbols, span }));
}

function lastWord(entry: Entry | undefined): { word: string } | undefined {
  return entry?.written?.at(-1);
}
