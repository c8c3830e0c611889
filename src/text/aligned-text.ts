/**
 * Text that remembers where it came from: each character knows the stretch of the source it stands for, so that what
 * is said ("nineteen ninety nine") can be shown, timed and highlighted where the reader wrote it ("1999").
 */

export type AlignedText = {
  readonly text: string;
  /** `text[i]` stands for `source.slice(starts[i], ends[i])`, UTF-16 offsets; both never decrease. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
};

/** A stretch of a text: UTF-16 offsets, the end not included. */
export type Span = { readonly start: number; readonly end: number };

/** What takes the place of a match: new text, or a part of the match kept as it is (offsets from its beginning). */
export type Replacement = string | readonly (string | Span)[];

/** A source as it stands, every character for itself. */
export function alignedText(source: string): AlignedText {
  const starts = Int32Array.from({ length: source.length }, (_, i) => i);
  return { text: source, starts, ends: starts.map((start) => start + 1) };
}

/** The part from `start` to `end`; it still points into the whole source. */
export function sliceAligned({ text, starts, ends }: AlignedText, start: number, end: number): AlignedText {
  return { text: text.slice(start, end), starts: starts.subarray(start, end), ends: ends.subarray(start, end) };
}

/** The same text in a source that has `by` more characters before it. */
export function shiftAligned({ text, starts, ends }: AlignedText, by: number): AlignedText {
  return { text, starts: starts.map((at) => at + by), ends: ends.map((at) => at + by) };
}

/** Parts of one source one after the other; a bare string stands for the empty stretch behind what precedes it. */
export function joinAligned(parts: readonly (AlignedText | string)[]): AlignedText {
  const length = parts.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : part.text.length), 0);
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  const texts: string[] = [];
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') {
      const behind = at === 0 ? 0 : ends[at - 1]!;
      starts.fill(behind, at, at + part.length);
      ends.fill(behind, at, at + part.length);
      texts.push(part);
      at += part.length;
      continue;
    }
    starts.set(part.starts, at);
    ends.set(part.ends, at);
    texts.push(part.text);
    at += part.text.length;
  }
  return { text: texts.join(''), starts, ends };
}

/**
 * Replaces every match of a global pattern. `replace` gives undefined to leave a match alone. New text stands for the
 * source of the whole match; kept parts stand for themselves. Returns `aligned` itself where nothing changed.
 */
export function replaceAligned(aligned: AlignedText, pattern: RegExp, replace: (match: RegExpExecArray) => Replacement | undefined): AlignedText {
  if (!pattern.global) throw new TypeError('the pattern must be global');
  const parts: AlignedText[] = [];
  let done = 0;
  for (const match of aligned.text.matchAll(pattern)) {
    const replacement = replace(match);
    if (replacement === undefined || replacement === match[0]) continue;
    const end = match.index + match[0].length;
    if (match.index > done) parts.push(sliceAligned(aligned, done, match.index));
    const source = sourceSpan(aligned, { start: match.index, end });
    for (const piece of typeof replacement === 'string' ? [replacement] : replacement) {
      if (typeof piece === 'string') parts.push(standingFor(piece, source));
      else parts.push(sliceAligned(aligned, match.index + piece.start, match.index + piece.end));
    }
    done = end;
  }
  if (done === 0 && parts.length === 0) return aligned;
  if (done < aligned.text.length) parts.push(sliceAligned(aligned, done, aligned.text.length));
  return joinAligned(parts);
}

/** The stretch of the source that a stretch of the text stands for; an empty one points behind what precedes it. */
export function sourceSpan({ text, starts, ends }: AlignedText, { start, end }: Span): Span {
  if (text.length === 0) return { start: 0, end: 0 };
  if (start >= end) {
    const at = start > 0 ? ends[start - 1]! : starts[0]!;
    return { start: at, end: at };
  }
  return { start: starts[start]!, end: ends[end - 1]! };
}

/** What `inner` makes of `outer.text`, pointing into the source of `outer`. */
export function alignedWithin(outer: AlignedText, inner: AlignedText): AlignedText {
  if (outer.text.length === 0) return outer;
  const last = outer.text.length - 1;
  return {
    text: inner.text,
    starts: inner.starts.map((start) => (start > last ? outer.ends[last]! : outer.starts[start]!)),
    ends: inner.ends.map((end) => (end === 0 ? outer.starts[0]! : outer.ends[end - 1]!)),
  };
}

/** New text for a stretch of the source. */
export function standingFor(text: string, source: Span): AlignedText {
  return { text, starts: new Int32Array(text.length).fill(source.start), ends: new Int32Array(text.length).fill(source.end) };
}
