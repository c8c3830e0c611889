/** Brings text from outside into the one form that the rest of the house reads; no word is ever dropped. */
import { alignedText, sliceAligned } from './aligned-text.ts';
import type { AlignedText } from './aligned-text.ts';

/** Terminal colour and cursor sequences; their letters would be read aloud. */
const escapeSequences = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B\n]{0,256}(?:\u0007|\u001B\\))/gu;
const lineBreaks = /\r\n?|[\u0085\u000B\u000C\u2028]/gu;
const controls = /[\u0000-\u0008\u000E-\u001F\u007F-\u009F]/gu;
/** Zero-width, bidi and soft-hyphen marks, and noncharacters: invisible, and they split words for espeak. */
const invisible = /[\u00AD\u034F\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFDD0-\uFDEF\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF]/gu;
/** Joiners carry meaning only inside Indic, Arabic-script and Khmer/Myanmar words and emoji sequences. */
const strayJoiners = /(?<![\p{M}\p{scx=Arab}\p{scx=Mong}\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])[\u200C\u200D]|[\u200C\u200D](?=[\p{scx=Latn}\s]|$)/gu;
/** Flags of regions use tag characters; anywhere else they are a way to hide text from a reader. */
const tagRuns = /\u{1F3F4}?[\u{E0000}-\u{E007F}]+/gu;
const strayVariants = /(?<![\p{Extended_Pictographic}\p{Emoji}\p{scx=Han}\p{scx=Mong}])[\uFE00-\uFE0F]/gu;
/**
 * Forms that mean the same as their plain letters: full- and half-width, ligatures, mathematical and circled
 * letters, Roman numerals, Arabic presentation forms. Not ², ½, ™ or №, whose NFKC form reads differently
 * (`x²` would become `x2`), and not full-width stops, which end sentences without a blank behind them.
 */
const compatibility =
  /[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A\uFF02-\uFF07\uFF0A\uFF0B\uFF0D\uFF0F\uFF1C-\uFF1E\uFF20\uFF3B-\uFF40\uFF5B-\uFF5E\uFFE0-\uFFE6]|[\uFF61-\uFFDC]+|[\uFB00-\uFB06\uFB13-\uFB17\uFB50-\uFDCF\uFDF0-\uFDFB\uFE70-\uFEFC]|[\u2160-\u2188\u24B6-\u24E9\u2102\u210A-\u2113\u2115\u2119-\u211D\u2124\u2128\u212A-\u2134]|[\u{1D400}-\u{1D7FF}]/gu;
const wideMarksInNumbers = /(?<=\d)[．，：](?=\d)/gu;

type Step = readonly [pattern: RegExp, said: string | ((found: string) => string)];

const beforeComposing: readonly Step[] = [
  [escapeSequences, ' '],
  [lineBreaks, '\n'],
  [/\u2029/gu, '\n\n'],
  [controls, (char) => (char === '\n' || char === '\t' ? char : ' ')],
  [invisible, ''],
  [strayJoiners, ''],
  [tagRuns, (run) => (run.startsWith('\u{1F3F4}') ? run : '')],
  [strayVariants, ''],
  [/[\uFFFD\p{Co}]/gu, ' '],
  [compatibility, (form) => form.normalize('NFKC')],
];
const afterComposing: readonly Step[] = [
  [wideMarksInNumbers, (mark) => mark.normalize('NFKC')],
  [/[\t\p{Zs}]+/gu, ' '],
  [/ ?\n ?/gu, '\n'],
  [/\n{3,}/gu, '\n\n'],
];

/**
 * - lone surrogates, private-use characters and controls become blanks (never joining two words);
 * - zero-width, bidi and other invisible marks go, except joiners where a script or emoji needs them;
 * - every kind of blank becomes one space, every kind of line break `\n`; at most one empty line in a row;
 * - compatibility forms become plain letters where that changes no meaning, then NFC (espeak loses NFD accents).
 *
 * Idempotent. Linear in the length. The result may be empty.
 */
