/** Years, decades, centuries, quarters: when four digits are a year, and how it is read. */
import { belowHundred, cardinal, pluralOf, spokenNumber, spokenSerial, spokenYear, twoDigits } from './number-words.ts';
import { isPlural, wordAfter, wordBefore } from './rule.ts';
import type { Place, Region, Rule } from './rule.ts';

/** Before a year, whatever follows it. */
const yearCues = new Set(
  ('in In since Since year Year circa ca early late mid Early Late January February March April May June July August September October November ' +
    'December spring summer autumn fall winter Spring Summer Autumn Fall Winter').split(' '),
);
/** Behind a number of things rather than a year. */
const things = new Set('people men women children percent feet sheep species dozen million billion thousand'.split(' '));

export function readYear(digits: string, region: Region): string {
  return spokenYear(Number(digits), region.numbers);
}

/**
 * Whether four digits without a comma are a year: 1100–2099 are, unless things are counted ("1500 tickets"); 1000–1099
 * only behind a word that goes with years ("in 1066").
 */
export function isYearHere(written: string, place: Place, end: number): boolean {
  if (!/^(?:1\d|20)\d\d$/u.test(written)) return false;
  if (yearCues.has(wordBefore(place))) return true;
  if (written.startsWith('10')) return false;
  const next = wordAfter(place.text, end);
  if (things.has(next)) return false;
  // "the 2024 elections", and "nineteen hundred tickets" is right in either case.
  if (/^(?:19|20)/u.test(written)) return true;
  return !isPlural(next);
}

function readDecade(digits: string, region: Region): string {
  const rest = Number(digits.slice(-2));
  if (digits.length === 2) return rest === 0 ? 'two thousands' : pluralOf(belowHundred(rest));
  const century = digits.slice(0, -2);
  if (rest === 0) return century.endsWith('0') ? `${cardinal(digits, region.numbers)}s` : `${cardinal(century, region.numbers)} hundreds`;
  return `${cardinal(century, region.numbers)} ${pluralOf(belowHundred(rest))}`;
}

export const yearRules: readonly Rule[] = [
  { name: 'decade', class: 'decade', at: 'digit', pattern: /((?:1\d|20)\d0|[1-9]0)['’]?s(?!\p{L})/uy, read: ([, digits], { region }) => readDecade(digits!, region) },
  { name: 'hundreds, thousands, and models in the plural', class: 'cardinal', at: 'digit', pattern: /(100|1,?000|7[0-8]7)s(?!\p{L})/uy, read: ([, digits], { region }) => (digits === '100' ? 'hundreds' : digits!.endsWith('000') ? 'thousands' : pluralOf(spokenSerial(digits!, region.numbers))) },
  { name: 'decade cut short', class: 'decade', at: { symbols: '\'’‘' }, pattern: /['’‘]([0-9]0)['’]?s(?!\p{L})/uy, read: ([, digits], { region }) => readDecade(digits!, region) },
  { name: 'year cut short', class: 'year', at: { symbols: '\'’‘' }, pattern: /['’‘](\d\d)(?![\d'’"”\p{L}]|[.,:]\d)/uy, read: ([, digits], { text, at }) => (at > 0 && /\s/u.test(text[at - 1]!) ? twoDigits(Number(digits)) : undefined) },
  { name: 'era behind', class: 'year', at: 'digit', pattern: /(\d{1,5})(?:\s?[-–]\s?(\d{1,5}))?\s(B\.?C\.?E?\.?|C\.?E\.|CE|A\.?D\.?)(?![\p{L}\d])/uy, read: ([, from, to, era], { region }) => `${eraYear(from!, region)}${to === undefined ? '' : ` to ${eraYear(to, region)}`} ${Array.from(era!.replaceAll('.', '')).join('.')}` },
  { name: 'era before', class: 'year', at: { words: ['AD'] }, pattern: /AD\s(\d{1,4})(?![\d\p{L}]|[.,]\d)/uy, read: ([, year], { region }) => `A.D ${eraYear(year!, region)}` },
  { name: 'season', class: 'year', at: 'digit', pattern: /((?:19|20)\d\d)\/(\d\d)(?![\d/]|[.,]\d)/uy, read: ([, year, next], { region }) => `${readYear(year!, region)} ${twoDigits(Number(next))}` },
  { name: 'quarter or fiscal year', class: 'date', at: { words: ['Q', 'H', 'FY', 'CY'] }, pattern: /(Q[1-4]|H[12]|FY|CY)\s?[-’']?((?:19|20)?\d\d)?(?![\d\p{L}]|[.,]\d)/uy, read: readPeriod },
];

function eraYear(digits: string, region: Region): string {
  return digits.length === 4 ? readYear(digits, region) : spokenNumber(digits, region.numbers);
}

function readPeriod([, period, year]: RegExpExecArray, { region }: Place): string | undefined {
  if (year === undefined && period!.length === 2 && period![1] === 'Y') return undefined;
  const said = /\d/u.test(period!) ? `${period![0]} ${belowHundred(Number(period![1]))}` : Array.from(period!).join('.');
  if (year === undefined) return said;
  return `${said} ${year.length === 4 ? readYear(year, region) : twoDigits(Number(year))}`;
}
