/** Dates and days of the week, in figures and with the month's name. */
import { ordinal, spokenNumber } from './number-words.ts';
import { isLast, wordBefore } from './rule.ts';
import type { Place, Region, Rule } from './rule.ts';
import { spokenClock } from './times.ts';
import { readYear } from './years.ts';

export const months = 'January February March April May June July August September October November December'.split(' ');
const monthShort = 'Jan Feb Mar Apr May Jun Jul Aug Sep Sept Oct Nov Dec'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const dayShort = 'Sun Mon Tue Tues Wed Weds Thu Thur Thurs Fri Sat'.split(' ');
const month = String.raw`(${[...months, ...monthShort].join('|')})(?!\p{L})\.?`;
const day = String.raw`([0-3]?\d)(?:st|nd|rd|th)?`;
const year = String.raw`(?:,?\s((?:1\d|20)\d\d)(?![\d\p{L}]|[.,:]\d|\s(?:people|men|women)\b))?`;
const dash = String.raw`\s?[-–—]\s?`;

function monthNamed(name: string): string {
  return months.find((full) => full.startsWith(name.slice(0, 3)))!;
}

export type CalendarDate = { readonly year?: string; readonly month?: number; readonly day?: number };

/** "March fifteenth, twenty twenty-four", in Britain "the fifteenth of March, twenty twenty-four". */
export function spokenDate({ year: written, month: number, day: dayOfMonth }: CalendarDate, region: Region): string {
  const name = number === undefined ? undefined : months[number - 1]!;
  const nth = dayOfMonth === undefined ? undefined : ordinal(String(dayOfMonth), region.numbers);
  const withDay = name === undefined ? nth && `the ${nth}` : nth === undefined ? name : region.isBritish ? `the ${nth} of ${name}` : `${name} ${nth}`;
  if (written === undefined) return withDay ?? '';
  const said = spokenYearOf(written, region);
  return withDay === undefined ? said : `${withDay}${nth === undefined ? ' ' : ', '}${said}`;
}

/** Two digits are of this century up to 49, of the last from 50 on. */
function spokenYearOf(written: string, region: Region): string {
  if (written.length === 2) return readYear(`${Number(written) < 50 ? '20' : '19'}${written}`, region);
  return written.length === 4 ? readYear(written, region) : spokenNumber(written, region.numbers);
}

export function isDate(monthNumber: number, dayOfMonth: number): boolean {
  return monthNumber >= 1 && monthNumber <= 12 && dayOfMonth >= 1 && dayOfMonth <= 31;
}

/** Month and day of figures whose order the region decides, unless only one order makes a date. */
export function monthAndDay(first: number, second: number, { isBritish }: Region): { month: number; day: number } | undefined {
  const inOrder = isBritish ? { month: second, day: first } : { month: first, day: second };
  const swapped = { month: inOrder.day, day: inOrder.month };
  if (isDate(inOrder.month, inOrder.day)) return inOrder;
  return isDate(swapped.month, swapped.day) ? swapped : undefined;
}

function readIso([, written, monthDigits, dayDigits, hours, minutes, seconds, zone]: RegExpExecArray, { region }: Place): string | undefined {
  if (!isDate(Number(monthDigits), Number(dayDigits))) return undefined;
  const date = spokenDate({ year: written!, month: Number(monthDigits), day: Number(dayDigits) }, region);
  if (hours === undefined) return date;
  const at = spokenClock({ hours: Number(hours), minutes: Number(minutes), ...(seconds !== undefined && Number(seconds) > 0 && { seconds: Number(seconds) }) }, region);
  if (zone === undefined) return `${date}, at ${at}`;
  const offset = /^([+-])(\d\d):?(\d\d)?$/u.exec(zone);
  const spokenZone = offset === null ? '' : ` ${offset[1] === '-' ? 'minus' : 'plus'} ${spokenNumber(String(Number(offset[2])), region.numbers)}`;
  return `${date}, at ${at} U.T.C${spokenZone}`;
}

function readFigures([, first, separator, second, written]: RegExpExecArray, { region }: Place): string | undefined {
  const order = separator === '.' ? { ...region, isBritish: Number(second) <= 12 } : region;
  const found = monthAndDay(Number(first), Number(second), order);
  return found && spokenDate({ ...found, year: written! }, region);
}

/** "on 3/15": two figures are a date only behind a word that asks for one. */
const dateCues = /^(?:on|by|until|from|since|due|before|after|On|By|Until|From|Since|Due|Before|After|date|dated)$/u;

function readShortFigures([, first, second]: RegExpExecArray, place: Place): string | undefined {
  if (!dateCues.test(wordBefore(place)) || (Number(first) === 9 && Number(second) === 11)) return undefined;
  const found = monthAndDay(Number(first), Number(second), place.region);
  return found && spokenDate(found, place.region);
}

