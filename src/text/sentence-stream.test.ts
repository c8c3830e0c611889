import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSentenceStream } from './sentence-stream.ts';
import { splitSentences } from './sentences.ts';

const token = fc.constantFrom(
  'Dr.', 'Hello', ' there', '. ', '.', '!', '? ', '…', '...', '"', "'", '(', ')', '« ', ' »', '\n', '\r\n', '\n\n', ' ', '   ', 'St. ', 'The ', 'he ', 'U.S. ',
  'J. ', '3.14', '1. ', '- ', ', ', '; ', '。', '「', '」と', '字', '😀', '👨‍👩‍👧', 'e\u0301', '\u2029', 'No. ', 'p.m. ', 'It ', 'wrapped line of some forty-odd characters or more', 'x'.repeat(90),
);

describe('createSentenceStream', () => {
  it('gives the same sentences as the whole text, however the text is cut', () => {
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 80 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 60 }),
        fc.constantFrom('en', 'de', 'fr', 'ja', 'el'),
        fc.constantFrom(60, 300),
        (tokens, cuts, locale, maxChars) => {
          const text = tokens.join('');
          const edges = [0, ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b), text.length];
          const stream = createSentenceStream({ locale, maxChars });
          const streamed = edges.slice(1).flatMap((edge, i) => stream.push(text.slice(edges[i], edge)));
          streamed.push(...stream.flush());
          expect(streamed).toEqual(splitSentences(text, { locale, maxChars }));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('gives the same sentences when every UTF-16 unit comes alone', () => {
    const text = 'Dr. Smith said: “Go!” 👨‍👩‍👧 left. It cost 3.14. See St. John.\n\nNext… one\n- item 😀. Done';
    const stream = createSentenceStream();
    const streamed = [...Array(text.length).keys()].flatMap((i) => stream.push(text[i]!));
    expect([...streamed, ...stream.flush()]).toEqual(splitSentences(text));
  });

  it('gives a sentence as soon as the next one begins', () => {
    const stream = createSentenceStream();
    expect(stream.push('Hello there')).toEqual([]);
    expect(stream.push('.')).toEqual([]);
    expect(stream.push(' H').map((sentence) => sentence.text)).toEqual(['Hello there.']);
  });

  it('waits at an abbreviation for the word that decides', () => {
    const stream = createSentenceStream();
    expect(stream.push('He lives on Main St. T')).toEqual([]);
    expect(stream.push('he ').map((sentence) => sentence.text)).toEqual(['He lives on Main St.']);
  });

  it('is empty after a flush and counts offsets from zero again', () => {
    const stream = createSentenceStream();
    stream.push('One. Two');
    expect(stream.flush().map((sentence) => sentence.text)).toEqual(['Two']);
    expect(stream.flush()).toEqual([]);
    expect(stream.push('Three. F')[0]).toEqual({ text: 'Three.', start: 0, end: 6, pauseAfter: 'sentence' });
  });

  it('gives parts of a sentence that never ends', () => {
    const stream = createSentenceStream();
    let chars = 0;
    for (let i = 0; i < 20_000; i++) for (const sentence of stream.push('word ')) chars += sentence.text.replaceAll(' ', '').length;
    expect(chars).toBeGreaterThan(20_000 * 4 - 500);
  });
});
