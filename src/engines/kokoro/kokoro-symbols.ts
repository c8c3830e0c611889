/**
 * espeak's IPA in the 114 symbols that Kokoro was trained on (those of misaki, https://github.com/hexgrad/misaki).
 * Rules run in order over a word whose units are joined by `_`, so that `a_ɪ` (two sounds) is not taken for `aɪ`.
 */
import type { KokoroLanguage } from './kokoro-voices.ts';

type Rule = readonly [from: RegExp, to: string];

const combiningTilde = '\u0303';
const syllabic = '\u0329';

/** Whole words, before anything else. espeak already picks the form that the next word calls for. */
const functionWords: readonly Rule[] = [[/^ð_ɪ$/u, 'ði']];

const englishUnits: readonly Rule[] = [
  [new RegExp(`ʔ_?ˌ?n${syllabic}`, 'gu'), 'ʔn'],
  [/aɪ/gu, 'I'],
  [/aʊ/gu, 'W'],
  [/dʒ/gu, 'ʤ'],
  [/eɪ/gu, 'A'],
  [/tʃ/gu, 'ʧ'],
  [/ɔɪ/gu, 'Y'],
  [/eə/gu, 'ɛː'],
  [/e/gu, 'A'],
  [/(?<=^|_|[ˈˌ])əl(?=_|$)/gu, 'ᵊl'],
  [/ʲ_?o/gu, 'jo'],
  [/ʲ_?ə/gu, 'jə'],
  [/ʲ/gu, ''],
  [/ɚ/gu, 'əɹ'],
  [/r/gu, 'ɹ'],
  [/[xç]/gu, 'k'],
  // The articles alone keep a symbol of their own.
  [/ɐ(?!$|_n$)|(?<!^)ɐ/gu, 'ə'],
  [/[ɬɫ]/gu, 'l'],
  [new RegExp(combiningTilde, 'gu'), ''],
  [new RegExp(`(\\P{M})${syllabic}`, 'gu'), 'ᵊ$1'],
];

const american: readonly Rule[] = [
  [/oʊ/gu, 'O'],
  [/_/gu, ''],
  [/ɝ|ɜːɹ|ɜː/gu, 'ɜɹ'],
  [/ɪə/gu, 'iə'],
  [/ː/gu, ''],
];

const british: readonly Rule[] = [
  [/iə/gu, 'ɪə'],
  [/əʊ/gu, 'Q'],
  [/oʊ/gu, 'Q'],
  [/_/gu, ''],
  [/ɝ/gu, 'ɜː'],
];

const englishEnd: readonly Rule[] = [
  // "bakery" has one r, and one that links words is there already.
  [/ɹɹ+/gu, 'ɹ'],
  [/o/gu, 'ɔ'],
  [/ɾ/gu, 'T'],
  [/ʔ/gu, 't'],
];

const other: readonly Rule[] = [
  [/aɪ/gu, 'I'],
  [/aʊ/gu, 'W'],
  [/eɪ/gu, 'A'],
  [/oʊ/gu, 'O'],
  [/əʊ/gu, 'Q'],
  [/ɔɪ/gu, 'Y'],
  [/dʒ/gu, 'ʤ'],
  [/tʃ/gu, 'ʧ'],
  [/dz/gu, 'ʣ'],
  [/ts/gu, 'ʦ'],
  [/ss/gu, 'S'],
  [new RegExp(`(\\P{M})${syllabic}`, 'gu'), 'ᵊ$1'],
  [/[_^-]/gu, ''],
];

const rulesOf: Readonly<Record<KokoroLanguage['dialect'], readonly Rule[]>> = {
  us: [...functionWords, ...englishUnits, ...american, ...englishEnd],
  gb: [...functionWords, ...englishUnits, ...british, ...englishEnd],
  other,
};

/** Marks of other scripts and typographies that Kokoro has under another sign; what is in neither is left out. */
const marks: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['.', '.。．।॥'],
    [',', ',，、،'],
    ['!', '!！'],
    ['?', '?？؟'],
    [';', ';；؛'],
    [':', ':：'],
    ['—', '—–‒―'],
    ['…', '…'],
    ['(', '([{（【《'],
    [')', ')]}）】》'],
    ['“', '“„‟«‹「『'],
    ['”', '”»›」』'],
    ['"', '"'],
  ].flatMap(([symbol, forms]) => Array.from(forms!, (form) => [form, symbol!])),
);

/** One word of espeak's units (`['h','ə','l','ˈoʊ']`) as Kokoro's symbols (`həlˈO`). */
export function kokoroWord(units: readonly string[], dialect: KokoroLanguage['dialect']): string {
  // Nasal vowels arrive composed or not; Kokoro has the tilde and ç as signs of their own, and U+0261 for g.
  let word = units.join('_').normalize('NFD').replaceAll('c\u0327', 'ç').replaceAll('g', 'ɡ');
  for (const [from, to] of rulesOf[dialect]) word = word.replace(from, to);
  return word;
}

/** Kokoro's sign for a punctuation mark; undefined for one that has no sound there (`¿`, `¡`). */
export function kokoroMark(mark: string): string | undefined {
  return marks[mark];
}
