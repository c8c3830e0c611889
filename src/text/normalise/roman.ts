/** Roman numerals: behind a name ("Henry VIII"), behind what is numbered ("Chapter IV"), or lower case in brackets. */
import { cardinal, ordinal } from './number-words.ts';
import { isLast, wordBefore } from './rule.ts';
import type { Place, Rule } from './rule.ts';

const values: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 };
const wellFormed = /^(?=.)M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})$/u;

/** 1…3999; undefined for what is none. */
export function romanValue(written: string): number | undefined {
  if (!wellFormed.test(written)) return undefined;
  return Array.from(written).reduce((sum, letter, i, all) => sum + (values[letter]! < (values[all[i + 1] ?? ''] ?? 0) ? -values[letter]! : values[letter]!), 0);
}

/** Numbered as "the fourth". */
const rulers = new Set(
  ('Henry Louis Edward George William Charles James Richard Elizabeth Mary John Paul Pius Benedict Gregory Leo Clement Innocent Urban Alexander Nicholas Catherine Peter Frederick ' +
    'Wilhelm Philip Ferdinand Francis Napoleon Otto Ivan Ramses Ramesses Ptolemy Darius Xerxes Cleopatra Gustav Christian Haakon Harald Olaf Olav Carl Karl Victor Emmanuel Umberto Carlos Felipe ' +
    'Alfonso Pedro Manuel Leopold Albert Victoria Margaret Margrethe Robert David Malcolm Sixtus Boniface Adrian Celestine Eugene Julius Stephen Constantine Theodosius Justinian Murad ' +
    'Mehmed Selim Suleiman Mohammed Hassan Abdullah Rama Anne Rudolf Sigismund Maximilian Joseph Matthias Casimir Augustus Amenhotep Thutmose Seti Tutankhamun Cyrus Artaxerxes Antiochus ' +
    'Baldwin Conrad Franz Isabella Joan Juan Hussein Faisal Farouk Akihito Zog Tsar King Queen Pope Emperor').split(' '),
);
/** Numbered as "four". */
const numbered = new Set(
  ('Chapter Part Volume War Act Scene Section Book Article Title Type Phase Stage Level Class Grade Appendix Figure Table Bowl Mark Mk Division Group Category Factor Annex Apollo Gemini ' +
    'Schedule Tier Step Unit Lesson Round Episode Season Canto Psalm Symphony Sonata Opus Plate Corps Area Form Model Series Psalm Corinthians Kings Samuel Peter').split(' '),
);
const common = new Set('II III IV VI VII VIII IX XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI'.split(' '));
/** Words with a capital that a numeral never follows: "The IV drip". */
const notNames = new Set('The A An This That His Her My Our Your Their In On At For From With By To Of And Or But If Is Are No Not When Where An Some Any Each'.split(' '));
const afterRuler = /^\s(?:of|was|is|and|in|who|had|died|ruled|reigned|became|to|on|by|at|for|came|made|did|from|as)\b/u;

function readNumeral([written]: RegExpExecArray, place: Place): string | undefined {
  const value = romanValue(written);
  if (value === undefined) return undefined;
  const { text, region } = place;
  const end = place.at + written.length;
  const digits = String(value);
  if (/^\s(?:century|centuries|Century|Olympi|Congress|Corps|Winter|Summer)/u.test(text.slice(end, end + 12)) && written.length > 1) return ordinal(digits, region.numbers);
  const before = wordBefore(place);
  const isMark = /^[\s.,;:!?)'’"”\]–—-]|^$/u.test(text.slice(end, end + 1));
  if (!isMark) return undefined;
  if (numbered.has(before) && before !== 'Peter') return written === 'I' && /^\s(?:am|was|have|had|will|would|think|know|can)\b/u.test(text.slice(end, end + 8)) ? undefined : cardinal(digits, region.numbers);
  if (rulers.has(before)) {
    const isSure = written.length > 1 || isLast(text, end) || /^['’,;:)]/u.test(text.slice(end, end + 1)) || afterRuler.test(text.slice(end, end + 12));
    return isSure ? `the ${ordinal(digits, region.numbers)}` : undefined;
  }
  if (!common.has(written) || !/^\p{Lu}[\p{Ll}'’]+$/u.test(before) || notNames.has(before)) return undefined;
  return cardinal(digits, region.numbers);
}

function readBracketed([, written]: RegExpExecArray, { region }: Place): string | undefined {
  const value = romanValue(written!.toUpperCase());
  return value === undefined ? undefined : `(${cardinal(String(value), region.numbers)})`;
}

const words: string[] = [];
for (let value = 1; value <= 89; value++) words.push(toRoman(value));

function toRoman(value: number): string {
  const steps: readonly (readonly [number, string])[] = [[50, 'L'], [40, 'XL'], [10, 'X'], [9, 'IX'], [5, 'V'], [4, 'IV'], [1, 'I']];
  let rest = value;
  let written = '';
  for (const [step, letter] of steps) {
    while (rest >= step) {
      written += letter;
      rest -= step;
    }
  }
  return written;
}

export const romanRules: readonly Rule[] = [
  { name: 'Roman numeral', class: 'roman', at: { words }, pattern: /[IVXL]{1,9}(?![\p{L}\d])/uy, read: readNumeral },
  { name: 'Roman numeral in brackets', class: 'roman', at: { symbols: '(' }, pattern: /\((i{2,3}|iv|vi{1,3}|ix|xi{1,3})\)/uy, read: readBracketed },
  { name: 'Roman page', class: 'roman', at: { words: ['p', 'pp', 'page', 'pages'] }, pattern: /(p|pp|pages?)\.?\s([ivxl]{1,8})(?![\p{L}\d])/uy, read: ([, name, written], { region }) => (romanValue(written!.toUpperCase()) === undefined ? undefined : `${name!.startsWith('pp') || name === 'pages' ? 'pages' : 'page'} ${cardinal(String(romanValue(written!.toUpperCase())), region.numbers)}`) },
];
