import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardinal, ordinal, spokenSerial, spokenYear } from './number-words.ts';

const us = { and: false };
const gb = { and: true };

describe('number words', () => {
  it.each([['0', 'zero'], ['000', 'zero'], ['14', 'fourteen'], ['40', 'forty'], ['99', 'ninety-nine'], ['100', 'one hundred'], ['1000000', 'one million'], [`1${'0'.repeat(63)}`, 'one vigintillion'], ['1001', 'one thousand one']])('%s → %s', (digits, said) => expect(cardinal(digits, us)).toBe(said));

  it('puts "and" where Britain does', () => {
    expect(cardinal('1105', gb)).toBe('one thousand one hundred and five');
    expect(cardinal('1000005', gb)).toBe('one million and five');
    expect(cardinal('105000', gb)).toBe('one hundred and five thousand');
  });

  it('reads digit by digit what has no name', () => expect(cardinal('1'.repeat(67), us)).toBe(Array.from({ length: 67 }, () => 'one').join(' ')));

  it.each([['1', 'first'], ['12', 'twelfth'], ['20', 'twentieth'], ['23', 'twenty-third'], ['100', 'one hundredth'], ['1000', 'one thousandth']])('%s → %s', (digits, said) => expect(ordinal(digits, us)).toBe(said));

  it.each([[1900, 'nineteen hundred'], [1905, 'nineteen oh five'], [2000, 'two thousand'], [2009, 'two thousand nine'], [2010, 'twenty ten'], [1066, 'ten sixty-six'], [1000, 'one thousand'], [2100, 'twenty-one hundred']])('%d → %s', (year, said) => expect(spokenYear(year, us)).toBe(said));

  it.each([['7', 'seven'], ['47', 'forty-seven'], ['101', 'one oh one'], ['300', 'three hundred'], ['1549', 'fifteen forty-nine'], ['2000', 'two thousand'], ['8000', 'eight thousand'], ['12345', 'one two three four five'], ['007', 'zero zero seven']])('as a model: %s → %s', (digits, said) => expect(spokenSerial(digits, us)).toBe(said));

  it('says different numbers differently', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 10n ** 66n }), fc.bigInt({ min: 0n, max: 10n ** 66n }), (a, b) => {
      if (a !== b) expect(cardinal(String(a), gb)).not.toBe(cardinal(String(b), gb));
    }));
  });
});
