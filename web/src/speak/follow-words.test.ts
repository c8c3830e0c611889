import { describe, expect, it } from 'vitest';
import { markAt, marksOf, piecesOf } from './follow-words.ts';

const word = (start: number, end: number, from: number) => ({ start, end, start_seconds: from, end_seconds: from + 0.2 });
const text = 'One two. Three four.';
const sentences = [
  { ...word(0, 8, 0.1), spoken_text: 'One two.', words: [word(0, 3, 0.1), word(4, 8, 0.4)] },
  { ...word(9, 20, 1), spoken_text: 'Three four.', words: [] },
];

describe('words that are followed', () => {
  const marks = marksOf(sentences, text);

  it('are the words of a sentence, or the sentence where it has none', () => {
    expect(marks.map(({ start, end }) => text.slice(start, end))).toEqual(['One', 'two.', 'Three four.']);
  });

  it('are no commas', () => {
    expect(marksOf([{ ...word(0, 9, 0), spoken_text: '', words: [word(0, 3, 0), word(3, 4, 0.2), word(5, 6, 0.3)] }], 'One, & so')).toHaveLength(2);
  });

  it.each([[0, -1], [0.1, 0], [0.39, 0], [0.39998, 1], [0.4, 1], [0.9, 1], [1, 2], [99, 2]])('at %d s is number %i', (seconds, mark) => {
    expect(markAt(marks, seconds)).toBe(mark);
  });

  it('cut the text without losing any of it', () => {
    const pieces = piecesOf(text, marks, { ssml: false });
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    expect(pieces.filter(({ mark }) => mark !== undefined)).toHaveLength(3);
  });

  it('leave the rest of the text as it is while it is not known', () => {
    expect(piecesOf(text, marksOf(sentences.slice(0, 1), text), { ssml: false }).at(-1)).toEqual({ text: ' Three four.', mark: undefined });
  });

  it('are shown without the markup around them', () => {
    const ssml = '<speak>Salt &amp; <emphasis>pepper</emphasis>.</speak>';
    const at = ssml.indexOf('pepper');
    expect(piecesOf(ssml, [{ start: at, end: at + 6, startSeconds: 0 }], { ssml: true })).toEqual([{ text: 'Salt & ', mark: undefined }, { text: 'pepper', mark: 0 }, { text: '.', mark: undefined }]);
  });
});
