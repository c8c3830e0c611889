/** Cardinals, ordinals, decimals, fractions, ranges, scores, ratios, powers and multiples. */
import type { Span } from '../aligned-text.ts';
import { belowHundred, cardinal, digitByDigit, ordinal, pluralOf, spokenNumber, spokenSerial } from './number-words.ts';
import type { NumberStyle } from './number-words.ts';
import { dashPattern, numberPattern, wordBefore } from './rule.ts';
import type { Place, Rule } from './rule.ts';
import { isYearHere, readYear } from './years.ts';

const vulgar: Readonly<Record<string, readonly [number, number]>> = {
  '½': [1, 2], '⅓': [1, 3], '⅔': [2, 3], '¼': [1, 4], '¾': [3, 4], '⅕': [1, 5], '⅖': [2, 5], '⅗': [3, 5], '⅘': [4, 5],
  '⅙': [1, 6], '⅚': [5, 6], '⅐': [1, 7], '⅛': [1, 8], '⅜': [3, 8], '⅝': [5, 8], '⅞': [7, 8], '⅑': [1, 9], '⅒': [1, 10],
};
export const vulgarFractions = Object.keys(vulgar).join('');

/** "three quarters", "one half", "twenty-one hundredths". */
export function spokenFraction(numerator: number, denominator: number, style: NumberStyle): string {
  const top = cardinal(String(numerator), style);
  const named = denominator === 2 ? 'half' : denominator === 4 ? 'quarter' : denominator === 1 ? 'whole' : ordinal(String(denominator), style);
  return `${top} ${numerator === 1 ? named : named === 'half' ? 'halves' : pluralOf(named)}`;
}

/** "one half" of "½", with a whole number before it "three and a half". */
export function spokenVulgar(sign: string, style: NumberStyle, whole?: string): string {
  const parts = vulgar[sign]!;
  return whole === undefined ? spokenFraction(...parts, style) : spokenMixed(whole, ...parts, style);
}

/** Behind a whole number: "and a half", "and three quarters". */
function spokenMixed(whole: string, numerator: number, denominator: number, style: NumberStyle): string {
  const part = spokenFraction(numerator, denominator, style).replace(/^one /u, denominator === 8 ? 'an ' : 'a ');
  return `${spokenNumber(whole, style)} and ${part}`;
}

function readSlash([, top, bottom]: RegExpExecArray, { text, at, region }: Place): string | undefined {
  const numerator = Number(top);
  const denominator = Number(bottom);
  if (denominator > 1000 || text[at - 1] === '/') return undefined;
  if ((numerator === 24 && denominator === 7) || (numerator === 9 && denominator === 11)) return `${belowHundred(numerator)} ${belowHundred(denominator)}`;
  if (numerator === denominator && numerator > 10) return `${spokenNumber(top!, region.numbers)} ${spokenNumber(bottom!, region.numbers)}`;
  if (numerator === denominator) return `${spokenNumber(top!, region.numbers)} out of ${spokenNumber(bottom!, region.numbers)}`;
  if ((denominator === 10 || denominator === 100) && numerator > 1) return `${spokenNumber(top!, region.numbers)} out of ${spokenNumber(bottom!, region.numbers)}`;
  if (denominator === 0 || numerator > 1000) return `${spokenNumber(top!, region.numbers)} over ${spokenNumber(bottom!, region.numbers)}`;
  return spokenFraction(numerator, denominator, region.numbers);
}

/** 2 → "squared", 3 → "cubed", −5 → "to the power of minus five". */
export function spokenPower(exponent: string, style: NumberStyle): string {
  if (exponent === '2') return 'squared';
  if (exponent === '3') return 'cubed';
  const sign = /^[-−⁻]/u.test(exponent) ? 'minus ' : '';
  const bare = exponent.replace(/^[-−⁻+⁺]/u, '');
  return `to the power of ${sign}${/^\d/u.test(bare) ? spokenNumber(bare, style) : bare}`;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const subscripts = '₀₁₂₃₄₅₆₇₈₉';

function plainDigits(raised: string): string {
  return raised.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉]/gu, (mark) => String(Math.max(superscripts.indexOf(mark), subscripts.indexOf(mark))));
}

