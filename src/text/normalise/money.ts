/** Sums of money. */
import { cardinal, spokenNumber } from './number-words.ts';
import { dashPattern, isAdjective, numberPattern } from './rule.ts';
import type { Place, Region, Rule } from './rule.ts';
import { perUnit } from './measures.ts';

type Currency = {
  readonly one: string;
  readonly many: string;
  /** Hundredths: one, many. */
  readonly minor?: readonly [string, string];
};

const dollars = (before = ''): Currency => ({ one: `${before}dollar`, many: `${before}dollars`, minor: ['cent', 'cents'] });
const euros: Currency = { one: 'euro', many: 'euros', minor: ['cent', 'cents'] };
const pounds: Currency = { one: 'pound', many: 'pounds', minor: ['penny', 'pence'] };
const same = (name: string): Currency => ({ one: name, many: name });
const plain = (name: string): Currency => ({ one: name, many: `${name}s` });

const bySymbol: Readonly<Record<string, Currency>> = {
  $: dollars(), '€': euros, '£': pounds, '¥': same('yen'), '₹': plain('rupee'), '₩': same('won'), '₽': plain('rouble'), '₺': same('lira'),
  '₪': plain('shekel'), '₿': same('bitcoin'), '₫': same('dong'), '₴': same('hryvnia'), '₦': same('naira'), '₱': plain('peso'), '฿': same('baht'),
};
const byCode: Readonly<Record<string, Currency>> = {
  USD: dollars('U.S '), CAD: dollars('Canadian '), AUD: dollars('Australian '), NZD: dollars('New Zealand '), SGD: dollars('Singapore '), HKD: dollars('Hong Kong '),
  EUR: euros, GBP: { ...pounds, one: 'pound', many: 'pounds' }, JPY: same('yen'), CNY: same('yuan'), RMB: same('yuan'), INR: plain('Indian rupee'),
  CHF: plain('Swiss franc'), SEK: { one: 'Swedish krona', many: 'Swedish kronor' }, NOK: { one: 'Norwegian krone', many: 'Norwegian kroner' },
  DKK: { one: 'Danish krone', many: 'Danish kroner' }, PLN: { one: 'Polish zloty', many: 'Polish zlotys' }, BRL: { one: 'real', many: 'reals' },
  MXN: plain('Mexican peso'), KRW: same('won'), RUB: plain('rouble'), ZAR: same('rand'), TRY: same('lira'), BTC: same('bitcoin'), ETH: same('ether'),
};
const byPrefix: Readonly<Record<string, Currency>> = {
  US$: byCode['USD']!, A$: byCode['AUD']!, AU$: byCode['AUD']!, C$: byCode['CAD']!, CA$: byCode['CAD']!, NZ$: byCode['NZD']!, HK$: byCode['HKD']!, S$: byCode['SGD']!, R$: byCode['BRL']!,
};

const symbols = Object.keys(bySymbol).join('');
const codes = Object.keys(byCode).join('|');
const sign = `[${symbols}]`;
const decimalComma = String.raw`(\d{1,3}(?:\.\d{3}){1,3},\d\d(?!\d)|\d{1,6},\d\d(?!\d|[,.]\d)|\d{1,6},\d(?=\s?€))`;
const amount = String.raw`(?:${decimalComma}|${numberPattern})`;
const scale = String.raw`(?:[\s-]?(thousand|million|billion|trillion|mn|bn|tn|[kKmMBbT])(?![\p{L}\d]))?`;
const per = String.raw`(?:\s?\/\s?(\p{Ll}{1,12})(?!\p{L}))?`;
const scaleWords: Readonly<Record<string, string>> = {
  k: 'thousand', K: 'thousand', m: 'million', M: 'million', mn: 'million', b: 'billion', B: 'billion', bn: 'billion', tn: 'trillion', T: 'trillion',
};

type Sum = {
  readonly currency: Currency;
  readonly from: string;
  readonly to?: string | undefined;
  readonly scale?: string | undefined;
  readonly per?: string | undefined;
  readonly isSingular?: boolean;
};

