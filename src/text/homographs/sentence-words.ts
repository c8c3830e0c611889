/** The words of a sentence with what stands between them: all that the choice of a reading looks at. */

export type SentenceWord = {
  readonly written: string;
  readonly lower: string;
  readonly start: number;
  readonly end: number;
  /** A comma, bracket, dash or the like, or nothing at all, stands before: no phrase reaches over it. */
  readonly isFirst: boolean;
  /** Likewise behind. */
  readonly isLast: boolean;
  /** A hyphen joins it to another word. */
  readonly isJoined: boolean;
};

const word = /[\p{L}\p{M}\p{N}]+(?:['’]\p{L}+)*/gu;

export function sentenceWords(sentence: string): SentenceWord[] {
  const found = Array.from(sentence.matchAll(word), ({ 0: written, index }) => ({ written, start: index, end: index + written.length }));
  return found.map(({ written, start, end }, i) => {
    const before = sentence.slice(found[i - 1]?.end ?? 0, start);
    const after = sentence.slice(end, found[i + 1]?.start ?? sentence.length);
    return {
      written,
      lower: written.toLowerCase().replaceAll('’', "'"),
      start,
      end,
      isFirst: i === 0 || /[^\s"'“”‘’*_-]/u.test(before),
      isLast: i === found.length - 1 || /[^\s"'“”‘’*_-]/u.test(after),
      isJoined: /[-‐‑]$/u.test(before) || /^[-‐‑]/u.test(after),
    };
  });
}
