/**
 * LocalAgreement-n: while somebody speaks, the same sound is transcribed again and again, each time with a little more of
 * it. A word is certain, and final, once n hypotheses in a row agree on it and on everything before it. After Macháček,
 * Dabre and Bojar, "Turning Whisper into Real-Time Transcription System" (2023), with two changes. Which words of a
 * hypothesis are final already is told by the words that fit best, not by their times alone, which waver. And the last
 * word waits for one after it: until then the model ends a sentence there, with a full stop that nobody can take back.
 */
import type { HeardWord } from '../engines/kinds.ts';
import { countKnownWords, foldWord } from './known-words.ts';

/** On the clock of the whole stream. */
export type LiveWord = HeardWord;

export type StablePrefix = {
  /** The next hypothesis, from the first word that was not released on. Gives the words that became final by it. */
  readonly push: (hypothesis: readonly LiveWord[]) => readonly LiveWord[];
  /** So many pending words become final without agreement. Gives them. */
  readonly accept: (count: number) => readonly LiveWord[];
  /** The first `count` of `overlap` will not be in the hypotheses to come. */
  readonly release: (count: number) => void;
  /** All that is final, in order; only ever grows. */
  readonly final: () => readonly LiveWord[];
  /** Those final words that hypotheses still begin with. */
  readonly overlap: () => readonly LiveWord[];
  /** The rest of the last hypothesis. */
  readonly pending: () => readonly LiveWord[];
};

/** `agreement`: 1 or more hypotheses; default 2. Words are compared without case and punctuation. */
export function createStablePrefix({ agreement = 2 }: { readonly agreement?: number } = {}): StablePrefix {
  const final: LiveWord[] = [];
  let released = 0;
  /** What the last hypotheses say after the final words, newest last; at most `agreement` of them. */
  let recent: (readonly LiveWord[])[] = [];

  function settle(count: number): readonly LiveWord[] {
    const newest = recent.at(-1) ?? [];
    const settled: LiveWord[] = [];
    for (const word of newest.slice(0, count)) {
      const after = final.at(-1)?.endSeconds ?? 0;
      const startSeconds = Math.max(word.startSeconds, after);
      const inOrder = { ...word, startSeconds, endSeconds: Math.max(word.endSeconds, startSeconds) };
      settled.push(inOrder);
      final.push(inOrder);
    }
    return settled;
  }

  return {
    push(hypothesis) {
      const rest = hypothesis.slice(countKnownWords({ known: final.slice(released), hypothesis }));
      recent = [...recent, rest].slice(-agreement);
      const agreed = recent.length < agreement ? 0 : Math.min(agreedWords(recent), Math.max(0, rest.length - 1));
      const settled = settle(agreed);
      recent = recent.map((words) => words.slice(agreed));
      return settled;
    },
    accept(count) {
      const settled = settle(count);
      // Older hypotheses may have other words there: they say nothing about what comes after.
      recent = recent.slice(-1).map((words) => words.slice(count));
      return settled;
    },
    release(count) {
      released = Math.min(released + count, final.length);
    },
    final: () => final,
    overlap: () => final.slice(released),
    pending: () => recent.at(-1) ?? [],
  };
}

function agreedWords(hypotheses: readonly (readonly LiveWord[])[]): number {
  const [first, ...others] = hypotheses.map((words) => words.map(({ text }) => foldWord(text)));
  const differs = first!.findIndex((word, i) => others.some((other) => other[i] !== word));
  return differs === -1 ? first!.length : differs;
}