/** Either end of "1990–95", "10-20": as years where they are, else as numbers. */
function readRange([, from, to]: RegExpExecArray, place: Place): string | undefined {
  const { region } = place;
  if (/\p{L}/u.test(place.text[place.at - 1] ?? '')) return undefined;
  const isYears = /^(?:1\d|20)\d\d$/u.test(from!) && (/^(?:1\d|20)\d\d$/u.test(to!) || (/^\d\d$/u.test(to!) && Number(to) > Number(from!.slice(2))));
  if (isYears) return `${readYear(from!, region)} to ${to!.length === 2 ? belowHundred(Number(to)) : readYear(to!, region)}`;
  // "12345-678" is no range but a number in groups.
  if (Number(from) > Number(to) && from!.length > 3) return `${digitByDigit(from!.replace(/\D/gu, ''))}, ${digitByDigit(to!.replace(/\D/gu, ''))}`;
  return `${spokenNumber(from!, region.numbers)} to ${spokenNumber(to!, region.numbers)}`;
}

/** "10 - 20 people": with blanks it is a range only where it rises. */
function readLooseRange(match: RegExpExecArray, place: Place): string | undefined {
  return Number(match[1]) < Number(match[2]) && !/=/u.test(place.text.slice(place.at, place.at + 40)) ? readRange(match, place) : undefined;
}

/** Groups with hyphens are read digit by digit where one of them is long, groups with dots as they are. */
function readRow([written]: RegExpExecArray, { region }: Place): string {
  const groups = written.split(/[-.]/u);
  const isVerbatim = written.includes('-') && groups.some((group) => group.length > 2 || /^0\d/u.test(group));
  return groups.map((group) => (isVerbatim ? digitByDigit(group) : spokenNumber(group, region.numbers))).join(written.includes('-') ? ', ' : ' point ');
}

/** Names before numbers that are said in pairs: models, flights, rooms, roads. */
const serialNames = new Set('HTTP error Error Boeing Airbus Xbox port Port Flight flight Room room Route Highway Highways Interstate Model model BMW Audi Peugeot Porsche Nikon suite Suite Bus bus Section'.split(' '));

function readPlain([written]: RegExpExecArray, place: Place): string {
  const { region } = place;
  if (/^\d{3,4}$/u.test(written) && serialNames.has(wordBefore(place))) return spokenSerial(written, region.numbers);
  if (isYearHere(written, place, place.at + written.length)) return readYear(written, region);
  return spokenNumber(written, region.numbers);
}

