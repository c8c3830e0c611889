/** What SSML's say-as asks for: a text read as a number, a date, letters, …, whatever it looks like. */
import { alignedText } from '../aligned-text.ts';
import { monthAndDay, spokenDate } from './dates.ts';
import type { CalendarDate } from './dates.ts';
import { spokenEmail, spokenUrl } from './electronic.ts';
import { letters } from './letters.ts';
import { spokenMoney } from './money.ts';
import { normaliseSentence, regionOf } from './normalise.ts';
import { cardinal, digitByDigit, ordinal, spokenNumber, spokenSerial } from './number-words.ts';
import { spokenFraction } from './numbers.ts';
import { romanValue } from './roman.ts';
import type { Region } from './rule.ts';
import { spokenGroups } from './telephone.ts';
import { spokenClock } from './times.ts';

export type SayAsOptions = {
  /** `interpret-as`: see `readers` below. */
  readonly interpretAs: string;
  /** Of a date: the order of its parts, `mdy`, `dmy`, `ymd`, `md`, `dm`, `ym`, `my`, `y`, `m`, `d`; of a sum: its currency. */
  readonly format?: string;
  readonly detail?: string;
  readonly locale: string;
};

type Reader = (text: string, options: SayAsOptions, region: Region) => string | undefined;

const readers: Readonly<Record<string, Reader>> = {
  cardinal: readCardinal,
  number: readCardinal,
  ordinal: readOrdinal,
  characters: spell,
  'spell-out': spell,
  verbatim: spell,
  letters: spell,
  digits: readDigits,
  number_digit: readDigits,
  fraction: readFraction,
  unit: readPlainly,
  measure: readPlainly,
  date: readDate,
  time: readTime,
  duration: readTime,
  telephone: (text, _, region) => spokenGroups(text, region),
  currency: readCurrency,
  address: readAddress,
  name: readPlainly,
  net: (text, { format }, region) => (format === 'email' || text.includes('@') ? spokenEmail(text, region) : spokenUrl(text, region)),
  // The sound itself is not ours to make; the word stands in for what shall not be heard.
  expletive: () => 'bleep',
  bleep: () => 'bleep',
};

/**
 * The words to speak; undefined for an `interpret-as` that is not known. A text that is not what it is said to be
 * ("cardinal" of "abc") is read as it would be without. In other languages than English letters and digits are set
 * apart and everything else is left as it is.
 */
export function sayAs(text: string, options: SayAsOptions): string | undefined {
  const kind = options.interpretAs.toLowerCase().trim();
  const reader = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (reader === undefined) return undefined;
  const trimmed = text.trim();
  if (trimmed === '') return '';
  if (!/^en(?:[-_]|$)/iu.test(options.locale)) return sayInOther(trimmed, kind);
  return reader(trimmed, options, regionOf(options.locale)) ?? readPlainly(trimmed, options);
}

function sayInOther(text: string, kind: string): string {
  if (/^(?:characters|spell-out|verbatim|letters|digits|number_digit)$/u.test(kind)) return Array.from(text.replaceAll(/\s+/gu, '')).join(' ');
  if (kind === 'telephone') return (text.match(/\d+/gu) ?? [text]).map((group) => Array.from(group).join(' ')).join(', ');
  if (kind === 'expletive' || kind === 'bleep') return 'bip';
  return text;
}

function readPlainly(text: string, { locale }: SayAsOptions): string {
  return normaliseSentence(alignedText(text), { locale }).text;
}

function readCardinal(text: string, _: SayAsOptions, { numbers }: Region): string | undefined {
  const match = /^([-−+])?\s?([\d,]{0,60}\.?\d{0,60})$/u.exec(text.replaceAll(/(?<=\d)\s(?=\d{3})/gu, ''));
  if (match && /\d/u.test(match[2]!)) {
    const [, sign, digits] = match;
    const plain = digits!.replaceAll(',', '').replace(/^0+(?=\d)/u, '');
    return `${sign === undefined ? '' : sign === '+' ? 'plus ' : 'minus '}${spokenNumber(plain, numbers)}`;
  }
  const roman = romanValue(text);
  return roman === undefined ? undefined : cardinal(String(roman), numbers);
}

function readOrdinal(text: string, _: SayAsOptions, { numbers }: Region): string | undefined {
  const digits = /^([\d,]{1,60})(?:st|nd|rd|th)?\.?$/iu.exec(text)?.[1]?.replaceAll(',', '') ?? romanValue(text)?.toString();
  return digits === undefined || digits === '' ? undefined : ordinal(digits, numbers);
}

const markNames: Readonly<Record<string, string>> = {
  '.': 'dot', ',': 'comma', ':': 'colon', ';': 'semicolon', '!': 'exclamation mark', '?': 'question mark', '-': 'dash', '–': 'dash', '—': 'dash', '/': 'slash', '\\': 'backslash', _: 'underscore', '@': 'at',
  '#': 'hash', '&': 'ampersand', '*': 'asterisk', '+': 'plus', '=': 'equals', '%': 'percent', $: 'dollar', '€': 'euro', '£': 'pound', '(': 'open parenthesis', ')': 'close parenthesis', '[': 'open bracket', ']': 'close bracket',
  '{': 'open brace', '}': 'close brace', '<': 'less than', '>': 'greater than', '"': 'quote', "'": 'apostrophe', '’': 'apostrophe', '|': 'bar', '~': 'tilde', '^': 'caret', '`': 'backtick',
};

