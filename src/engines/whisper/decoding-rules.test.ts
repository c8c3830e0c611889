import { describe, expect, it } from 'vitest';
import { applyDecodingRules, logSumExp } from './decoding-rules.ts';
import { logitsFor, smallTokenizer, tokensOf } from './whisper.test-support.ts';

const { special } = smallTokenizer;

/** What may follow `written`, all else being equal. */
function allowed(...written: (string | number)[]): (token: number) => boolean {
  const logits = logitsFor(0).fill(0);
  // Text is made a little likelier than all timestamps together, which else would win by their number.
  logits.fill(10, 0, special.endOfText + 1);
  applyDecodingRules(logits, tokensOf(...written), smallTokenizer);
  return (token) => logits[token]! > -Infinity;
}
const [hello, dot] = tokensOf(' Hello', '.') as [number, number];
const at = (seconds: number): number => tokensOf(seconds)[0]!;

describe('applyDecodingRules', () => {
  it('begins with a timestamp of the first second', () => {
    const may = allowed();
    expect([hello, special.endOfText, at(0), at(1), at(1.02)].map(may)).toEqual([false, false, true, true, false]);
  });

  it('never writes notes, marks of speakers and tokens that steer', () => {
    const may = allowed(0, ' Hello');
    const steering = [special.startOfTranscript, special.transcribe, special.translate, special.startOfPrevious, special.startOfLanguageModel, special.noSpeech, special.noTimestamps];
    expect([...steering, ...tokensOf('[', '(', '#', ' -')].filter(may)).toEqual([]);
    expect([hello, dot, ...tokensOf("'s", '-', '?')].every(may)).toBe(true);
  });

  it('goes on with text after the first timestamp, and never back in time', () => {
    const may = allowed(0.4, ' Hello');
    expect([at(0.4), at(0.42), hello, special.endOfText].map(may)).toEqual([false, true, true, true]);
    expect([at(0.5), hello].map(allowed(0.4))).toEqual([false, true]);
  });

  it('follows an ending timestamp by the next beginning, which may be the same, or by the end', () => {
    const may = allowed(0, ' Hello', 1.2);
    expect([at(1.18), at(1.2), at(3), hello, special.endOfText].map(may)).toEqual([false, true, true, false, true]);
  });

  it('follows a pair of timestamps by text', () => {
    const may = allowed(0, ' Hello', 1.2, 1.4);
    expect([at(1.4), at(2), hello, special.endOfText].map(may)).toEqual([false, false, true, true]);
  });

  it('takes a timestamp where all of them together are likelier than any text', () => {
    const logits = logitsFor(hello, 30);
    logits.fill(-5, at(1), at(2));
    applyDecodingRules(logits, tokensOf(0, ' Hello'), smallTokenizer);
    expect(logits[hello]).toBe(0);
    logits.fill(-3, at(1), at(2));
    applyDecodingRules(logits, tokensOf(0, ' Hello'), smallTokenizer);
    expect(logits[hello]).toBe(-Infinity);
    expect(logits[at(1.5)]).toBe(-3);
  });
});

describe('logSumExp', () => {
  it('adds probabilities, however small they are', () => {
    expect(logSumExp(Float32Array.of(-1000, -1000))).toBeCloseTo(-1000 + Math.log(2), 3);
    expect(logSumExp(Float32Array.of(-Infinity, -Infinity))).toBe(-Infinity);
  });

  it.each([['close together', 8], ['far apart', 300]])('is exact to a millionth for numbers that lie %s', (_, spread) => {
    const logits = Float32Array.from({ length: 50_000 }, (_unused, i) => -spread * ((i * 0.618_034) % 1) ** 2);
    const exact = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    expect(Math.abs(logSumExp(logits) - exact)).toBeLessThan(1e-6);
    expect(logSumExp(logits.fill(-Infinity))).toBe(-Infinity);
  });
});
