import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignedText, sourceSpan } from '../aligned-text.ts';
import { cleanText } from '../clean-text.ts';
import { splitSentences } from '../sentences.ts';
import { speakMarkdown } from './speak-markdown.ts';

const cases: readonly (readonly [name: string, given: string, said: string])[] = [
  ['bold, italic and both', 'a **b** *c* ***d*** __e__ _f_ ~~g~~ h', 'a b c d e f g h'],
  ['emphasis over a line break', '**over\ntwo** lines', 'over\ntwo lines'],
  ['emphasis inside of emphasis', '**a *b***', 'a b'],
  ['emphasis inside of a word', 'un**believ**able', 'unbelievable'],
  ['marks that do not pair', 'price* and **kw and _x', 'price* and **kw and _x'],
  ['a link', 'see [the page](https://example.com/a_(b) "title").', 'see the page.'],
  ['a link whose text is bold', '[**a**](b)', 'a'],
  ['an image by its words', '![a cat](cat.png)', 'a cat'],
  ['an image that is a link', '[![a cat](cat.png)](https://example.com)', 'a cat'],
  ['a link with a definition', '[a][r] and [R]\n\n[r]: https://example.com', 'a and R'],
  ['a bare link in angles', '<https://example.com>', 'https://example.com'],
  ['a heading', '# One\nText', 'One.\n\nText'],
  ['a heading with its own mark', '## Why?\nText', 'Why?\n\nText'],
  ['a heading underlined', 'One\n===\nText', 'One.\n\nText'],
  ['a closed heading', '## One ##', 'One.'],
  ['a list', '- Eggs\n- Milk!\n* Bread', 'Eggs.\nMilk!\nBread.'],
  ['a list in lower case', '- eggs\n- milk', 'eggs.\n\nmilk.'],
  ['a list with wrapped items', '- One\nmore\n- Two', 'One\nmore.\nTwo.'],
  ['a numbered list', '1. One\n2) Two', '1. One.\n2. Two.'],
  ['boxes of tasks', '- [ ] Open\n- [x] Done', 'Open.\nDone.'],
  ['a quotation', '> one\n> two', 'one\ntwo'],
  ['a quotation in a quotation', '> > deep', 'deep'],
  ['a rule', 'a\n\n---\n\nb', 'a\n\nb'],
  ['a table', '| A | B |\n|---|:-:|\n| 1 | 2 |\n| 3 | |', 'A: 1, B: 2.\n\nA: 3.'],
  ['a table without rows', '| A | B |\n|---|---|', 'A, B.'],
  ['fenced code', '```js\nfoo(*a, *b);\n```\nText', 'foo(*a, *b);\n\nText'],
  ['fenced code without an end', '~~~\na_b', 'a_b'],
  ['code in a line', 'run `npm_x *y*` now', 'run npm_x *y* now'],
  ['code with backticks in it', '``a`b``', 'a`b'],
  ['a note and its mark', 'a[^1] b\n\n[^1]: The note', 'a b\n\n1: The note.'],
  ['tags', '<b>a</b> <span class="x">b</span><br>c', 'a b\nc'],
  ['an image as a tag', '<img src="x" alt="a cat">', 'a cat'],
  ['a comment', 'a<!-- b --> c', 'a c'],
  ['entities', 'a &amp; b &lt; c &#39;d&#x27;', "a & b < c 'd'"],
  ['escaped marks', '\\*a\\* \\_b', '*a* _b'],
];

const prose = [
  '2 * 3 * 4', '2*3*4', 'snake_case', 'a_b_c', '#1', '# 5', '#tag', '5 > 3', '>90% of us', 'x < y', '* not a list', 'She said: * not a list', 'a ~ b', '[sic]', 'he [the boss] said', 'C:\\x', 'a | b', '- 5 degrees', '+ 5',
  'Tom & Jerry', 'AT&T;', '1) and 2)', 'I <3 you', 'if (a < b && c > d)', 'well-known', '--', '***', '`', '_', 'f(x) = x', 'item[0]', '5*', '~', '10 < 20 <b', 'a <- b', '2023. It was',
].filter((line) => !['* not a list', '***', '--'].includes(line));

describe('speakMarkdown', () => {
  for (const [name, given, said] of cases) it(`reads ${name}`, () => expect(speakMarkdown(alignedText(given)).text).toBe(said));

  for (const line of prose) it(`leaves ${line}`, () => expect(speakMarkdown(alignedText(line)).text).toBe(line));

  it('knows where words stand in the source', () => {
    const source = '## A [link](https://example.com) and **bold**\n| H |\n|---|\n| cell |';
    const said = speakMarkdown(alignedText(source));
    for (const word of ['link', 'bold', 'cell']) {
      const start = said.text.indexOf(word);
      const span = sourceSpan(said, { start, end: start + word.length });
      expect(source.slice(span.start, span.end)).toBe(word);
    }
  });

  it('makes a sentence of each heading, item and row', () => {
    const said = speakMarkdown(alignedText('# The list\n- one thing\n- two things\n1. Three\n\n| A |\n|---|\n| four |\nlast words'));
    expect(splitSentences(said.text).map(({ text }) => text)).toEqual(['The list.', 'one thing.', 'two things.', '1. Three.', 'A: four.', 'last words']);
  });

  it('loses no word of text without links, tags, comments and definitions', () => {
    const bits = fc.constantFrom('word', 'more', 'x', '12', ' ', ' ', '\n', '\n\n', '*', '**', '_', '`', '```', '~~', '#', '# ', '- ', '1. ', '> ', '|', '\n|---|---|\n', '[', ']', '(', ')', '!', '\\', '&', '<', '>', '---', '===');
    fc.assert(fc.property(fc.array(bits, { maxLength: 40 }), (parts) => {
      const source = cleanText(parts.join(''));
      // What stands in a link's target or behind a fence's mark is not said.
      fc.pre(!/\]\(|\]:|```|~~~|\|/u.test(source));
      const wordsOf = (text: string): string => text.replaceAll(/[^a-z0-9]/gu, '');
      expect(wordsOf(speakMarkdown(alignedText(source)).text)).toBe(wordsOf(source));
    }), { numRuns: 2000 });
  });
});
