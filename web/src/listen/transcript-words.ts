/** Segments as words that can be shown, marked and clicked. */
import type { Mark } from '../speak/follow-words.ts';
import type { HeardSegment, HeardWord } from './transcription-api.ts';

/** A segment with its words: `marks` are places in `text`. A segment without words is one mark. */
export type Passage = {
  readonly id: number;
  readonly text: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** As they were heard. */
  readonly words: readonly HeardWord[];
  readonly marks: readonly Mark[];
  /** How many marks there are in the passages before it. */
  readonly firstMark: number;
};

/** Appends what has come to `passages`, which stay as they are. */
export function withSegments(passages: readonly Passage[], segments: readonly HeardSegment[]): Passage[] {
  const all = [...passages];
  for (const segment of segments) {
    const before = all.at(-1);
    const passage = toPassage(segment, before === undefined ? 0 : before.firstMark + before.marks.length);
    if (passage.text !== '') all.push(passage);
  }
  return all;
}

type Utterance = { readonly start: number; readonly end: number; readonly text: string; readonly words: readonly HeardWord[] };

/** While it is spoken: words are put behind those that are there; the whole utterance takes the place of all of them. */
export function withUtterance(passages: readonly Passage[], id: number, heard: readonly HeardWord[] | Utterance): Passage[] {
  const known = passages.at(-1)?.id === id ? passages.at(-1) : undefined;
  const others = known === undefined ? passages : passages.slice(0, -1);
  if (!('length' in heard)) return withSegments(others, [{ ...heard, words: [...heard.words], id }]);
  const words = [...(known?.words ?? []), ...heard];
  const [first] = words;
  if (first === undefined) return [...passages];
  return withSegments(others, [{ id, start: first.start, end: words.at(-1)!.end, text: words.map(({ text }) => text).join(''), words }]);
}

function toPassage({ id, start, end, text, words }: HeardSegment, firstMark: number): Passage {
  const shown = text.trim();
  return { id, text: shown, startSeconds: start, endSeconds: end, words: words ?? [], firstMark, marks: marksIn(shown, words ?? [{ text, start }], start) };
}

/** Words join to the text, so each is found behind the one before it. */
function marksIn(text: string, words: readonly { readonly text: string; readonly start: number }[], segmentStart: number): Mark[] {
  const marks: Mark[] = [];
  let at = 0;
  let latest = segmentStart;
  for (const word of words) {
    const shown = word.text.trim();
    const start = shown === '' ? -1 : text.indexOf(shown, at);
    if (start < 0) continue;
    at = start + shown.length;
    // Marks are looked up by time, which therefore never goes back.
    latest = Math.max(latest, word.start);
    marks.push({ start, end: at, startSeconds: latest });
  }
  return marks;
}

export function allMarks(passages: readonly Passage[]): Mark[] {
  return passages.flatMap(({ marks }) => marks);
}

/** All of it, a line for each passage. */
export function textOf(passages: readonly Passage[]): string {
  return passages.map(({ text }) => text).join('\n');
}
