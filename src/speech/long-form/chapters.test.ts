import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findChapters } from './chapters.ts';

const titles = (text: string, mode: 'auto' | 'none' = 'auto') => findChapters(text, { mode, title: 'Book' }).map(({ title }) => title);

describe('the chapters of a text', () => {
  it('are the whole text where nothing divides it', () => {
    expect(titles('Just a text.\n\nWith two paragraphs.')).toEqual(['Book']);
  });

  it('are none where nothing can be spoken', () => {
    expect(titles(' \n\n … \n')).toEqual([]);
  });

  it('follow Markdown headings of the first two levels, without their marks', () => {
    expect(titles('# My **Book**\n\nOpening.\n\n## One [linked](http://x.y)\n\nText.\n\n### Deeper\n\nText.\n\n## Two ##\n\nText.')).toEqual(['My Book', 'One linked', 'Two']);
  });

  it('do not follow what looks like a heading in fenced code', () => {
    expect(titles('# One\n\nText.\n\n```\n# comment\n```\n\nMore.')).toEqual(['One']);
  });

  it.each([
    ['Chapter 4', 'Chapter 4'],
    ['CHAPTER IV.', 'CHAPTER IV.'],
    ['Chapter Twenty-One', 'Chapter Twenty-One'],
    ['CHAPTER II. The Pool of Tears', 'CHAPTER II. The Pool of Tears'],
    ['Chapter 7: A Mad Tea-Party', 'Chapter 7: A Mad Tea-Party'],
    ['Chapter 7 A Mad Tea-Party', 'Chapter 7 A Mad Tea-Party'],
    ['Prologue', 'Prologue'],
    ['EPILOGUE', 'EPILOGUE'],
    ['Kapitel 3', 'Kapitel 3'],
    ['Zweites Kapitel', 'Zweites Kapitel'],
    ['Chapitre II', 'Chapitre II'],
    ['Capítulo 12', 'Capítulo 12'],
    ['Letter 2', 'Letter 2'],
    ['**Chapter 1**', 'Chapter 1'],
  ])('begin at a line "%s"', (line, title) => {
    expect(titles(`Before it.\n\n${line}\n\nThe text of it.`)).toEqual(['Book', title]);
  });

  it.each([
    'Chapter 4 was the best of all.',
    'Part two of the plan, however,',
    'Prologue writers are rare.',
    'Introduction to the matter is easy to find',
  ])('do not begin at a sentence such as "%s"', (line) => {
    expect(titles(`Before it.\n\n${line}\nand it goes on.\n\nThe end.`)).toEqual(['Book']);
  });

  it('do not begin at such a line in the middle of a paragraph', () => {
    expect(titles('He opened the book at\nChapter 4\nand began to read.')).toEqual(['Book']);
  });

  it('follow lone numbers that count up, Roman or not', () => {
    expect(titles('I.\n\nText.\n\nII.\n\nText.\n\nIII.\n\nText.')).toEqual(['I.', 'II.', 'III.']);
    expect(titles('1\n\nText.\n\n2\n\nText.')).toEqual(['1', '2']);
    expect(titles('Text.\n\n42\n\nText.')).toEqual(['Book']);
  });

  it('follow page breaks where there is nothing else', () => {
    expect(titles('First page\nText.\fSecond page\nText.\f')).toEqual(['First page', 'Second page']);
  });

  it('take a heading without text to what follows, and leave a table of contents out of titles', () => {
    expect(titles('PART ONE\n\nChapter 1\n\nText.\n\nChapter 2\n\nText.'.replace('PART ONE', 'Part One'))).toEqual(['Part One – Chapter 1', 'Chapter 2']);
    expect(titles('Contents\n\nChapter 1\n\nChapter 2\n\nChapter 3\n\nChapter 1\n\nText.\n\nChapter 2\n\nText.\n\nChapter 3\n\nText.')).toEqual(['Book', 'Chapter 1', 'Chapter 2', 'Chapter 3']);
  });

  it('are one where that is asked for', () => {
    expect(titles('# One\n\nText.\n\n# Two\n\nText.', 'none')).toEqual(['Book']);
  });

  it('are together the whole text, in order, whatever it is', () => {
    const piece = fc.constantFrom('# One\n', '\n', 'Chapter 2\n', 'Text of it. ', '\f', '\r\n', 'IV.\n\n', '```\n', '## \n', 'Prologue\n\n');
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const chapters = findChapters(text, { mode: 'auto', title: 'Book' });
      expect(chapters.map(({ start, end }) => text.slice(start, end)).join('')).toBe(chapters.length === 0 ? '' : text);
      expect(chapters.every(({ title }) => title !== '')).toBe(true);
    }));
  });

  it('are found in a long text without much ado', () => {
    const text = Array.from({ length: 200 }, (_, i) => `Chapter ${i + 1}\n\n${'A line of the text of this chapter, of a usual length.\n'.repeat(180)}\n`).join('');
    expect(text.length).toBeGreaterThan(1_900_000);
    expect(titles(text)).toHaveLength(200);
  });
});
