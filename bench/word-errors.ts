/** How many words a transcriber got wrong: Levenshtein distance over words, numbers and signs read out on both sides. */
import { alignedText } from '../src/text/aligned-text.ts';
import { normaliseSentence } from '../src/text/normalise/normalise.ts';

export type WordErrors = {
  readonly errors: number;
  readonly words: number;
  /** What was said → what was heard, for each stretch that differs. */
  readonly misheard: readonly string[];
};

/** One spelling for what sounds alike and is spelled alike by nobody. */
const spellings: Readonly<Record<string, string>> = {
  ok: 'okay', mr: 'mister', mrs: 'missus', dr: 'doctor', theatre: 'theater', harbour: 'harbor', favourite: 'favorite', colour: 'color', grey: 'gray', centre: 'center', neighbour: 'neighbor', neighbours: 'neighbors', "neighbour's": "neighbor's",
  cancelled: 'canceled', kilometres: 'kilometers', jewellery: 'jewelry', behaviour: 'behavior', "they're": 'they are',
};

/** Lower-case words; "twenty-one" is two. */
export function wordsOf(text: string): string[] {
  const said = normaliseSentence(alignedText(text), { locale: 'en-US' }).text.toLowerCase().replaceAll(/[’']/gu, "'");
  return (said.match(/[a-z0-9]+(?:'[a-z]+)*/gu) ?? []).flatMap((word) => (spellings[word] ?? word).split(' ')).filter((word) => word !== 'and');
}

export function wordErrors(said: string, heard: string): WordErrors {
  const [expected, got] = [wordsOf(said), wordsOf(heard)];
  const cost = Array.from({ length: expected.length + 1 }, (_, i) => Array.from({ length: got.length + 1 }, (_unused, j) => (i === 0 ? j : j === 0 ? i : 0)));
  for (let i = 1; i <= expected.length; i++) {
    for (let j = 1; j <= got.length; j++) {
      const swap = cost[i - 1]![j - 1]! + (expected[i - 1] === got[j - 1] ? 0 : 1);
      cost[i]![j] = Math.min(swap, cost[i - 1]![j]! + 1, cost[i]![j - 1]! + 1);
    }
  }
  // One word that is written as two, or two as one, was heard.
  const errors = expected.join('') === got.join('') ? 0 : cost[expected.length]![got.length]!;
  return { errors, words: expected.length, misheard: errors === 0 ? [] : differences(cost, expected, got) };
}

function differences(cost: readonly (readonly number[])[], expected: readonly string[], got: readonly string[]): string[] {
  const found: string[] = [];
  let [i, j] = [expected.length, got.length];
  let [left, right]: [string[], string[]] = [[], []];
  const close = () => {
    if (left.length + right.length > 0) found.unshift(`${left.join(' ') || '–'} → ${right.join(' ') || '–'}`);
    [left, right] = [[], []];
  };
  while (i > 0 || j > 0) {
    if (i > 0 && j > 0 && expected[i - 1] === got[j - 1] && cost[i]![j] === cost[i - 1]![j - 1]) {
      close();
      [i, j] = [i - 1, j - 1];
    } else if (i > 0 && j > 0 && cost[i]![j] === cost[i - 1]![j - 1]! + 1) {
      left.unshift(expected[--i]!);
      right.unshift(got[--j]!);
    } else if (i > 0 && cost[i]![j] === cost[i - 1]![j]! + 1) left.unshift(expected[--i]!);
    else right.unshift(got[--j]!);
  }
  close();
  return found;
}

export function rateOf(all: readonly WordErrors[]): number {
  return all.reduce((sum, { errors }) => sum + errors, 0) / all.reduce((sum, { words }) => sum + words, 0);
}
