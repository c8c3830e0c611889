/** A chapter in parts of bounded size: what is prepared, spoken and kept at a time, however long the chapter is. */
import type { LongFormSettings } from './long-form-settings.ts';

export type ReadingPart = {
  /** Over all chapters, from 0: names the files. */
  readonly number: number;
  readonly chapter: number;
  /** Into the whole text. */
  readonly start: number;
  readonly end: number;
  readonly endsChapter: boolean;
};

/** Some forty minutes; preparing so much takes a few hundredths of a second. */
const targetCharacters = 30_000;
const longestCharacters = 40_000;

/** In order; together they are the chapters. Cut between paragraphs, else between lines, else at a blank. */
export function readingParts(text: string, chapters: LongFormSettings['chapters']): readonly ReadingPart[] {
  const parts: Omit<ReadingPart, 'number'>[] = [];
  for (const [chapter, { start, end }] of chapters.entries()) {
    for (let at = start; at < end || at === start; ) {
      const next = end - at <= longestCharacters ? end : cutAfter(text, at);
      parts.push({ chapter, start: at, end: next, endsChapter: next === end });
      if (next === end) break;
      at = next;
    }
  }
  return parts.map((part, number) => ({ ...part, number }));
}

function cutAfter(text: string, at: number): number {
  const stretch = text.slice(at + targetCharacters, at + longestCharacters);
  for (const gap of [/\r?\n[ \t]*\r?\n\s*/u, /\r?\n\s*/u, /[.!?…。！？]["'”’)]*\s+/u, /\s+/u]) {
    const found = gap.exec(stretch);
    if (found !== null) return at + targetCharacters + found.index + found[0].length;
  }
  // Never through a surrogate pair.
  const hard = at + longestCharacters;
  return text.charCodeAt(hard) >= 0xdc00 && text.charCodeAt(hard) <= 0xdfff ? hard - 1 : hard;
}
