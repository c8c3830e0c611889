import { describe, expect, it } from 'vitest';
import { configSchema } from '../../config/schema.ts';
import { createLongFormPlanner } from './plan-long-form.ts';
import { outputName } from './output-names.ts';
import { readingParts } from './reading-parts.ts';

const { outline } = createLongFormPlanner({ catalog: { models: async () => [], refresh: async () => [], refreshForCaller: async () => [] }, config: configSchema.parse({}) });
const titleOf = (text: string, title?: string) => outline({ text, chapters: 'auto', title }).title;

describe('the title of a long text', () => {
  it.each([
    ['# *The* Book\n\nText.', 'The Book'],
    ['\n\n  Alice in Wonderland\n\nChapter 1\n\nText.', 'Alice in Wonderland'],
    ['Chapter 1\n\nText.', 'Untitled'],
    [`${'A first line that is no title but a paragraph of its own. '.repeat(3)}\n\nText.`, 'Untitled'],
  ])('is its first line where that can be one', (text, title) => {
    expect(titleOf(text)).toBe(title);
  });

  it('is what the caller says', () => {
    expect(titleOf('# Other\n\nText.', '  My \n Book ')).toBe('My Book');
  });
});

describe('the name of a file', () => {
  const settings = { title: 'A/B: "C"?', output: 'split', format: 'opus', chapters: [{ title: 'One', start: 0, end: 1 }, { title: '../../etc/passwd', start: 1, end: 2 }, { title: '…', start: 2, end: 3 }, { title: '???', start: 3, end: 4 }] } as const;

  it('counts the chapters and can be written on any file system', () => {
    expect(settings.chapters.map((_, chapter) => outputName({ ...settings, chapters: [...settings.chapters] }, chapter))).toEqual(['01 One.opus', '02 etc passwd.opus', '03 ….opus', '04.opus']);
    expect(outputName({ ...settings, chapters: [...settings.chapters], output: 'single' }, undefined)).toBe('A B C.opus');
  });
});

describe('the parts of a chapter', () => {
  const paragraph = `${'A line of some length that stands in a paragraph. '.repeat(20)}\n\n`;

  it('are bounded, end between paragraphs, and are together the chapters', () => {
    const text = paragraph.repeat(150);
    const chapters = [{ title: 'a', start: 0, end: 1_000 }, { title: 'b', start: 1_000, end: text.length }];
    const parts = readingParts(text, chapters);
    expect(parts.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
    expect(parts.every(({ start, end }) => end - start <= 40_000)).toBe(true);
    expect(parts.filter(({ endsChapter }) => endsChapter).map(({ chapter }) => chapter)).toEqual([0, 1]);
    for (const { end } of parts.slice(1, -1)) expect(text.slice(0, end)).toMatch(/\n\n$/u);
  });

  it('are cut somewhere even where there is nothing to cut at', () => {
    const text = '\u{1F600}'.repeat(50_000);
    const parts = readingParts(text, [{ title: 'a', start: 0, end: text.length }]);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.every(({ start, end }) => text.slice(start, end).isWellFormed())).toBe(true);
  });
});
