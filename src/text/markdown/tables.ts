/** Tables, row by row: "Name: Ann, Age: 5." */
import type { Span } from '../aligned-text.ts';
import type { Writer } from './blocks.ts';

const delimiter = /^\|? ?:?-{1,200}:? ?(?:\| ?:?-{1,200}:? ?){0,100}\|? ?$/u;
/** A header is repeated in each row, so what it adds is kept within bounds. */
const maxLabelChars = 40;
const maxLabelsTotal = 20_000;

/** The line under the header: |---|:--|. */
export function isTableRule(line: string): boolean {
  return line.length < 20_000 && line.includes('-') && line.includes('|') && delimiter.test(line);
}

/** Writes the table whose header is line `at`; gives the index of the line behind it. */
export function readTable({ text, lines, at, writer }: { text: string; lines: readonly Span[]; at: number; writer: Writer }): number {
  const header = cellsOf(text, lines[at]!);
  let labelChars = 0;
  let next = at + 2;
  for (; next < lines.length && text.slice(lines[next]!.start, lines[next]!.end).includes('|'); next++) {
    writer.breakAs('\n\n');
    let isFirst = true;
    for (const [column, cell] of cellsOf(text, lines[next]!).entries()) {
      if (cell.start === cell.end) continue;
      if (!isFirst) writer.add(', ');
      isFirst = false;
      const label = header[column] && text.slice(header[column].start, header[column].end);
      if (label !== undefined && label !== '' && label.length <= maxLabelChars && (labelChars += label.length) < maxLabelsTotal) writer.add(`${label}: `);
      writer.keep(cell);
    }
    if (!isFirst) writer.endSentence();
  }
  // A header without rows is all there is to read.
  if (next === at + 2) {
    for (const [i, cell] of header.entries()) {
      if (i > 0) writer.add(', ');
      writer.keep(cell);
    }
    writer.endSentence();
  }
  writer.breakAs('\n\n');
  return next;
}

/** The cells of a row, without the blanks around them. */
function cellsOf(text: string, { start, end }: Span): Span[] {
  const cells: Span[] = [];
  let from = text[start] === '|' ? start + 1 : start;
  for (let i = from; i <= end; i++) {
    if (i < end && (text[i] !== '|' || text[i - 1] === '\\')) continue;
    if (i === end && from >= end) break;
    let cellEnd = i;
    let cellStart = from;
    while (cellStart < cellEnd && text[cellStart] === ' ') cellStart++;
    while (cellEnd > cellStart && text[cellEnd - 1] === ' ') cellEnd--;
    cells.push({ start: cellStart, end: cellEnd });
    from = i + 1;
  }
  return cells;
}