function spell(text: string): string {
  const runs = text.match(/\p{L}\p{M}*(?:\p{L}\p{M}*)*|\d+|\P{L}/gu) ?? [];
  return runs.map((run) => (/^\p{L}/u.test(run) ? spelledRun(run) : /^\d/u.test(run) ? digitByDigit(run) : (markNames[run] ?? run).trim())).filter((said) => said !== '').join(' ');
}

function spelledRun(run: string): string {
  const upper = run.toUpperCase();
  if (upper.length === 1) return upper === 'A' ? 'A-' : upper;
  return /^[A-Z]+$/u.test(upper) ? letters(upper) : Array.from(upper).join(' ');
}

function readDigits(text: string): string {
  return spell(text.replaceAll(/[\s,]/gu, ''));
}

function readFraction(text: string, _: SayAsOptions, { numbers }: Region): string | undefined {
  const match = /^(?:(\d{1,12})\s?[\s+]\s?)?(\d{1,9})\s?[/⁄]\s?(\d{1,9})$/u.exec(text);
  if (match === null || Number(match[3]) === 0) return undefined;
  const part = spokenFraction(Number(match[2]), Number(match[3]), numbers);
  return match[1] === undefined ? part : `${cardinal(match[1], numbers)} and ${part.replace(/^one /u, Number(match[3]) === 8 ? 'an ' : 'a ')}`;
}

function readDate(text: string, { format, detail }: SayAsOptions, region: Region): string | undefined {
  const parts = text.match(/\d+/gu);
  if (parts === null || /\p{L}{3}/u.test(text)) return undefined;
  const order = (format ?? detail ?? '').toLowerCase().replaceAll(/[^ymd]/gu, '').replaceAll(/(.)\1+/gu, '$1');
  const fields = parts.length === 1 && order.length > 1 ? cut(parts[0], order) : parts;
  if (order.length !== fields.length) {
    if (fields.length === 3 && fields[0]!.length === 4) return dateOf({ y: fields[0]!, m: fields[1]!, d: fields[2]! }, region);
    const found = fields.length >= 2 ? monthAndDay(Number(fields[0]), Number(fields[1]), region) : undefined;
    return found && spokenDate({ ...found, ...(fields[2] !== undefined && { year: fields[2] }) }, region);
  }
  return dateOf(Object.fromEntries(Array.from(order, (field, i) => [field, fields[i]!])), region);
}

/** "20240315" by "ymd": four digits for the year, two for the rest. */
function cut(digits: string, order: string): string[] {
  let at = 0;
  return Array.from(order, (field) => {
    const length = field === 'y' && digits.length > order.length * 2 ? 4 : 2;
    at += length;
    return digits.slice(at - length, at);
  });
}

function dateOf({ y, m, d }: Readonly<Record<string, string>>, region: Region): string | undefined {
  const month = m === undefined ? undefined : Number(m);
  const day = d === undefined ? undefined : Number(d);
  if ((month !== undefined && !(month >= 1 && month <= 12)) || (day !== undefined && !(day >= 1 && day <= 31))) return undefined;
  const date: CalendarDate = { ...(y !== undefined && { year: y }), ...(month !== undefined && { month }), ...(day !== undefined && { day }) };
  return spokenDate(date, region);
}

function readTime(text: string, _: SayAsOptions, region: Region): string | undefined {
  const lasting = /^(?:(\d{1,3})\s?[hH]\s?)?(\d{1,3})['′]\s?(?:(\d{1,2}(?:\.\d{1,3})?)["″])?$/u.exec(text);
  if (lasting) {
    const [, hours, minutes, seconds] = lasting;
    const part = (count: string | undefined, name: string): string => (count === undefined ? '' : `${spokenNumber(count, region.numbers)} ${name}${Number(count) === 1 ? '' : 's'} `);
    return `${part(hours, 'hour')}${part(minutes, 'minute')}${part(seconds, 'second')}`.trimEnd();
  }
  const clock = /^(\d{1,2})(?:[:.](\d{2})(?:[:.](\d{2}))?)?\s?(?:([aApP])\.?\s?[mM]?\.?)?$/u.exec(text);
  if (clock === null || Number(clock[1]) > 24 || Number(clock[2] ?? 0) > 59) return undefined;
  const [, hours, minutes, seconds, half] = clock;
  return spokenClock({ hours: Number(hours), minutes: Number(minutes ?? 0), ...(seconds !== undefined && { seconds: Number(seconds) }), ...(half !== undefined && { half }) }, region);
}

function readCurrency(text: string, { format, detail }: SayAsOptions, region: Region): string | undefined {
  const currency = (detail ?? format ?? '').toUpperCase();
  return spokenMoney(text, region) ?? (/^[A-Z]{3}$/u.test(currency) ? spokenMoney(`${currency} ${text}`, region) : undefined);
}

/** House numbers in pairs, postal codes digit by digit, the rest as usual. */
function readAddress(text: string, options: SayAsOptions, region: Region): string {
  const said = text.replaceAll(/(?<![\p{L}\d-])(\d{3,5})(?![\d\p{L}-])/gu, (digits) => (digits.length === 5 ? digitByDigit(digits) : spokenSerial(digits, region.numbers)));
  return readPlainly(said, options);
}
