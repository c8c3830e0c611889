/** Text as the token numbers that the model reads, in utterances short enough for it. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import type { Span } from '../../text/aligned-text.ts';
import type { Pronunciation } from '../../text/passage.ts';
import type { EspeakPhonemizer } from '../phonemes/espeak.ts';
import type { EnglishReader } from './kokoro-english.ts';
import type { KokoroLanguage } from './kokoro-voices.ts';
import { spelledWords } from './kokoro-words.ts';
import type { SpelledWord } from './kokoro-words.ts';

export type KokoroVocabulary = ReadonlyMap<string, number>;

export type KokoroToken = {
  readonly id: number;
  readonly symbol: string;
  /** UTF-16 offsets of the word or mark it comes from; a blank has an empty stretch. */
  readonly start: number;
  readonly end: number;
};

/** The model takes 510; far below it already begins to hurry. */
const maxUtteranceTokens = 400;

const vocabularyFile = z.object({ vocab: z.record(z.string(), z.number().int().positive()) });

/** Errors: model_file_invalid. */
export function readKokoroVocabulary(json: string): KokoroVocabulary {
  try {
    return new Map(Object.entries(vocabularyFile.parse(JSON.parse(json)).vocab));
  } catch (thrown) {
    throw new AntiphonError('model_file_invalid', 'The symbol table of the Kokoro model is damaged.', { cause: thrown });
  }
}

export type TokenSource = {
  readonly phonemizer: Pick<EspeakPhonemizer, 'phonemiseWithPunctuation'>;
  readonly vocabulary: KokoroVocabulary;
  readonly language: KokoroLanguage;
  /** Stretches of the text whose sounds are given. */
  readonly pronunciations?: readonly Pronunciation[] | undefined;
  /** For English where the dictionary is here. */
  readonly english?: EnglishReader | undefined;
};

/**
 * One or more utterances of 1…400 tokens. Errors: input_empty where nothing can be pronounced, input_invalid (param
 * `phoneme`) for a pronunciation that is not IPA or that the model has no sound near.
 */
export function kokoroTokens(text: string, source: TokenSource): KokoroToken[][] {
  const { phonemizer, vocabulary, language, pronunciations, english } = source;
  const items = phonemizer.phonemiseWithPunctuation(text, language.espeakVoice, pronunciations);
  const words = spelledWords(items, text, { language, english, isKnownSymbol: (symbol) => vocabulary.has(symbol) });
  const tokens: KokoroToken[] = [];
  let previous: SpelledWord | undefined;
  const add = (symbols: string, { start, end }: Span): void => {
    for (const symbol of symbols) {
      const id = vocabulary.get(symbol);
      // A symbol that the model never saw would be noise; espeak has rare ones in other languages' words.
      if (id !== undefined && !(symbol === ' ' && tokens.at(-1)?.symbol === ' ')) tokens.push({ id, symbol, start, end });
    }
  };
  for (const word of words) {
    const behind = previous?.span.end ?? word.span.start;
    const isApart = (previous?.kind === 'word' && word.kind === 'word') || /\s/u.test(text.slice(behind, word.span.start));
    if (isApart && tokens.length > 0) add(' ', { start: behind, end: behind });
    add(word.symbols, word.span);
    previous = word;
  }
  if (!words.some(({ kind, symbols }) => kind === 'word' && symbols !== '')) throw new AntiphonError('input_empty', 'Nothing in the text can be spoken.', { param: 'input' });
  return intoUtterances(tokens);
}

/** Cuts behind the last clause mark in the second half of the room, else at the last blank, else where it is full. */
function intoUtterances(tokens: readonly KokoroToken[]): KokoroToken[][] {
  const utterances: KokoroToken[][] = [];
  let rest = tokens.slice();
  while (rest.length > maxUtteranceTokens) {
    const head = rest.slice(0, maxUtteranceTokens);
    const clause = head.findLastIndex((token, i) => i >= maxUtteranceTokens / 2 && /[;:,.!?—…)]/u.test(token.symbol));
    const blank = head.findLastIndex((token) => token.symbol === ' ');
    const at = clause > 0 ? clause + 1 : blank > 0 ? blank : maxUtteranceTokens;
    utterances.push(rest.slice(0, at));
    rest = rest.slice(at);
    while (rest[0]?.symbol === ' ') rest.shift();
  }
  utterances.push(rest);
  // What a cut leaves over may be bare marks; the model makes noises of them.
  return utterances.filter((utterance) => utterance.some((token) => /\p{L}/u.test(token.symbol)));
}
