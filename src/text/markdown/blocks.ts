/** The lines of a Markdown text: headings, lists, quotes, code, tables, rules, notes. */
import { joinAligned, sliceAligned } from '../aligned-text.ts';
import type { AlignedText, Span } from '../aligned-text.ts';
import { isTableRule, readTable } from './tables.ts';

export type Blocks = {
  readonly text: AlignedText;
  /** Stretches of `text` that are code: nothing in them is markup. In order. */
  readonly verbatim: readonly Span[];
  /** Labels of links that are defined somewhere, in lower case. */
  readonly references: ReadonlySet<string>;
};

type Line = Span;
type Context = { readonly text: string; readonly lines: readonly Line[]; readonly definitions: Set<string> };

const fence = /^(`{3,}|~{3,})[^`]{0,100}$/u;
const heading = /^(#{1,6}) (.*?)(?: #+)?$/u;
const underline = /^(?:={3,}|-{3,})$/u;
const rule = /^(?:-{3,}|\*{3,}|_{3,}|(?:- ){2,30}-|(?:\* ){2,30}\*)$/u;
const bullet = /^[-*+•] (?:\[[ xX]\] )?(?=\S)/u;
const number = /^(\d{1,3})([.)]) (?:\[[ xX]\] )?(?=\S)/u;
const quote = /^(?:> ?){1,20}/u;
const definition = /^\[([^\]^[]{1,100})\]: ?\S+(?: ["'(].*["')])?$/u;
const note = /^\[\^([^\]]{1,40})\]: ?/u;
const finished = /[.!?…:;,。！？、，：；।—–][\p{Pe}\p{Pf}"'”’*_`~]*$/u;

export function readBlocks(aligned: AlignedText): Blocks {
  const { text } = aligned;
  const lines = linesOf(text);
  const writer = createWriter(aligned);
  const context: Context = { text, lines, definitions: new Set() };
  for (let i = 0; i < lines.length; ) i = readBlock(context, i, writer);
  return { ...writer.finish(), references: context.definitions };
}

/** Writes what begins at a line; gives the next line's index. */
function readBlock(context: Context, i: number, writer: Writer): number {
  const { text, lines, definitions } = context;
  const line = lines[i]!;
  const content = stripped(text, line);
  const written = text.slice(content.start, content.end);
  if (written === '') {
    writer.breakAs('\n\n');
    return i + 1;
  }
  const first = written[0]!;
  if ((first === '`' || first === '~') && fence.test(written)) return readFence(context, i, writer);
  if (first === '#') {
    const match = heading.exec(written);
    if (match && isHeading(match, lines.length)) {
      const start = content.start + match[1]!.length + 1;
      writer.breakAs('\n\n');
      writer.sentence({ start, end: start + match[2]!.length });
      writer.breakAs('\n\n');
      return i + 1;
    }
  }
  if (rule.test(written) || (underline.test(written) && i > 0)) {
    const above = lines[i - 1];
    if (underline.test(written) && above && above.end > above.start) writer.endSentence();
    writer.breakAs('\n\n');
    return i + 1;
  }
  if (first === '[' && definition.test(written)) {
    definitions.add(definition.exec(written)![1]!.toLowerCase());
    return i + 1;
  }
  const next = lines[i + 1];
  if (next && written.includes('|') && isTableRule(text.slice(next.start, next.end))) return readTable({ text, lines, at: i, writer });
  return readLines(context, i, content, writer);
}

/** "# 5" alone is a number, "#" with words a heading. */
function isHeading([, marks, words]: RegExpExecArray, lineCount: number): boolean {
  return words !== '' && (marks!.length > 1 || !/^\d/u.test(words!) || lineCount > 1);
}

/** A list item with the lines that belong to it, or one line of prose. */
function readLines({ text, lines }: Context, i: number, content: Span, writer: Writer): number {
  const written = text.slice(content.start, content.end);
  const mark = bullet.exec(written) ?? number.exec(written) ?? note.exec(written);
  const isQuote = content.start > lines[i]!.start;
  if (mark === null || (mark[1] === undefined ? !isItem(text, lines, i, written) : mark[2] === ')' && !isNumbered(text, lines, i))) {
    writer.lines(content, isQuote);
    return i + 1;
  }
  writer.breakAs(startsLower(written.slice(mark[0].length)) ? '\n\n' : '\n');
  if (mark[2] !== undefined) {
    writer.keep({ start: content.start, end: content.start + mark[1]!.length });
    writer.add('. ');
  } else if (mark[1] !== undefined) {
    writer.keep({ start: content.start + 2, end: content.start + 2 + mark[1].length });
    writer.add(': ');
  }
  writer.keep({ start: content.start + mark[0].length, end: content.end });
  let next = i + 1;
  while (next < lines.length && continues(text, lines, next)) {
    writer.breakAs('\n');
    writer.keep(stripped(text, lines[next]!));
    next++;
  }
  writer.endSentence();
  return next;
}

/** "- 5" or "+ 3" on a line of its own is arithmetic unless items surround it. */
function isItem(text: string, lines: readonly Line[], i: number, written: string): boolean {
  if (!/^[-+*] \d/u.test(written) && !written.startsWith('+')) return true;
  const mark = written.slice(0, 2);
  return [lines[i - 1], lines[i + 1]].some((line) => line !== undefined && text.startsWith(mark, line.start));
}

/** "1) and 2)" is prose; a list has another number within a few lines. */
function isNumbered(text: string, lines: readonly Line[], i: number): boolean {
  return lines.slice(Math.max(0, i - 4), i + 5).some((line) => line !== lines[i] && number.test(text.slice(stripped(text, line).start, Math.min(line.end, line.start + 40))));
}

function continues(text: string, lines: readonly Line[], i: number): boolean {
  const { start, end } = lines[i]!;
  const ahead = text.slice(start, Math.min(end, start + 120));
  return ahead !== '' && !bullet.test(ahead) && !number.test(ahead) && !/^(?:#{1,6} |>|`{3}|~{3}|\||\[\^)/u.test(ahead) && !rule.test(ahead) && !/^\[[^\]]{1,100}\]:/u.test(ahead);
}

/** Code in fences is read as text, line by line. */
function readFence({ text, lines }: Context, i: number, writer: Writer): number {
  const mark = /^[`~]+/u.exec(text.slice(stripped(text, lines[i]!).start, lines[i]!.end))![0];
  writer.breakAs('\n\n');
  let next = i + 1;
  for (; next < lines.length; next++) {
    const content = stripped(text, lines[next]!);
    const written = text.slice(content.start, content.end);
    if (written.startsWith(mark) && /^[`~]+$/u.test(written)) {
      next++;
      break;
    }
    writer.verbatim(content);
    writer.breakAs('\n');
  }
  writer.breakAs('\n\n');
  return next;
}

/** A line without the marks of quotation before it. */
function stripped(text: string, { start, end }: Line): Span {
  if (text[start] !== '>') return { start, end };
  const ahead = text.slice(start, Math.min(end, start + 64));
  const mark = quote.exec(ahead)?.[0] ?? '';
  // ">90%" and ">= 5" compare.
  return /^[\d=$£€.]/u.test(ahead.slice(mark.length)) && !mark.endsWith(' ') ? { start, end } : { start: start + mark.length, end };
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length; ) {
    const at = text.indexOf('\n', start);
    const end = at === -1 ? text.length : at;
    lines.push({ start, end });
    start = end + 1;
  }
  return lines;
}

