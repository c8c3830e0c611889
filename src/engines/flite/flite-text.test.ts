import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fliteText } from './flite-text.ts';

describe('text for flite', () => {
  it.each([
    ['Café, naïve façade', 'Cafe, naive facade'],
    ['“Hello” — she said…', '"Hello", she said...'],
    ['It’s 5–6 o’clock', "It's 5,6 o'clock"],
    ['Straße, Łódź, smørrebrød', 'Strasse, Lodz, smorrebrod'],
    ['20 °C for 5 €', '20 degrees C for 5 euros'],
    ['ﬁne ½', 'fine 1/2'],
    ['two\nlines\tand\u0000 more', 'two lines and more'],
    ['Hi 你好 😀 there', 'Hi there'],
  ])('%j is read as %j', (text, expected) => {
    expect(fliteText(text)).toBe(expected);
  });

  it.each(['', '   ', '...', '你好', '😀', '—', '\u0301'])('finds nothing to say in %j', (text) => {
    expect(fliteText(text)).toBeUndefined();
  });

  it('is printable ASCII on one line whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(fliteText(text) ?? 'a').toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });

  it('leaves plain English as it is', () => {
    const text = 'Dr. Smith paid $3.50 on May 6, 2020; then (surprisingly) left at 10:30!';
    expect(fliteText(text)).toBe(text);
  });
});