export const numberRules: readonly Rule[] = [
  { name: 'mixed number', class: 'fraction', at: 'digit', pattern: new RegExp(String.raw`(\d{1,6})\s(\d{1,2})[/⁄](\d{1,3})(?![\d/.,]\d|\d|/)`, 'uy'), read: ([, whole, top, bottom], { region }) => (Number(top) < Number(bottom) ? spokenMixed(whole!, Number(top), Number(bottom), region.numbers) : undefined) },
  { name: 'number with ½', class: 'fraction', at: 'digit', pattern: new RegExp(String.raw`(\d{1,36})\s?([${vulgarFractions}])`, 'uy'), read: ([, whole, sign], { region }) => spokenVulgar(sign!, region.numbers, whole) },
  { name: '½ alone', class: 'fraction', at: { symbols: vulgarFractions }, pattern: new RegExp(`[${vulgarFractions}]`, 'uy'), read: ([sign], { region }) => spokenVulgar(sign, region.numbers) },
  { name: 'ordinal', class: 'ordinal', at: 'digit', pattern: /(\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(?:st|nd|rd|th|ST|ND|RD|TH)(?!\p{L})/uy, read: ([, digits], { region }) => ordinal(digits!.replaceAll(',', ''), region.numbers) },
  { name: 'power of ten', class: 'decimal', at: 'digit', pattern: new RegExp(String.raw`${numberPattern}[eE]([+\-−]?\d{1,3})(?![\p{L}\d]|\.\d)`, 'uy'), read: ([, mantissa, exponent], { region }) => `${spokenNumber(mantissa!, region.numbers)} times ten to the power of ${spokenPower(exponent!, region.numbers).replace(/^to the power of |^squared$|^cubed$/u, (said) => (said === 'squared' ? 'two' : said === 'cubed' ? 'three' : ''))}` },
  { name: 'ten to a power', class: 'decimal', at: 'digit', pattern: /10\^([+\-−]?\d{1,4})(?![\p{L}\d]|\.\d)/uy, read: ([, exponent], { region }) => `ten to the power of ${spokenSigned(exponent!, region.numbers)}` },
  { name: 'hexadecimal', class: 'verbatim', at: 'digit', pattern: /0x([0-9a-fA-F]{1,32})(?![\p{L}\d])/uy, read: ([, digits]) => `zero X ${Array.from(digits!, (digit) => (/\d/u.test(digit) ? digitByDigit(digit) : digit.toUpperCase())).join(' ')}` },
  { name: 'size by size', class: 'measure', at: 'digit', pattern: /(\d{1,3},\d{3}|\d{1,5}(?:\.\d{1,4})?)\s?[x×]\s?(\d{1,3},\d{3}|\d{1,5}(?:\.\d{1,4})?)(?:\s?[x×]\s?(\d{1,5}(?:\.\d{1,4})?))?(?![\p{L}\d^⁰¹²³⁴-⁹⁻⁺]|\.\d)/uy, read: readSize },
  { name: 'times as much', class: 'measure', at: 'digit', pattern: new RegExp(String.raw`${numberPattern}[x×](?![\p{L}\d²³]|\s?[-+−*/=^])`, 'uy'), read: ([, number], { region }) => `${spokenNumber(number!, region.numbers)} times` },
  { name: 'thousands and millions', class: 'cardinal', at: 'digit', pattern: new RegExp(String.raw`${numberPattern}(?:${dashPattern}${numberPattern})?\s?(k|M|B|mn|bn|tn)(?![\p{L}\d])`, 'uy'), read: readScaled },
  { name: 'rating', class: 'score', at: 'digit', pattern: /(\d{1,2}\.\d)\/(10|5|100)(?![\d/]|[.,]\d|\p{L})/uy, read: ([, points, of], { region }) => `${spokenNumber(points!, region.numbers)} out of ${spokenNumber(of!, region.numbers)}` },
  { name: 'fraction', class: 'fraction', at: 'digit', pattern: /(\d{1,4})[/⁄](\d{1,4})(?![\d/]|[.,]\d|\p{L})/uy, read: readSlash },
  { name: 'ratio', class: 'score', at: 'digit', pattern: /(\d{1,4}):(\d{1,4})(?![:\d]|[.,]\d|\p{L})/uy, read: ([, left, right], { region }) => `${spokenNumber(left!, region.numbers)} to ${spokenNumber(right!, region.numbers)}` },
  { name: 'range or score', class: 'range', at: 'digit', pattern: new RegExp(String.raw`${numberPattern}(?:${dashPattern}|−)${numberPattern}(?![\d/:]|[.,]\d|[-–]\d|\p{L})`, 'uy'), read: readRange },
  { name: 'range with blanks', class: 'range', at: 'digit', pattern: /(\d{1,9}) - (\d{1,9})(?![\d/:]|[.,]\d|[-–]\d|\p{L})/uy, read: readLooseRange },
  { name: 'numbers in a row', class: 'verbatim', at: 'digit', pattern: /\d{1,15}(?:[-.]\d{1,15}){2,12}(?!\d)/uy, read: readRow },
  { name: 'many digits', class: 'verbatim', at: 'digit', pattern: /\d{37,1000}/uy, read: ([digits]) => digitByDigit(digits) },
  { name: 'number', class: 'cardinal', at: 'digit', pattern: new RegExp(numberPattern, 'uy'), read: readPlain },
  { name: 'raised', class: 'decimal', at: { symbols: `${superscripts}⁻⁺` }, pattern: /([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,8})/uy, read: readRaised },
  { name: 'lowered', class: 'serial', at: { symbols: subscripts }, pattern: /[₀₁₂₃₄₅₆₇₈₉]{1,8}/uy, read: ([written], { region }) => spokenNumber(plainDigits(written), region.numbers) },
  { name: 'caret', class: 'symbols', at: { symbols: '^' }, pattern: /\^\s?(?:\(([+\-−]?\w{1,4})\)|([+\-−]?(?:\d{1,4}|[a-z](?![a-z]))))/uy, read: ([, inner, bare], { region }) => ` ${spokenPower((inner ?? bare)!, region.numbers)}` },
  { name: 'minus', class: 'cardinal', at: { symbols: '-−' }, pattern: /[-−](?=(?:[$£€¥₹]\s?)?\.?\d)/uy, read: (_, { text, at }) => (at === 0 || /[\s([{"'“‘=<>~≈≤≥±*/×÷,:]/u.test(text[at - 1]!) ? 'minus ' : undefined) },
  { name: 'minus between', class: 'symbols', at: { symbols: '-−–' }, pattern: /[-−–] (?=[\d.(]|\p{L}(?![\p{L}\d]))/uy, read: (_, { text, at }) => (/(?:[\d)²³]|(?:^|\P{L})\p{L}) $/u.test(text.slice(Math.max(0, at - 3), at)) && /[=^+×÷²³]/u.test(text.slice(Math.max(0, at - 30), at + 30)) ? 'minus ' : undefined) },
  { name: 'point', class: 'decimal', at: { symbols: '.' }, pattern: /\.(\d{1,36})(?!\d|\.\d|\p{L})/uy, read: ([, digits], { text, at, region }) => (at === 0 || /[\s($£€+\-−~<>="'“‘[]/u.test(text[at - 1]!) ? spokenNumber(`.${digits}`, region.numbers) : undefined) },
];

function spokenSigned(written: string, style: NumberStyle): string {
  const sign = /^[-−]/u.test(written) ? 'minus ' : '';
  return sign + spokenNumber(written.replace(/^[-−+]/u, ''), style);
}

function readRaised([, raised]: RegExpExecArray, { text, at, region }: Place): string {
  const digits = plainDigits(raised!);
  // Behind a whole word it is the number of a footnote, behind a number or a lone letter it is a power.
  const isPower = /(?:[\d)\]]|(?:^|\P{L})\p{L}{1,2})$/u.test(text.slice(Math.max(0, at - 3), at));
  return `${/[^\s\p{L}\p{Nd}([]/u.test(text[at - 1] ?? ' ') ? ' ' : ''}${isPower ? spokenPower(digits, region.numbers) : spokenSigned(digits.replace(/[⁻⁺]/u, ''), region.numbers)}`;
}

function readSize([written, ...numbers]: RegExpExecArray, { region }: Place): string {
  const isProduct = written.includes('×') && numbers.every((number) => number === undefined || number.length < 3);
  const said = numbers.filter((number) => number !== undefined).map((number) => (/^\d{4}$/u.test(number) || (/^\d{3}$/u.test(number) && !isProduct && numbers.every((other) => other === undefined || other.length > 2)) ? spokenSerial(number, region.numbers) : spokenNumber(number, region.numbers)));
  return said.join(isProduct ? ' times ' : ' by ');
}

const scaleWords: Readonly<Record<string, string>> = { k: 'thousand', M: 'million', B: 'billion', mn: 'million', bn: 'billion', tn: 'trillion' };

/** "221B Baker Street", "Apt. 4B": a letter of a house, not billions. */
function isAddress(text: string, { start, end }: Span): boolean {
  const before = /\b(?:apartment|apt|suite|ste|flat|unit|room|gate|seat|row|block|house|number|no|bus|route|line|exit|platform|bay|floor|hall|building)\.? $/iu;
  return before.test(text.slice(Math.max(0, start - 14), start)) || /^ \p{Lu}\p{Ll}/u.test(text.slice(end, end + 3));
}

function readScaled([written, from, to, scale]: RegExpExecArray, { text, at, region }: Place): string | undefined {
  if ((/\s/u.test(written) && scale!.length === 1) || (to !== undefined && /\p{L}/u.test(text[at - 1] ?? ''))) return undefined;
  if ((scale === 'B' || scale === 'M') && isAddress(text, { start: at, end: at + written.length })) return undefined;
  if (scale === 'k' && /^\s(?:run|race|walk|marathon|runs|races)\b/u.test(text.slice(at + written.length, at + written.length + 10))) return `${spokenNumber(from!, region.numbers)} K`;
  const said = to === undefined ? spokenNumber(from!, region.numbers) : `${spokenNumber(from!, region.numbers)} to ${spokenNumber(to, region.numbers)}`;
  return `${said} ${scaleWords[scale!]}`;
}
