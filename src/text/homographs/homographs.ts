/** Finds words that espeak would read wrong because their sound depends on their meaning ("I read it yesterday"). */
import type { Pronunciation } from '../passage.ts';
import { homographLexicon } from './homograph-lexicon.ts';
import { readingAt } from './readings-by-meaning.ts';
import { sentenceWords, type SentenceWord } from './sentence-words.ts';

/** Signs by which espeak takes one of the next words for a verb, for a noun, or for something past. */
const verbSigns = new Set("to i you we they who not can could will would shall should may might must do does did don't doesn't didn't won't can't".split(' '));
const nounSigns = new Set('the a an my your his her our their this that'.split(' '));
const pastSigns = new Set('was were had has have been be is are'.split(' '));
const swayedByPast = new Set(['read', 'content', 'wound', 'dove', 'learned']);
const swayingReach = 3;

/**
 * Pronunciations with offsets into the sentence as it is spoken, in order; usually none. Only those that differ from
 * what espeak says by itself, or may: its own choice follows a word or two before. English only. Linear; a sentence
 * without such words costs a look-up a word.
 */
export function homographs(sentence: string, { locale }: { locale: string }): readonly Pronunciation[] {
  if (!/^en\b/iu.test(locale) || !hasHomograph(sentence)) return [];
  const accent = /^en[-_](?:us|ca|ph)\b|^en$/iu.test(locale) ? 'us' : 'gb';
  const words = sentenceWords(sentence);
  return words.flatMap((word, at): Pronunciation[] => {
    const homograph = word.isJoined ? undefined : (homographLexicon.get(word.written) ?? homographLexicon.get(word.lower));
    if (homograph === undefined) return [];
    const reading = readingAt(words, at);
    const sounds = reading === undefined ? undefined : homograph.readings[reading];
    if (sounds === undefined || (reading === homograph.usual && !(homograph.varies && isSwayed(words, at, homograph.usual)))) return [];
    return [{ start: word.start, end: word.end, ipa: sounds[accent] }];
  });
}

function hasHomograph(sentence: string): boolean {
  for (const [word] of sentence.matchAll(/\p{L}{3,}/gu)) if (homographLexicon.has(word.toLowerCase())) return true;
  return false;
}

/** Whether espeak may leave its usual reading here: the nearest sign before the word decides. */
function isSwayed(words: readonly SentenceWord[], at: number, usual: string): boolean {
  const before = words.slice(Math.max(0, at - swayingReach), at).map(({ lower }) => lower);
  if (swayedByPast.has(words[at]!.lower)) return before.some((word) => verbSigns.has(word) || nounSigns.has(word) || pastSigns.has(word));
  const nearest = before.findLast((word) => verbSigns.has(word) || nounSigns.has(word));
  return nearest !== undefined && (usual === 'verb' ? nounSigns : verbSigns).has(nearest);
}