/** "five dollars and ninety-nine cents", "three euros fifty", "one point two million dollars". */
function spokenSum({ currency, from, to, scale: scaleName, per: perName, isSingular = false }: Sum, { numbers }: Region): string {
  const tail = perName === undefined ? '' : ` per ${perUnit(perName)}`;
  const scaled = scaleName === undefined ? '' : ` ${scaleWords[scaleName] ?? scaleName}`;
  if (to !== undefined) return `${spokenNumber(from, numbers)} to ${spokenNumber(to, numbers)}${scaled} ${currency.many}${tail}`;
  const [whole = '0', hundredths] = from.replaceAll(',', '').split('.');
  if (scaled !== '' || currency.minor === undefined || hundredths?.length !== 2) {
    return `${spokenNumber(from, numbers)}${scaled} ${isSingular || (from === '1' && scaled === '') ? currency.one : currency.many}${tail}`;
  }
  const minor = Number(hundredths);
  const [minorOne, minorMany] = currency.minor;
  const said = cardinal(String(minor), numbers);
  if (Number(whole) === 0 && minor > 0) return `${said} ${minor === 1 ? minorOne : minorMany}${tail}`;
  const major = `${cardinal(whole, numbers)} ${isSingular || Number(whole) === 1 ? currency.one : currency.many}`;
  if (minor === 0) return major + tail;
  return `${major} ${currency.one.endsWith('dollar') ? `and ${said} ${minor === 1 ? minorOne : minorMany}` : said}${tail}`;
}

/** Its reading where it is written out for say-as: "$5.99", "5.99 USD". */
export function spokenMoney(written: string, region: Region): string | undefined {
  const place: Place = { text: written, at: 0, region };
  for (const { pattern, read } of moneyRules) {
    pattern.lastIndex = 0;
    const match = pattern.exec(written);
    if (match && match[0].length === written.length) return read(match, place);
  }
  return undefined;
}

function dotted(comma: string | undefined, number: string | undefined): string {
  return comma === undefined ? number! : comma.replaceAll('.', '').replace(',', '.');
}

function readBefore([written, name, comma, number, to, scaleName, perName]: RegExpExecArray, place: Place): string | undefined {
  const currency = bySymbol[name!] ?? byPrefix[name!] ?? byCode[name!];
  if (currency === undefined) return undefined;
  const isSingular = isAdjective(place, place.at + written.length);
  return spokenSum({ currency, from: dotted(comma, number), to, scale: scaleName, per: perName, isSingular }, place.region);
}

function readBehind([written, comma, number, to, scaleName, name, perName]: RegExpExecArray, place: Place): string | undefined {
  const currency = bySymbol[name!] ?? byCode[name!];
  if (currency === undefined) return undefined;
  return spokenSum({ currency, from: dotted(comma, number), to, scale: scaleName, per: perName, isSingular: isAdjective(place, place.at + written.length) }, place.region);
}

function readSmall([, number, name]: RegExpExecArray, { region }: Place): string | undefined {
  const said = spokenNumber(number!, region.numbers);
  if (name === '¢') return `${said} ${number === '1' ? 'cent' : 'cents'}`;
  return region.isBritish ? `${said} P` : undefined;
}

const tail = String.raw`(?:${dashPattern}${sign}?\s?${numberPattern})?${scale}${per}`;

export const moneyRules: readonly Rule[] = [
  { name: 'sign before', class: 'money', at: { symbols }, pattern: new RegExp(String.raw`(${sign})\s?${amount}${tail}`, 'uy'), read: readBefore },
  { name: 'country and sign before', class: 'money', at: { words: ['US', 'A', 'AU', 'C', 'CA', 'NZ', 'HK', 'S', 'R'] }, pattern: new RegExp(String.raw`((?:US|AU?|CA?|NZ|HK|S|R)\$)\s?${amount}${tail}`, 'uy'), read: readBefore },
  { name: 'code before', class: 'money', at: { words: Object.keys(byCode) }, pattern: new RegExp(String.raw`(${codes})\s?${amount}${tail}(?![\p{L}\d])`, 'uy'), read: readBefore },
  { name: 'code or sign behind', class: 'money', at: 'digit', pattern: new RegExp(String.raw`${amount}(?:${dashPattern}${numberPattern})?${scale}\s?(${sign}|(?:${codes})(?![\p{L}\d]))${per}(?!\d)`, 'uy'), read: readBehind },
  { name: 'cents and pence', class: 'money', at: 'digit', pattern: /(\d{1,6})\s?(¢|p(?![\p{L}\d]))/uy, read: readSmall },
];
