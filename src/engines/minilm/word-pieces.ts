/**
 * BERT's tokens of a text, lower case and without accents: words and signs apart, then the longest pieces of the
 * vocabulary from the left (WordPiece; Schuster and Nakajima, 2012, as the reference implementation does it).
 */
import { AntiphonError } from '../../errors.ts';

export type WordPieces = {
  /** With `[CLS]` before and `[SEP]` behind; what exceeds `maxTokens` with them is left out. */
  readonly encode: (text: string, maxTokens: number) => readonly number[];
  readonly size: number;
};

const longestWord = 100;
/** What the reference takes for one word each: ideographs, which are written without blanks. */
const ideograph = /[\u{4E00}-\u{9FFF}\u{3400}-\u{4DBF}\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B820}-\u{2CEAF}\u{F900}-\u{FAFF}\u{2F800}-\u{2FA1F}]/gu;
/** Signs stand alone: ASCII's, whatever Unicode calls them, and all of Unicode's punctuation. */
const sign = /[!-/:-@[-`{-~\p{P}]/gu;
const control = /[\0\uFFFD]|(?![\t\n\r])\p{C}/gu;
const accent = /\p{Mn}/gu;
const blank = /[\t\n\r\p{Zs}\u2028\u2029]+/u;

/** `vocabulary`: one token a line, its number the line's. Errors: model_file_invalid. */
export function createWordPieces(vocabulary: string): WordPieces {
  const ids = new Map(vocabulary.replace(/\r?\n$/u, '').split(/\r?\n/u).map((token, id) => [token, id]));
  const special = (token: string): number => {
    const id = ids.get(token);
    if (id === undefined) throw new AntiphonError('model_file_invalid', `vocab.txt has no token ${token}.`, { param: 'model' });
    return id;
  };
  const [start, end, unknown] = [special('[CLS]'), special('[SEP]'), special('[UNK]')];

  function piecesOf(word: string): readonly number[] {
    const letters = Array.from(word);
    if (letters.length > longestWord) return [unknown];
    const pieces: number[] = [];
    for (let from = 0; from < letters.length;) {
      let to = letters.length;
      let id: number | undefined;
      for (; to > from; to--) {
        id = ids.get(`${from === 0 ? '' : '##'}${letters.slice(from, to).join('')}`);
        if (id !== undefined) break;
      }
      if (id === undefined) return [unknown];
      pieces.push(id);
      from = to;
    }
    return pieces;
  }

  return {
    size: ids.size,
    encode: (text, maxTokens) => {
      const pieces: number[] = [];
      // A letter has at most a few tokens' worth of pieces less than one: far more text than can count need not be read.
      for (const word of wordsOf(text.slice(0, maxTokens * (longestWord + 1)))) {
        pieces.push(...piecesOf(word));
        if (pieces.length >= maxTokens - 2) break;
      }
      return [start, ...pieces.slice(0, maxTokens - 2), end];
    },
  };
}

function wordsOf(text: string): readonly string[] {
  const spaced = text.replace(control, '').replace(ideograph, ' $& ');
  const plain = spaced.toLowerCase().normalize('NFD').replace(accent, '');
  return plain.replace(sign, ' $& ').split(blank).filter((word) => word !== '');
}
