/**
 * Which words of the text the words that espeak speaks stand for. It says "of the" as one word and "1987" as four,
 * and tells neither; the sounds that each word has alone find their places in the whole.
 */

type Units = readonly string[];

/** Indices of the first and the last word of the text that a spoken word stands for. */
export type WordRange = { readonly first: number; readonly last: number };

const sameSound = 0;
const sameClass = 1;
const otherClass = 1.8;
const gap = 1;
const vowels = /[aeiouyæɐɑɒɔəɚɛɜɝɪʊʌᵻøœɨʉɯɤɵ]/u;

/**
 * One range for each spoken word, never decreasing. `alone`: the units of each word of the text by itself, none for
 * one of which nothing is said. Both up to about 600 units; time grows with their product (2 ms for 300 by 300).
 */
export function alignWords(spoken: readonly Units[], alone: readonly Units[]): WordRange[] {
  const votes = countVotes(flatten(spoken), flatten(alone), { spokenCount: spoken.length, aloneCount: alone.length });
  const members = spoken.map((): number[] => []);
  for (let word = 0; word < alone.length; word++) {
    const best = strongest(votes.map((row) => row[word]!));
    if (best !== undefined) members[best]!.push(word);
  }
  let previous = 0;
  return members.map((words, index) => {
    const last = words.at(-1) ?? strongest(Array.from(votes[index]!)) ?? previous;
    const range = { first: Math.max(previous, words[0] ?? last), last: Math.max(previous, last) };
    previous = range.last;
    return range;
  });
}

type Sound = { readonly sound: string; readonly isVowel: boolean; readonly word: number };

function flatten(words: readonly Units[]): Sound[] {
  return words.flatMap((units, word) =>
    units.map((unit) => {
      const sound = unit.replace(/[ˈˌː]/gu, '');
      return { sound, isVowel: vowels.test(sound), word };
    }),
  );
}

/** How much of each word of the text (columns) is found in each spoken word (rows), by the cheapest edit. */
function countVotes(spoken: readonly Sound[], alone: readonly Sound[], { spokenCount, aloneCount }: { spokenCount: number; aloneCount: number }): Float32Array[] {
  const width = alone.length + 1;
  const costs = new Float32Array((spoken.length + 1) * width);
  for (let j = 1; j < width; j++) costs[j] = j * gap;
  for (let i = 1; i <= spoken.length; i++) {
    costs[i * width] = i * gap;
    for (let j = 1; j < width; j++) {
      const paired = costs[(i - 1) * width + j - 1]! + priceOf(spoken[i - 1]!, alone[j - 1]!);
      costs[i * width + j] = Math.min(paired, costs[(i - 1) * width + j]! + gap, costs[i * width + j - 1]! + gap);
    }
  }
  const votes = Array.from({ length: spokenCount }, () => new Float32Array(aloneCount));
  for (let i = spoken.length, j = alone.length; i > 0 && j > 0; ) {
    const [one, other] = [spoken[i - 1]!, alone[j - 1]!];
    const price = priceOf(one, other);
    const cost = costs[i * width + j]!;
    if (Math.abs(cost - costs[(i - 1) * width + j - 1]! - price) < 1e-3) {
      votes[one.word]![other.word]! += 2 - price;
      i--;
      j--;
    } else if (Math.abs(cost - costs[(i - 1) * width + j]! - gap) < 1e-3) i--;
    else j--;
  }
  return votes;
}

function priceOf(one: Sound, other: Sound): number {
  if (one.sound === other.sound) return sameSound;
  return one.isVowel === other.isVowel ? sameClass : otherClass;
}

/** Index of the largest vote; undefined where there is none. */
function strongest(votes: readonly number[]): number | undefined {
  let best: number | undefined;
  for (const [index, vote] of votes.entries()) if (vote > 0 && (best === undefined || vote > votes[best]!)) best = index;
  return best;
}