export function cleanText(text: string): string {
  const take = (from: string, [pattern, said]: Step): string => (typeof said === 'string' ? from.replace(pattern, said) : from.replace(pattern, said));
  const composed = beforeComposing.reduce(take, text.toWellFormed()).normalize('NFC');
  return afterComposing.reduce(take, composed).trim();
}

/** The same text as `cleanText` gives, each character aligned to the raw source. A few times as slow where much changes. */
export function cleanAligned(text: string): AlignedText {
  const take = (from: AlignedText, [pattern, said]: Step): AlignedText => replaceMany(from, matchesOf(from.text, pattern, said));
  const composed = composeAligned(beforeComposing.reduce(take, alignedText(text.toWellFormed())));
  const cleaned = afterComposing.reduce(take, composed);
  const start = cleaned.text.length - cleaned.text.trimStart().length;
  return sliceAligned(cleaned, start, Math.max(start, cleaned.text.trimEnd().length));
}

/** Nothing composes across the edge between two plain ASCII characters, nor before one. */
const composable = /[\0-\x7F]?[^\0-\x7F]+/gu;
/** A letter, or the parts of a Korean syllable, with the marks behind it. */
const cluster = /(?:[\u1100-\u115F]+[\u1160-\u11A7]*[\u11A8-\u11FF]*|\P{M})?\p{M}*/gu;

/** What stands between `start` and `end` becomes `said`. */
type Change = { readonly start: number; readonly end: number; readonly said: string };

function matchesOf(text: string, pattern: RegExp, said: Step[1]): Change[] {
  const changes: Change[] = [];
  // Not matchAll: floods of small matches are what this function meets, and each would be an array.
  text.replace(pattern, (found: string, ...rest: unknown[]) => {
    const start = rest.find((value) => typeof value === 'number')!;
    const becomes = typeof said === 'string' ? said : said(found);
    if (becomes !== found) changes.push({ start, end: start + found.length, said: becomes });
    return found;
  });
  return changes;
}

/** `replaceAligned` for changes by the hundred thousand: no object for what stays. */
function replaceMany(aligned: AlignedText, changes: readonly Change[]): AlignedText {
  if (changes.length === 0) return aligned;
  const { text } = aligned;
  const length = changes.reduce((sum, { start, end, said }) => sum + said.length - (end - start), text.length);
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  const parts: string[] = [];
  let from = 0;
  let at = 0;
  const keep = (to: number): void => {
    parts.push(text.slice(from, to));
    for (; from < to; from++, at++) {
      starts[at] = aligned.starts[from]!;
      ends[at] = aligned.ends[from]!;
    }
  };
  for (const { start, end, said } of changes) {
    keep(start);
    parts.push(said);
    for (let i = 0; i < said.length; i++, at++) {
      starts[at] = aligned.starts[start]!;
      ends[at] = aligned.ends[end - 1]!;
    }
    from = end;
  }
  keep(text.length);
  return { text: parts.join(''), starts, ends };
}

/** NFC that keeps the alignment, letter by letter where letters compose by themselves. */
function composeAligned(aligned: AlignedText): AlignedText {
  const { text } = aligned;
  if (text.normalize('NFC') === text) return aligned;
  const changes: Change[] = [];
  for (const { 0: run, index } of text.matchAll(composable)) {
    const composed = run.normalize('NFC');
    if (composed === run) continue;
    const letters = run.match(cluster)!.filter((letter) => letter !== '');
    const isByLetter = letters.map((letter) => letter.normalize('NFC')).join('') === composed;
    let start = index;
    for (const letter of isByLetter ? letters : [run]) {
      const said = letter.normalize('NFC');
      if (said !== letter) changes.push({ start, end: start + letter.length, said });
      start += letter.length;
    }
  }
  return replaceMany(aligned, changes);
}
