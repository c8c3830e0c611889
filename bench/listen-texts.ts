/** Two hundred sentences of many kinds to speak and to hear again: talk, news, manuals, words with two readings, numbers. */
import { laterSentences } from '../src/text/homographs/later-sentences.test-support.ts';
import { laterCases } from '../src/text/normalise/cases/later-cases.ts';
import { proseSentences } from './prose.ts';

/** A transcriber needs a few words to go by, and a sentence that is not code. */
const isSentence = (text: string): boolean => /^[A-Z][\w ,.'’$%:-]+[.!?]$/u.test(text) && text.split(' ').length >= 5 && text.split(' ').length <= 20;

export const roundTripSentences: readonly string[] = [
  ...proseSentences,
  ...laterSentences.map(([sentence]) => sentence.replaceAll('*', '')).filter(isSentence).slice(0, 119),
  ...laterCases.map(([written]) => written).filter(isSentence),
].slice(0, 200);
