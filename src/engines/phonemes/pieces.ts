/** Cuts one sentence at its punctuation: espeak drops punctuation, and models need it back where it stood. */
import { abbreviationsFor } from '../../text/abbreviations.ts';
import type { Span } from '../../text/aligned-text.ts';

/** A word for espeak, and where in the text it stood. */
export type PieceWord = Span & {
  readonly value: string;
  /** The sounds that its caller gave it, words of units; `value` then only shows espeak what stands there. */
  readonly given?: GivenSounds;
};

export type GivenSounds = readonly (readonly string[])[];

export type TextPiece = {
  readonly kind: 'words' | 'punctuation';
  /** Words: text for espeak (dots of abbreviations removed). Punctuation: one mark; three dots come as `…`. */
  readonly value: string;
  /** UTF-16 offsets into the text that was cut. */
  readonly start: number;
  readonly end: number;
  /** Words: `value` cut at its blanks. Empty for punctuation. */
  readonly words: readonly PieceWord[];
};

const punctuation = new Set('.,;:!?…—–‒―()[]{}"“”„‟«»‹›¿¡。！？、，；：．「」『』（）【】《》،؟؛।॥');
const dashes = new Set('-‐‑');
/** Marks that belong to a word or number when letters or digits stand on both sides: 3.14, 1,000, 3:05, a.k.a. */
const innerMarks = new Set('.,:');

/**
 * Punctuation comes as single pieces, the text between as trimmed, never empty pieces of words; blanks are in
 * neither, but the offsets tell where they were. A dot inside a word or number, of an initial, or of a known
 * abbreviation in mid-sentence is no punctuation: a voice must not pause after "Dr.".
 */
export function cutAtPunctuation(text: string, locale = 'en'): TextPiece[] {
  const kindOf = abbreviationsFor(locale);
  const pieces: TextPiece[] = [];
  let words = '';
  /** Where in the text each character of `words` stood. */
  let origins: number[] = [];
  let wordsStart = 0;
  const flush = (end: number): void => {
    const found = Array.from(words.matchAll(/\S+/gu), (match) => ({ value: match[0], start: origins[match.index]!, end: origins[match.index + match[0].length - 1]! + 1 }));
    if (found.length > 0) {
      const value = found.map((word) => word.value).join(' ');
      pieces.push({ kind: 'words', value, start: found[0]!.start, end: wordsStart + text.slice(wordsStart, end).trimEnd().length, words: found });
    }
    words = '';
    origins = [];
  };
  for (let i = 0; i < text.length; ) {
    const mark = markAt(text, i, kindOf);
    if (mark === undefined) {
      words += text[i];
      origins.push(i);
      i++;
      continue;
    }
    if (mark.value === '') {
      // A silent dot: it only kept the abbreviation apart from what follows.
      i += mark.length;
      continue;
    }
    flush(i);
    pieces.push({ kind: 'punctuation', value: mark.value, start: i, end: i + mark.length, words: [] });
    i += mark.length;
    wordsStart = i;
  }
  flush(text.length);
  return pieces;
}

type Mark = { readonly value: string; readonly length: number };

function markAt(text: string, i: number, kindOf: ReturnType<typeof abbreviationsFor>): Mark | undefined {
  const char = text[i]!;
  if (char === '-' || dashes.has(char)) return spacedDash(text, i);
  if (!punctuation.has(char)) return undefined;
  if (char === '.') {
    const dots = /^\.{2,}|^\.(?: \.){2,}/u.exec(text.slice(i, i + 12))?.[0];
    if (dots !== undefined) return { value: '…', length: text.slice(i).match(/^[. ]*\./u)![0].length };
  }
  if (innerMarks.has(char) && isInsideWord(text, i)) return undefined;
  if (char === '.') return dotAt(text, i, kindOf);
  return { value: char, length: 1 };
}

/** " - " and "--" are dashes; the hyphen of "well-known" and of "-5" is part of the word. */
function spacedDash(text: string, i: number): Mark | undefined {
  const run = /^[-‐‑]+/u.exec(text.slice(i, i + 64))![0].length;
  const before = text[i - 1];
  const after = text[i + run];
  const isFree = (before === undefined || /\s/u.test(before)) && (after === undefined || /\s/u.test(after));
  return run > 1 || isFree ? { value: '—', length: run } : undefined;
}

function isInsideWord(text: string, i: number): boolean {
  const before = text[i - 1] ?? ' ';
  const after = text[i + 1] ?? ' ';
  if (text[i] === '.') return /[\p{L}\p{N}]/u.test(after) && (/[\p{L}\p{N}]/u.test(before) || /\d/u.test(after));
  return /\d/u.test(before) && /\d/u.test(after);
}

function dotAt(text: string, i: number, kindOf: ReturnType<typeof abbreviationsFor>): Mark | undefined {
  const word = /[\p{L}\p{M}\p{N}.]+$/u.exec(text.slice(Math.max(0, i - 24), i))?.[0] ?? '';
  const isLast = !/[\p{L}\p{N}]/u.test(text.slice(i + 1));
  // espeak knows "e.g." and "p.m." by their dots, but takes the dot of "Dr." for the end of a clause.
  const keepsDots = word.includes('.') && /^(?:\p{L}{1,2}\.)+\p{L}{1,2}$/u.test(word);
  if (isLast) return { value: '.', length: 1 };
  if (keepsDots) return undefined;
  const isInitial = /^\p{Lu}$/u.test(word);
  return kindOf(word) !== undefined || isInitial ? { value: '', length: 1 } : { value: '.', length: 1 };
}
