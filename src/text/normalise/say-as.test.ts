import { describe, expect, it } from 'vitest';
import { sayAs } from './say-as.ts';

type Case = readonly [interpretAs: string, text: string, said: string | undefined, format?: string, locale?: string];

const cases: readonly Case[] = [
  ['cardinal', '12345', 'twelve thousand three hundred forty-five'],
  ['cardinal', '-1,234.5', 'minus one thousand two hundred thirty-four point five'],
  ['cardinal', 'XIV', 'fourteen'],
  ['number', '2024', 'two thousand twenty-four'],
  ['number', '105', 'one hundred and five', undefined, 'en-GB'],
  ['cardinal', 'abc', 'abc'],
  ['ordinal', '3', 'third'],
  ['ordinal', '21st', 'twenty-first'],
  ['ordinal', 'VIII', 'eighth'],
  ['characters', 'abc', 'A.B.C'],
  ['spell-out', 'a', 'A-'],
  ['verbatim', 'A1-b', 'A- one dash B'],
  ['characters', 'été', 'É T É'],
  ['digits', '12 34', 'one two three four'],
  ['fraction', '3/4', 'three quarters'],
  ['fraction', '2+1/2', 'two and a half'],
  ['unit', '5km', 'five kilometers'],
  ['date', '3/4/2024', 'March fourth, twenty twenty-four', 'mdy'],
  ['date', '3/4/2024', 'April third, twenty twenty-four', 'dmy'],
  ['date', '2024-03-15', 'March fifteenth, twenty twenty-four', 'ymd'],
  ['date', '20240315', 'March fifteenth, twenty twenty-four', 'yyyymmdd'],
  ['date', '12/25', 'December twenty-fifth', 'md'],
  ['date', '3/2024', 'March twenty twenty-four', 'my'],
  ['date', '1999', 'nineteen ninety-nine', 'y'],
  ['date', '3/4/2024', 'the third of April, twenty twenty-four', undefined, 'en-GB'],
  ['date', 'March 5', 'March fifth'],
  ['time', '2:30pm', 'two thirty P.M', 'hms12'],
  ['time', '14:05', 'fourteen oh five'],
  ['time', '1\'21"', 'one minute twenty-one seconds'],
  ['telephone', '2122241555', 'two one two two two four one five five five'],
  ['telephone', '(212) 224-1555', 'two one two, two two four, one five five five'],
  ['currency', '$5.99', 'five dollars and ninety-nine cents'],
  ['currency', '45', 'forty-five euros', 'EUR'],
  ['address', '150 Elm St., Springfield', 'one fifty Elm Street, Springfield'],
  ['net', 'a@b.com', 'a at b dot com', 'email'],
  ['expletive', 'anything', 'bleep'],
  ['toString', 'x', undefined],
  ['interjection', 'wow', undefined],
  ['characters', 'abc', 'a b c', undefined, 'de-DE'],
  ['telephone', '030 1234', '0 3 0, 1 2 3 4', undefined, 'de-DE'],
  ['date', '3.4.2024', '3.4.2024', undefined, 'de-DE'],
];

describe('sayAs', () => {
  for (const [interpretAs, text, said, format, locale = 'en-US'] of cases) {
    it(`${interpretAs}: ${text} → ${said} (${format ?? 'no format'}, ${locale})`, () => {
      expect(sayAs(text, { interpretAs, locale, ...(format !== undefined && { format }) })).toBe(said);
    });
  }
});
