/**
 * What is said, cut into captions that can be read while it is said. The measures are those of Netflix' Timed Text
 * Style Guide, General Requirements (two lines of 42 characters; 5/6 s to 7 s; an out-time up to 12 frames of 24 fps
 * past the sound; cuts after punctuation; lines of like length), the least gap two frames of 24 fps.
 */
import { cutLongWord, lengthOf, lineCharacters, textOf, type CaptionWord } from './caption-words.ts';

export type CaptionCue = {
  /** One or two. */
  readonly lines: readonly string[];
  readonly startSeconds: number;
  readonly endSeconds: number;
};

const cueCharacters = 2 * lineCharacters;
const leastSeconds = 5 / 6;
const mostSeconds = 7;
const lingerSeconds = 0.5;
const leastGapSeconds = 0.08;
/** A cue too short to be read joins its neighbour only where the two are said in one breath. */
const breathSeconds = 1;

type Draft = { readonly words: readonly CaptionWord[]; readonly startSeconds: number; endSeconds: number };

/** `sentences` in order, each its words. Cues in order; none overlaps another. */
export function captionCues(sentences: readonly (readonly CaptionWord[])[]): CaptionCue[] {
  const drafts = joinShort(sentences.flatMap((words) => cutSentence(words.flatMap(cutLongWord))));
  letLinger(drafts);
  return drafts.map(({ words, startSeconds, endSeconds }) => ({ lines: breakLines(words), startSeconds, endSeconds }));
}

/** Cut in two, and those again, until each can be shown at once: cues of like length rather than a full one and a rest. */
function cutSentence(words: readonly CaptionWord[]): Draft[] {
  if (words.length === 0) return [];
  const startSeconds = words[0]!.startSeconds;
  const endSeconds = words.at(-1)!.endSeconds;
  if (words.length === 1 || (fits(words) && endSeconds - startSeconds <= mostSeconds)) return [{ words, startSeconds, endSeconds }];
  const cues = Math.max(2, Math.ceil(lengthOf(words) / cueCharacters), Math.ceil((endSeconds - startSeconds) / mostSeconds));
  const cut = bestCut(words, { share: Math.ceil(cues / 2) / cues, strictness: 2 });
  return [...cutSentence(words.slice(0, cut)), ...cutSentence(words.slice(cut))];
}

/** The number of words before the best place to cut: near `share` of the length, and where the language has a joint. */
function bestCut(words: readonly CaptionWord[], { share, strictness }: { readonly share: number; readonly strictness: number }): number {
  const total = lengthOf(words);
  let best = 1;
  let bestScore = -Infinity;
  let before = 0;
  for (let cut = 1; cut < words.length; cut++) {
    before += words[cut - 1]!.text.length + (words[cut]!.isGlued === true ? 0 : 1);
    const score = jointAfter(words[cut - 1]!, words[cut]!) - strictness * 2 * Math.abs(before / total - share);
    if (score > bestScore) [best, bestScore] = [cut, score];
  }
  return best;
}

/** How well the language bears a cut between two words, in any language that ends words with blanks. */
function jointAfter(word: CaptionWord, next: CaptionWord): number {
  if (/^[-–—…]+$/u.test(next.text)) return -1;
  const ending = /([.!?…;:–—])["'”’»)\]]*$/u.test(word.text) ? 1 : /([,，、،])["'”’»)\]]*$/u.test(word.text) ? 0.8 : 0;
  const pause = Math.min(0.4, Math.max(0, next.startSeconds - word.endSeconds));
  // Articles and prepositions are short, and belong to what follows them.
  const clings = ending === 0 && word.text.length <= 3 ? 0.3 : 0;
  return ending + pause - clings;
}

/** What could not stay on the screen long enough to be read is shown together with what is said before or after it. */
function joinShort(drafts: readonly Draft[]): Draft[] {
  const joined: Draft[] = [];
  for (const [index, draft] of drafts.entries()) {
    const before = joined.at(-1);
    const room = (drafts[index + 1]?.startSeconds ?? Infinity) - draft.startSeconds;
    if (before !== undefined && (draft.startSeconds - before.startSeconds < leastSeconds || room < leastSeconds) && mayJoin(before, draft)) {
      joined[joined.length - 1] = { words: [...before.words, ...draft.words], startSeconds: before.startSeconds, endSeconds: draft.endSeconds };
    } else {
      joined.push({ ...draft });
    }
  }
  return joined;
}

/** Without a mark between them two sentences would be read as one. */
function mayJoin(before: Draft, draft: Draft): boolean {
  return /\p{P}$/u.test(before.words.at(-1)!.text)
    && draft.startSeconds - before.endSeconds < breathSeconds
    && fits([...before.words, ...draft.words])
    && draft.endSeconds - before.startSeconds <= mostSeconds;
}

/** Into the silence behind it, as far as eyes like it, or as far as it must be to be read; never into the next one. */
function letLinger(drafts: readonly Draft[]): void {
  for (const [index, draft] of drafts.entries()) {
    const next = drafts[index + 1];
    const limit = next?.startSeconds ?? Infinity;
    const wished = Math.max(draft.endSeconds + lingerSeconds, draft.startSeconds + leastSeconds);
    const ends = Math.min(limit, wished);
    draft.endSeconds = limit - ends < leastGapSeconds ? limit : ends;
  }
}

function fits(words: readonly CaptionWord[]): boolean {
  return lengthOf(words) <= lineCharacters || lineCuts(words).length > 0;
}

/** Cuts after which both lines are short enough. */
function lineCuts(words: readonly CaptionWord[]): number[] {
  return words.map((_, cut) => cut).filter((cut) => cut > 0 && lengthOf(words.slice(0, cut)) <= lineCharacters && lengthOf(words.slice(cut)) <= lineCharacters);
}

function breakLines(words: readonly CaptionWord[]): string[] {
  if (lengthOf(words) <= lineCharacters) return [textOf(words)];
  const total = lengthOf(words);
  const score = (cut: number): number => jointAfter(words[cut - 1]!, words[cut]!) - 2 * Math.abs(lengthOf(words.slice(0, cut)) / total - 0.5);
  const cut = lineCuts(words).reduce((best, one) => (score(one) > score(best) ? one : best));
  return [textOf(words.slice(0, cut)), textOf(words.slice(cut))];
}
