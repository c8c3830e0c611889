import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignedText, joinAligned, replaceAligned, sliceAligned, sourceSpan } from './aligned-text.ts';

describe('aligned text', () => {
  it('knows which part of the source a replaced stretch stands for', () => {
    const said = replaceAligned(alignedText('In 1999 we met.'), /\d+/gu, () => 'nineteen ninety nine');
    expect(said.text).toBe('In nineteen ninety nine we met.');
    const at = said.text.indexOf('ninety');
    expect(sourceSpan(said, { start: at, end: at + 6 })).toEqual({ start: 3, end: 7 });
    const met = said.text.indexOf('met');
    expect(sourceSpan(said, { start: met, end: met + 3 })).toEqual({ start: 11, end: 14 });
  });

  it('keeps parts of a match as they are', () => {
    const said = replaceAligned(alignedText('a **bold** word'), /\*\*(.+?)\*\*/gu, ([all]) => [{ start: 2, end: all.length - 2 }]);
    expect(said.text).toBe('a bold word');
    expect(sourceSpan(said, { start: 2, end: 6 })).toEqual({ start: 4, end: 8 });
  });

  it('stays true through several replacements, slices and joins', () => {
    const once = replaceAligned(alignedText('I owe $5 & 3 kg.'), /\$(\d)/gu, ([, n]) => `${n} dollars`);
    const twice = replaceAligned(once, /&/gu, () => 'and');
    const part = sliceAligned(twice, twice.text.indexOf('dollars'), twice.text.length);
    expect(sourceSpan(part, { start: 0, end: 7 })).toEqual({ start: 6, end: 8 });
    const joined = joinAligned([sliceAligned(twice, 0, 2), ' … ', part]);
    expect(joined.text).toBe('I  … dollars and 3 kg.');
    expect(sourceSpan(joined, { start: 2, end: 5 })).toEqual({ start: 2, end: 2 });
  });

  it('returns the same object where nothing matched', () => {
    const text = alignedText('nothing');
    expect(replaceAligned(text, /x/gu, () => 'y')).toBe(text);
    expect(replaceAligned(text, /n/gu, () => undefined)).toBe(text);
  });

  it('never points backwards or outside of the source, whatever is replaced', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.array(fc.tuple(fc.string({ maxLength: 2 }), fc.string({ maxLength: 5 })), { maxLength: 4 }), (source, rules) => {
      let text = alignedText(source);
      for (const [from, to] of rules) {
        if (from !== '') text = replaceAligned(text, new RegExp(RegExp.escape(from), 'g'), () => to);
      }
      let before = 0;
      for (let i = 0; i < text.text.length; i++) {
        expect(text.starts[i]).toBeGreaterThanOrEqual(before);
        expect(text.ends[i]).toBeGreaterThanOrEqual(text.starts[i]!);
        expect(text.ends[i]).toBeLessThanOrEqual(source.length);
        before = text.starts[i]!;
      }
    }));
  });
});
