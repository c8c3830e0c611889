/** One part of a clause as espeak speaks it: each spoken word with the stretch of text it stands for. */
import type { Span } from '../../text/aligned-text.ts';
import { alignWords } from './align-words.ts';
import type { WordRange } from './align-words.ts';
import type { PieceWord } from './pieces.ts';

export type WordSpan = Span & {
  /** Its sounds are the caller's, not espeak's. */
  readonly isGiven: boolean;
};

export type SpokenWord = { readonly units: readonly string[]; readonly span: WordSpan };

export type WordSpeaker = {
  /** Spoken words of units of a run of words, as they sound together. */
  readonly unitsOf: (words: readonly string[]) => string[][];
  /** The same of one word by itself. */
  readonly unitsAlone: (word: string) => readonly (readonly string[])[];
};

/** espeak speaks such a word as one, whatever stands beside it, or joins it to another: the number then differs. */
const plainWord = /^[\p{L}\p{M}'’]+$/u;

/** Words whose sounds were given are said as given; espeak says the others as if it said those too. */
export function spokenWords(words: readonly PieceWord[], { unitsOf, unitsAlone }: WordSpeaker): SpokenWord[] {
  const spoken = unitsOf(words.map(({ value }) => value));
  const isPlain = spoken.length === words.length && words.every(({ value }) => plainWord.test(value));
  const ranges = isPlain ? words.map((_, index) => ({ first: index, last: index })) : alignWords(spoken, words.map(({ value }) => unitsAlone(value).flat()));
  const hasGiven = words.some(({ given }) => given !== undefined);
  if (hasGiven) return withGiven(words, { spoken, ranges, unitsAlone });
  return spoken.map((units, index) => ({ units, span: spanOf(words, ranges[index]!) }));
}

function spanOf(words: readonly PieceWord[], { first, last }: WordRange): WordSpan {
  return { start: words[first]!.start, end: words[last]!.end, isGiven: words[first]!.given !== undefined };
}

type Spoken = { readonly spoken: readonly (readonly string[])[]; readonly ranges: readonly WordRange[]; readonly unitsAlone: WordSpeaker['unitsAlone'] };

function withGiven(words: readonly PieceWord[], { spoken, ranges, unitsAlone }: Spoken): SpokenWord[] {
  const out: SpokenWord[] = [];
  let next = 0;
  /** Given words up to `end` that are still to be said; what was cut into several words is said once. */
  const sayGiven = (end: number): void => {
    for (; next < end; next++) {
      const { given, start, end: wordEnd } = words[next]!;
      if (given === undefined || given === words[next - 1]?.given) continue;
      for (const units of given) out.push({ units, span: { start, end: wordEnd, isGiven: true } });
    }
  };
  for (const [index, units] of spoken.entries()) {
    const range = ranges[index]!;
    sayGiven(range.first);
    const members = words.slice(range.first, range.last + 1);
    if (members.every(({ given }) => given === undefined)) {
      out.push({ units, span: spanOf(words, range) });
      next = Math.max(next, range.last + 1);
      continue;
    }
    for (const [offset, word] of members.entries()) {
      const at = range.first + offset;
      if (word.given !== undefined) sayGiven(at + 1);
      else if (at >= next) {
        // espeak had joined it to its neighbour, where it has no stress.
        for (const own of unitsAlone(word.value)) out.push({ units: own.map((unit) => unit.replace(/[ˈˌ]/gu, '')), span: spanOf(words, { first: at, last: at }) });
        next = at + 1;
      }
    }
  }
  sayGiven(words.length);
  return out;
}
