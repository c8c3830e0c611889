/** Puts the sounds that a caller gave into the words of a text, so that the words around are read as usual. */
import { AntiphonError } from '../../errors.ts';
import type { Pronunciation } from '../../text/passage.ts';
import { cutIpa, isVowelUnit } from './ipa-units.ts';
import type { GivenSounds, PieceWord } from './pieces.ts';

export type PlacedSounds = {
  /** The text with letters in place of what is given, so that no mark in it ends a clause. Same length. */
  readonly text: string;
  /** Words of that text, with the given ones as words of their own. */
  readonly wordsOf: (words: readonly PieceWord[]) => PieceWord[];
};

type Place = { readonly start: number; readonly end: number; readonly value: string; readonly sounds: GivenSounds };
type Reader = { readonly espeakVoice: string; readonly unitsAlone: (word: string) => readonly (readonly string[])[] };

const filler = 'x';
const plainWords = /^[\p{L}\p{M}'’ -]+$/u;
/** What espeak is shown where the text itself would mislead it, by the first sound: "the" depends on it. */
const standIns = { vowel: 'ata', consonant: 'tata' };

/** Errors: input_invalid (param `phoneme`) for what is not IPA, and for stretches out of order or outside the text. */
export function placeGiven(text: string, pronunciations: readonly Pronunciation[], reader: Reader): PlacedSounds {
  if (pronunciations.length === 0) return { text, wordsOf: (words) => words.slice() };
  let masked = '';
  const places: Place[] = [];
  for (const { start, end, ipa } of pronunciations) {
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= masked.length && end > start && end <= text.length)) {
      throw new AntiphonError('input_invalid', 'A pronunciation names a stretch that is not in the text, or overlaps another.', { param: 'phoneme' });
    }
    const sounds = cutIpa(ipa, reader.espeakVoice);
    masked += text.slice(masked.length, start) + filler.repeat(end - start);
    places.push({ start, end, sounds, value: shownAs(text.slice(start, end), sounds, reader) });
  }
  return { text: masked + text.slice(masked.length), wordsOf: (words) => words.flatMap((word) => cutWord(word, places, reader)) };
}

/** The words as written where they begin with the same kind of sound, else a word that does. */
function shownAs(written: string, sounds: GivenSounds, { unitsAlone }: Reader): string {
  const wantsVowel = isVowelUnit(sounds[0]![0]!);
  const words = written.trim();
  if (plainWords.test(words)) {
    const first = unitsAlone(words.split(/\s+/u)[0]!)[0]?.[0];
    if (first !== undefined && isVowelUnit(first) === wantsVowel) return words;
  }
  return wantsVowel ? standIns.vowel : standIns.consonant;
}

function cutWord(word: PieceWord, places: readonly Place[], reader: Reader): PieceWord[] {
  const inside = places.filter((place) => place.start < word.end && place.end > word.start);
  if (inside.length === 0) return [word];
  const parts: PieceWord[] = [];
  let at = word.start;
  const addRest = (end: number): void => {
    const value = word.value.slice(at - word.start, end - word.start).replace(/^[-‐‑]+|[-‐‑]+$/gu, '');
    const before = parts.at(-1);
    if (value === '') return;
    if (before?.given !== undefined && /^['’]?s$/iu.test(value) && reader.espeakVoice.startsWith('en')) parts[parts.length - 1] = { ...before, end, given: withEnding(before.given) };
    else parts.push({ value, start: at, end });
  };
  for (const { start, end, value, sounds } of inside) {
    addRest(start);
    parts.push({ value, start, end, given: sounds });
    at = end;
  }
  addRest(word.end);
  return parts;
}

/** The English plural or possessive of given sounds. */
function withEnding(sounds: GivenSounds): GivenSounds {
  const last = sounds.at(-1)!;
  const end = last.at(-1)!;
  const ending = /[szʃʒ]$/u.test(end) ? ['ɪ', 'z'] : /[ptkfθ]$/u.test(end) ? ['s'] : ['z'];
  return [...sounds.slice(0, -1), [...last, ...ending]];
}