function startsLower(words: string): boolean {
  return !/^\P{L}{0,4}\p{Lu}/u.test(words.slice(0, 8));
}

export type Writer = {
  /** A stretch of the source as it stands. */
  keep(span: Span): void;
  /** The same, as code. */
  verbatim(span: Span): void;
  /** A line of prose, or of a quotation. */
  lines(span: Span, isQuote: boolean): void;
  /** A stretch that ends as a sentence does. */
  sentence(span: Span): void;
  /** New text that stands for nothing in the source. */
  add(words: string): void;
  /** A full stop, unless what precedes has its mark. */
  endSentence(): void;
  /** At least this break before what comes next; none at the beginning or the end. */
  breakAs(kind: '\n' | '\n\n'): void;
};

function createWriter(aligned: AlignedText): Writer & { finish(): Omit<Blocks, 'references'> } {
  const parts: (AlignedText | string)[] = [];
  const verbatim: Span[] = [];
  let length = 0;
  let tail = '';
  let pending = '';
  const put = (part: AlignedText | string): void => {
    const words = typeof part === 'string' ? part : part.text;
    if (words === '') return;
    if (pending !== '' && length > 0) {
      parts.push(pending);
      length += pending.length;
    }
    pending = '';
    parts.push(part);
    length += words.length;
    tail = (words.length < 40 ? tail + words : words).slice(-40);
  };
  const keep = ({ start, end }: Span): void => put(sliceAligned(aligned, start, end));
  const breakAs = (kind: '\n' | '\n\n'): void => {
    if (kind.length > pending.length) pending = kind;
  };
  const endSentence = (): void => {
    const hold = pending;
    pending = '';
    if (length > 0 && /[\p{L}\p{N}\p{S}\p{Pe}\p{Pf}"'”’*_`~%]$/u.test(tail) && !finished.test(tail)) put('.');
    pending = hold;
  };
  return {
    keep,
    add: put,
    breakAs,
    endSentence,
    verbatim: (span) => {
      put('');
      const from = length + (pending !== '' && length > 0 ? pending.length : 0);
      keep(span);
      if (length > from) verbatim.push({ start: from, end: length });
    },
    lines: (span) => {
      breakAs('\n');
      keep(span);
    },
    sentence: (span) => {
      keep(span);
      endSentence();
    },
    finish: () => ({ text: joinAligned(parts), verbatim }),
  };
}
