/** Text as the token numbers that the model reads, in utterances short enough for it. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import type { EspeakPhonemizer, PhonemeItem } from '../phonemes/espeak.ts';
import { kokoroMark, kokoroWord } from './kokoro-symbols.ts';
import type { KokoroLanguage } from './kokoro-voices.ts';

export type KokoroVocabulary = ReadonlyMap<string, number>;

export type KokoroToken = {
  readonly id: number;
  readonly symbol: string;
  /** UTF-16 offsets of the clause or mark it comes from. */
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
};

/** One or more utterances of 1…400 tokens. Errors: input_empty where nothing can be pronounced. */
export function kokoroTokens(text: string, { phonemizer, vocabulary, language }: TokenSource): KokoroToken[][] {
  const items = phonemizer.phonemiseWithPunctuation(text, language.espeakVoice);
  const tokens: KokoroToken[] = [];
  let pronounced = 0;
  let previousEnd = 0;
  for (const item of items) {
    const symbols = item.kind === 'phonemes' ? item.words.map((units) => kokoroWord(units, language.dialect)).join(' ') : markOf(item, text);
    const isApart = tokens.length > 0 && /\s/u.test(text.slice(previousEnd, item.start));
    for (const symbol of isApart ? ` ${symbols}` : symbols) {
      const id = vocabulary.get(symbol);
      // A symbol that the model never saw would be noise; espeak has rare ones in other languages' words.
      if (id === undefined || (symbol === ' ' && tokens.at(-1)?.symbol === ' ')) continue;
      tokens.push({ id, symbol, start: item.start, end: item.end });
      if (item.kind === 'phonemes' && /\p{L}/u.test(symbol)) pronounced++;
    }
    previousEnd = item.end;
  }
  if (pronounced === 0) throw new AntiphonError('input_empty', 'Nothing in the text can be spoken.', { param: 'input' });
  return intoUtterances(tokens);
}

function markOf(item: Extract<PhonemeItem, { kind: 'punctuation' }>, text: string): string {
  const mark = kokoroMark(item.value) ?? '';
  if (mark !== '"') return mark;
  const opens = /[\s([{—]|^$/u.test(text[item.start - 1] ?? '') && !/\s|^$/u.test(text[item.end] ?? '');
  return opens ? '“' : '”';
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
