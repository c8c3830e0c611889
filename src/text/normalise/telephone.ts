/** Telephone, card, account and book numbers: digits in their groups, a short pause between. */
import { cardinal, digitByDigit } from './number-words.ts';
import { wordBefore } from './rule.ts';
import type { Place, Region, Rule } from './rule.ts';

/** "555-1234" → "five five five, one two three four"; 800 and its like are said as numbers. */
export function spokenGroups(written: string, { isBritish, numbers }: Region, zero = isBritish ? 'oh' : 'zero'): string {
  const plus = written.startsWith('+') ? 'plus ' : '';
  const groups = written.match(/\d+/gu) ?? [];
  return plus + groups.map((group, i) => (/^(?:0800|[1-9]00)$/u.test(group) && i < groups.length - 1 ? `${group.startsWith('0') ? `${zero} ` : ''}${cardinal(group.replace(/^0/u, ''), numbers)}` : digitByDigit(group, zero))).join(', ');
}

const notInNumber = String.raw`(?![\d\p{L}]|[-–./:]\d|[.,]\d)`;
const rangeCues = /^(?:pages?|pp|p|pp\.|p\.|lines?|verses?|chapters?|years?|from|between|about|around|score|of)$/iu;

function readGroups([written]: RegExpExecArray, { region }: Place): string {
  return spokenGroups(written, region);
}

function readPlus(match: RegExpExecArray, place: Place): string | undefined {
  const count = match[0].replace(/\D/gu, '').length;
  return count >= 8 && count <= 15 ? readGroups(match, place) : undefined;
}

const verbatim = { read: ([written]: RegExpExecArray, { region }: Place) => spokenGroups(written, region, 'zero').replace(/\bplus /u, '') };

const states = new Set('AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC'.split(' '));

/** Behind "CA" or "zip code is". */
function isPostal(place: Place): boolean {
  return states.has(wordBefore(place)) || /\b(?:zip|postal)(?:\scode)?(?:\sis)?:?\s$/iu.test(place.text.slice(Math.max(0, place.at - 20), place.at));
}

export const telephoneRules: readonly Rule[] = [
  { name: 'with country code', class: 'telephone', at: { symbols: '+' }, pattern: new RegExp(String.raw`\+\d{1,3}(?:[ .\-]?\(?\d{1,5}\)?){1,7}${notInNumber}`, 'uy'), read: readPlus },
  { name: 'area code in brackets', class: 'telephone', at: { symbols: '(' }, pattern: new RegExp(String.raw`\(\d{3,5}\)[ -]?\d{3,4}[ .-]\d{3,4}${notInNumber}`, 'uy'), read: readGroups },
  { name: 'ten digits', class: 'telephone', at: 'digit', pattern: new RegExp(String.raw`(?:1[-. ])?(?:\d{3}([-. ])\d{3}\1\d{4}|\(\d{3}\) ?\d{3}[-. ]\d{4})${notInNumber}`, 'uy'), read: readGroups },
  { name: 'nought first', class: 'telephone', at: 'digit', pattern: new RegExp(String.raw`0\d{2,4}([- ])\d{3,8}(?:\1\d{3,4}){0,2}${notInNumber}`, 'uy'), read: readGroups },
  { name: 'seven digits', class: 'telephone', at: 'digit', pattern: new RegExp(String.raw`\d{3}-\d{4}${notInNumber}`, 'uy'), read: (match, place) => (rangeCues.test(wordBefore(place)) ? undefined : readGroups(match, place)) },
  { name: 'three digits to call', class: 'telephone', at: 'digit', pattern: new RegExp(String.raw`[1-9]\d\d${notInNumber}`, 'uy'), read: ([written], place) => (/^(?:call|dial|ring|phone|text|calling|dialling|dialing|called|dialled|dialed)$/iu.test(wordBefore(place)) && /^(?:[1-9]11|999|112|988|101)$/u.test(written) ? digitByDigit(written) : undefined) },
  { name: 'postal code', class: 'verbatim', at: 'digit', pattern: new RegExp(String.raw`\d{5}(?:-\d{4})?${notInNumber}`, 'uy'), read: ([written], place) => (isPostal(place) ? spokenGroups(written, place.region, 'zero') : undefined) },
  { name: 'card number', class: 'verbatim', at: 'digit', pattern: new RegExp(String.raw`\d{4}(?:([ -])\d{4}(?:\1\d{4}){1,4})${notInNumber}`, 'uy'), ...verbatim },
  { name: 'number of an insured person', class: 'verbatim', at: 'digit', pattern: new RegExp(String.raw`\d{3}-\d\d-\d{4}${notInNumber}`, 'uy'), ...verbatim },
  { name: 'book number', class: 'verbatim', at: 'digit', pattern: new RegExp(String.raw`97[89]-?\d{1,5}-?\d{1,7}-?\d{1,7}-?[\dX]${notInNumber}`, 'uy'), read: ([written], { region }) => (written.replace(/\D/gu, '').length === 13 ? spokenGroups(written, region, 'zero') : undefined) },
];
