/** Reads a sentence as a person would: numbers, dates, money, addresses and the like become words. */
import { joinAligned, sliceAligned, sourceSpan, standingFor } from '../aligned-text.ts';
import type { AlignedText } from '../aligned-text.ts';
import { mayBeEmoji } from './emoji.ts';
import { normaliseOther } from './other-languages.ts';
import { isLast } from './rule.ts';
import type { Place, Region, Rule } from './rule.ts';
import { digitRules, emojiRules, rulesBySymbol, rulesByWord, unplainRules } from './rules.ts';

/** BCP 47; British habits hold wherever English is written with days before months. */
export function regionOf(locale: string): Region {
  const isBritish = /^en-(?:gb|uk|au|ie|in|nz|za|sg|hk|ng|ke|gh|jm|mt|scotland|x)/iu.test(locale.replace('_', '-'));
  return { isBritish, numbers: { and: isBritish } };
}

/**
 * What is said for a sentence of clean text. English is read in full; other languages get only what is safe in them.
 * Idempotent. Linear in the length: every rule looks at a bounded stretch and nothing is looked at twice by one rule.
 */
export function normaliseSentence(sentence: AlignedText, { locale }: { locale: string }): AlignedText {
  if (!/^en(?:[-_]|$)/iu.test(locale)) return normaliseOther(sentence, locale);
  return walk(sentence, regionOf(locale));
}

/** A rule's answer: what is said for the text up to `end`. */
type Reading = { readonly said: string; readonly end: number };

function walk(sentence: AlignedText, region: Region): AlignedText {
  const { text } = sentence;
  const parts: AlignedText[] = [];
  let done = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x2c) {
      at++;
      continue;
    }
    let next = at + 1;
    let reading: Reading | undefined;
    if (isDigit(code)) {
      reading = firstOf(digitRules, { text, at, region });
    } else if (isLetterAt(text, at, code)) {
      next = wordEnd(text, at);
      reading = readWord({ text, at, region }, next);
    } else {
      if (code >= 0xd800 && code < 0xdc00) next = at + 2;
      reading = readSymbol({ text, at, region });
    }
    if (reading === undefined) {
      at = next;
      continue;
    }
    // What stands apart by a comma takes the blank's place.
    const start = reading.said.startsWith(',') && text[at - 1] === ' ' && at > done ? at - 1 : at;
    if (start > done) parts.push(sliceAligned(sentence, done, start));
    parts.push(standingFor(spaced(text, start, reading), sourceSpan(sentence, { start, end: reading.end })));
    done = reading.end;
    at = reading.end;
  }
  if (parts.length === 0) return sentence;
  if (done < text.length) parts.push(sliceAligned(sentence, done, text.length));
  return joinAligned(parts);
}

function readWord(place: Place, end: number): Reading | undefined {
  const { text, at } = place;
  const word = text.slice(at, end);
  const keyed = rulesByWord.get(word);
  const reading = keyed && firstOf(keyed, place);
  if (reading !== undefined) return reading;
  return isUnplain(text, at, end) ? firstOf(unplainRules, place) : undefined;
}

function readSymbol(place: Place): Reading | undefined {
  const { text, at } = place;
  const char = String.fromCodePoint(text.codePointAt(at)!);
  const known = rulesBySymbol.get(char);
  const reading = known && firstOf(known, place);
  if (reading !== undefined) return reading;
  return char > '\u00A8' && mayBeEmoji.test(char) ? firstOf(emojiRules, place) : undefined;
}

function firstOf(rules: readonly Rule[], place: Place): Reading | undefined {
  for (const { pattern, read } of rules) {
    pattern.lastIndex = place.at;
    const match = pattern.exec(place.text);
    if (match === null || match[0] === '') continue;
    const said = read(match, place);
    if (said === undefined) continue;
    const end = place.at + match[0].length;
    if (said === match[0]) return undefined;
    return { said, end };
  }
  return undefined;
}

/** Keeps what is said apart from a letter or digit next to it, and gives the sentence its stop back. */
function spaced(text: string, at: number, { said, end }: Reading): string {
  const isJoined = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{Nd}]/u.test(char);
  const before = at > 0 && isJoined(text[at - 1]) && isJoined(said[0]) ? ' ' : '';
  const after = isJoined(text[end]) && isJoined(said.at(-1)) ? ' ' : '';
  const stop = text[end - 1] === '.' && !said.endsWith('.') && isLast(text, end) ? '.' : '';
  return before + said + stop + after;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const letter = /\p{L}/u;

function isLetterAt(text: string, at: number, code: number): boolean {
  if (code < 0x80) return isAsciiLetter(code);
  return letter.test(String.fromCodePoint(text.codePointAt(at)!));
}

function isAsciiLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

const wordPart = /[\p{L}\p{M}]/u;

function wordEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (isAsciiLetter(code)) end++;
    else if (code < 0x80) break;
    else {
      const char = String.fromCodePoint(text.codePointAt(end)!);
      if (!wordPart.test(char)) break;
      end += char.length;
    }
  }
  return Math.max(end, at + 1);
}

const bonds = new Set(Array.from('.@:/#+-_&\\²³0123456789'));

/** Capitals behind the first letter, or a mark or digit bound to its end: worth the rules for words. */
function isUnplain(text: string, at: number, end: number): boolean {
  const next = text[end];
  if (next !== undefined && bonds.has(next) && (next !== '.' || end + 1 < text.length)) return true;
  for (let i = at + 1; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a) return true;
  }
  return next === ' ' && end - at === 1 && text[end + 1] === '&';
}
