/** Where a long text divides: by Markdown headings, lines such as "Chapter 4" or "IV.", or form feeds. */
import { hasSpeakableContent } from '../../text/speakable.ts';

export type Chapter = {
  readonly title: string;
  /** Into the text; chapters follow each other and together are the whole text. Headings belong to what they head. */
  readonly start: number;
  readonly end: number;
};

export type FindChaptersOptions = {
  /** `none`: the whole text is one. */
  readonly mode: 'auto' | 'none';
  /** What one without a heading is called. */
  readonly title: string;
};

type Heading = { readonly start: number; readonly title: string };
type Line = { readonly start: number; readonly text: string; readonly blankBefore: boolean; readonly blankAfter: boolean };

const longestTitle = 100;
const longestHeadingLine = 90;
/** More would be an index or a list that looks like headings. */
const mostChapters = 2_000;

const words = 'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last';
const number = `(?:\\d{1,4}|[ivxlcdm]{1,9}|(?:the\\s+)?(?:${words})(?:[-\\s](?:${words}))?)`;
const divisions = 'chapter|part|book|section|letter|act|scene|canto|volume|story|kapitel|teil|buch|abschnitt|chapitre|partie|livre|capítulo|capitulo|parte|libro|capitolo|rozdział|hoofdstuk|deel';
/** The number may be followed by a stop and a title; a lower-case word right behind it is running text. */
const numbered = new RegExp(`^(?:${divisions})\\s+${number}(?<rest>$|\\s*[.:,—–-].*$|\\s+\\S.*$)`, 'iu');
const ordinalFirst = /^(?:Erstes|Zweites|Drittes|Viertes|Fünftes|Sechstes|Siebentes|Siebtes|Achtes|Neuntes|Zehntes|Elftes|Zwölftes)\s+(?:Kapitel|Buch|Hauptstück)\b/u;
const named = /^(?:prologue|epilogue|introduction|preface|foreword|afterword|interlude|appendix|conclusion|dedication|acknowledge?ments|author['’]s note|prolog|epilog|vorwort|nachwort|einleitung|préface|épilogue|prólogo|epílogo|introducción)(?<rest>$|\s*[.:—–-].*$)/iu;
const bareNumber = /^(?:\d{1,3}|[IVXLC]{1,8})\.?$/u;
const markdown = /^#{1,2}[ \t]+(?<title>.*?)[ \t]*#*$/u;

/** At least one chapter where the text holds anything to speak, else none. Linear in the length. */
export function findChapters(text: string, { mode, title }: FindChaptersOptions): readonly Chapter[] {
  if (!hasSpeakableContent(text)) return [];
  const headings = mode === 'none' ? [] : findHeadings(text);
  const whole = [{ title, start: 0, end: text.length }];
  if (headings.length === 0 || headings.length > mostChapters) return whole;
  const cut = [...(headings[0]!.start > 0 ? [{ start: 0, title }] : []), ...headings];
  const chapters = cut.map((heading, index) => ({ title: heading.title, start: heading.start, end: cut[index + 1]?.start ?? text.length }));
  return mergeEmpty(chapters, text, new Map(headings.map((heading) => [heading.start, heading])));
}

function findHeadings(text: string): Heading[] {
  const lines = linesOf(text);
  const inMarkdown = lines.flatMap((line) => markdownHeading(line));
  if (inMarkdown.length > 0) return inMarkdown;
  const spelled = lines.filter(isHeadingLine).map(({ start, text: line }) => ({ start, title: tidy(line) }));
  if (spelled.length > 0) return spelled;
  const numbers = lines.filter((line) => line.blankBefore && line.blankAfter && bareNumber.test(line.text));
  // A lone number may be anything; several that count up from one are headings.
  if (numbers.length > 1 && numbers.every((line, index) => valueOf(line.text) === index + 1)) return numbers.map((line) => ({ start: line.start, title: tidy(line.text) }));
  return pageHeadings(text);
}

/** Lines outside of fenced code, with what is around them. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let isFenced = false;
  let blankBefore = true;
  for (const match of text.matchAll(/[^\n\r\f]*(?:\r\n|[\n\r\f]|$)/gu)) {
    const raw = match[0].replace(/[\r\n\f]+$/u, '');
    if (/^\s*(?:```|~~~)/u.test(raw)) isFenced = !isFenced;
    const line = raw.trim();
    if (line !== '' && !isFenced && line.length <= 4 * longestHeadingLine) {
      const after = text.slice(match.index + match[0].length, match.index + match[0].length + 200);
      lines.push({ start: match.index, text: line, blankBefore, blankAfter: /^[ \t]*(?:[\n\r\f]|$)/u.test(after) });
    }
    blankBefore = line === '' || match[0].endsWith('\f');
  }
  return lines;
}

function markdownHeading({ start, text }: Line): Heading[] {
  const title = markdown.exec(text)?.groups?.['title'];
  return title === undefined || !hasSpeakableContent(title) ? [] : [{ start, title: tidy(title) }];
}

function isHeadingLine({ text, blankBefore }: Line): boolean {
  return blankBefore && namesDivision(text);
}

/** A line such as "Chapter 4" or "Prologue": it names a place in a book, and never the book. */
export function namesDivision(text: string): boolean {
  if (text.length > longestHeadingLine) return false;
  const line = text.replace(/^[*_#\s]+|[*_\s]+$/gu, '');
  if (ordinalFirst.test(line)) return true;
  const rest = (numbered.exec(line) ?? named.exec(line))?.groups?.['rest'];
  if (rest === undefined) return false;
  // "Chapter 4 was the best." is a sentence; "Chapter 4 The Pool of Tears" and "CHAPTER IV." are headings.
  return !/^\s+\p{Ll}/u.test(rest) && !/[,;]$/u.test(rest) && !(/^\s+\p{L}/u.test(rest) && /[.!?]$/u.test(rest));
}

function pageHeadings(text: string): Heading[] {
  const starts = [...text.matchAll(/\f/gu)].map((match) => match.index + 1).filter((start) => hasSpeakableContent(text.slice(start, start + 2_000)));
  if (starts.length === 0) return [];
  return [0, ...starts].map((start, index) => ({ start, title: firstLine(text.slice(start, start + 400)) ?? `Part ${index + 1}` }));
}

function firstLine(text: string): string | undefined {
  const line = text.trimStart().split(/[\n\r\f]/u)[0]!.trim();
  return line.length <= 60 && hasSpeakableContent(line) ? tidy(line) : undefined;
}

/**
 * A heading with nothing but blanks under it heads what follows ("PART ONE", then "Chapter 1"); a run of them is a
 * table of contents, of which nothing is left in the title.
 */
function mergeEmpty(chapters: readonly Chapter[], text: string, headings: ReadonlyMap<number, Heading>): Chapter[] {
  const merged: Chapter[] = [];
  let pending: Chapter[] = [];
  for (const [index, chapter] of chapters.entries()) {
    const isEmpty = !hasSpeakableContent(bodyOf(chapter, text, headings.has(chapter.start)));
    if (isEmpty && index < chapters.length - 1) {
      pending.push(chapter);
      continue;
    }
    const titles = pending.length === 1 && headings.has(pending[0]!.start) ? [pending[0]!.title, chapter.title] : [chapter.title];
    merged.push({ title: titles.join(' – ').slice(0, longestTitle), start: pending[0]?.start ?? chapter.start, end: chapter.end });
    pending = [];
  }
  return merged;
}

function bodyOf({ start, end }: Chapter, text: string, hasHeading: boolean): string {
  const whole = text.slice(start, end);
  return hasHeading ? whole.replace(/^[^\n\r\f]*/u, '') : whole;
}

function valueOf(text: string): number {
  const digits = text.replace('.', '');
  if (/^\d+$/u.test(digits)) return Number(digits);
  const values: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50, C: 100 };
  return digits.split('').reduce((sum, letter, index, letters) => {
    const value = values[letter]!;
    return sum + (value < (values[letters[index + 1] ?? ''] ?? 0) ? -value : value);
  }, 0);
}

/** Without Markdown's marks, links and surplus blanks. */
function tidy(title: string): string {
  return title
    .replace(/!?\[(?<words>[^\]]*)\]\([^)]*\)/gu, '$<words>')
    .replace(/[*_`~]+/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, longestTitle);
}