function readMonthFirst([, name, from, to, written]: RegExpExecArray, { region, text, at }: Place): string | undefined {
  if (Number(from) < 1 || Number(from) > 31) return undefined;
  // "May" and "March" are verbs too, but hardly before a number that could be a day.
  const end = to === undefined ? '' : ` to ${region.isBritish ? 'the ' : ''}${ordinal(to, region.numbers)}`;
  const hasThe = region.isBritish || /\bthe\s$/iu.test(text.slice(Math.max(0, at - 4), at)) ? region.isBritish : false;
  const date = `${monthNamed(name!)} ${hasThe ? 'the ' : ''}${ordinal(from!, region.numbers)}${end}`;
  return written === undefined ? date : `${date}, ${spokenYearOf(written, region)}`;
}

function readDayFirst([, from, to, name, written]: RegExpExecArray, place: Place): string | undefined {
  const { region } = place;
  if (Number(from) < 1 || Number(from) > 31) return undefined;
  const before = /^(?:the|a|an|this|that|every|each|his|her|our|my)$/iu.test(wordBefore(place)) ? '' : 'the ';
  const end = to === undefined ? '' : ` to ${region.isBritish ? 'the ' : ''}${ordinal(to, region.numbers)}`;
  const date = `${before}${ordinal(from!, region.numbers)}${end} of ${monthNamed(name!)}`;
  return written === undefined ? date : `${date}, ${spokenYearOf(written, region)}`;
}

function readMonths([written, from, to]: RegExpExecArray, { text, at }: Place): string | undefined {
  if (to !== undefined) return `${monthNamed(from!)} to ${monthNamed(to)}`;
  // A bare "May" or "March" needs no help, and "Jan" may be a person.
  if (!written.endsWith('.') || months.includes(from!) || (isLast(text, at + written.length) && !behindPreposition.test(text.slice(Math.max(0, at - 7), at)))) return undefined;
  return monthNamed(from!);
}

/** Before a day or month cut short that ends the sentence. */
const behindPreposition = /(?:^|\s)(?:in|on|and|or|to|until|by|since|of|last|next|from)\s$/u;

function dayNamed(name: string): string {
  return days.find((full) => full.startsWith(name.slice(0, 3)))!;
}

function readDays([written, from, to]: RegExpExecArray, { text, at }: Place): string | undefined {
  if (to !== undefined) return `${dayNamed(from!)} to ${dayNamed(to)}`;
  const end = at + written.length;
  if (written.endsWith('.')) return isLast(text, end) && !behindPreposition.test(text.slice(Math.max(0, at - 7), at)) ? undefined : dayNamed(from!);
  return new RegExp(String.raw`^,?\s(?:\d{1,2}\b|(?:${[...months, ...monthShort].join('|')})\b)`, 'u').test(text.slice(end, end + 16)) ? dayNamed(from!) : undefined;
}

const dayNames = [...dayShort, ...days];

export const dateRules: readonly Rule[] = [
  { name: 'date and time of ISO 8601', class: 'date', at: 'digit', pattern: /(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?(?:\d\d)?)?)?(?![\d\p{L}]|-\d)/uy, read: readIso },
  { name: 'year first', class: 'date', at: 'digit', pattern: /(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?![\d/]|[.,]\d)/uy, read: ([, written, monthDigits, dayDigits], { region }) => (isDate(Number(monthDigits), Number(dayDigits)) ? spokenDate({ year: written!, month: Number(monthDigits), day: Number(dayDigits) }, region) : undefined) },
  { name: 'date in figures', class: 'date', at: 'digit', pattern: /([0-3]?\d)([/.-])([0-3]?\d)\2((?:1\d|20)\d\d|\d\d)(?![\d/]|[.,-]\d)/uy, read: (match, place) => (match[4]!.length === 2 && match[2] !== '/' ? undefined : readFigures(match, place)) },
  { name: 'day and month in figures', class: 'date', at: 'digit', pattern: /([0-3]?\d)\/([0-3]?\d)(?![\d/]|[.,]\d|\p{L})/uy, read: readShortFigures },
  { name: 'day before month', class: 'date', at: 'digit', pattern: new RegExp(String.raw`${day}(?:${dash}${day})?\s(?:of\s)?${month}${year}(?!\p{L})`, 'uy'), read: readDayFirst },
  { name: 'month before day', class: 'date', at: { words: [...months, ...monthShort] }, pattern: new RegExp(String.raw`${month}\s(?:the\s)?${day}(?:${dash}${day})?(?![\d:/%°]|[.,]\d|\p{L})${year}`, 'uy'), read: readMonthFirst },
  { name: 'month and year', class: 'date', at: { words: monthShort }, pattern: new RegExp(String.raw`${month},?\s((?:1\d|20)\d\d)(?![\d\p{L}]|[.,:]\d)`, 'uy'), read: ([, name, written], { region }) => `${monthNamed(name!)} ${spokenYearOf(written!, region)}` },
  { name: 'month', class: 'abbreviation', at: { words: [...months, ...monthShort] }, pattern: new RegExp(String.raw`${month}(?:${dash}${month})?`, 'uy'), read: readMonths },
  { name: 'day of the week', class: 'abbreviation', at: { words: dayShort }, pattern: new RegExp(String.raw`(${dayNames.join('|')})(?!\p{L})\.?(?:${dash}(${dayNames.join('|')})(?!\p{L})\.?)?`, 'uy'), read: readDays },
];

