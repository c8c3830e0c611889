import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerText } from './answer-text.ts';

/** Tokens of bytes, as models have them. */
const detokenize = (tokens: readonly Uint8Array[]): string => Buffer.concat(tokens).toString('utf8');

function write(text: string, sizes: readonly number[], stop: readonly string[] = []) {
  const answer = createAnswerText<Uint8Array>({ stop, detokenize });
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  let taken = 0;
  for (let at = 0, i = 0; at < bytes.length && !answer.stopped(); i++, taken++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(answer.push(bytes.subarray(at, at + size)));
    at += size;
  }
  pieces.push(answer.finish());
  return { pieces: pieces.filter((piece) => piece !== ''), stopped: answer.stopped(), taken };
}

describe('the text of an answer', () => {
  it('comes in whole characters, however tokens divide their bytes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }).filter((text) => !text.includes('\uFFFD')), fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 9 }), (text, sizes) => {
      const { pieces } = write(text, sizes);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) expect(piece.isWellFormed() && !piece.includes('\uFFFD')).toBe(true);
    }));
  });

  it('ends before the first stop sequence, and no part of one is ever shown', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '🙂') }), fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '🙂'), minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }), fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }), (text, stop, sizes) => {
      const { pieces, stopped } = write(text, sizes, stop);
      const ends = stop.map((one) => text.indexOf(one)).filter((index) => index >= 0);
      expect(stopped).toBe(ends.length > 0);
      if (!stopped) expect(pieces.join('')).toBe(text);
      // Of two that overlap the one that is whole first ends the answer.
      expect(text.startsWith(pieces.join(''))).toBe(true);
      for (const one of stop) expect(pieces.join('')).not.toContain(one);
    }));
  });

  it('is not held back longer than it may become a stop sequence', () => {
    expect(write('one END of it', [1], ['END.'])).toMatchObject({ pieces: ['o', 'n', 'e', ' ', 'END ', 'o', 'f', ' ', 'i', 't'], stopped: false });
  });

  it('leaves out a character that was never finished', () => {
    const answer = createAnswerText<Uint8Array>({ stop: [], detokenize });
    expect(answer.push(Buffer.from('a')) + answer.push(Buffer.from('🙂').subarray(0, 2)) + answer.finish()).toBe('a');
  });
});
