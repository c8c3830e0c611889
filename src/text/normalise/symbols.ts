/** Signs that stand for a word. */
import type { Place, Rule } from './rule.ts';

/** With blanks around. */
const said: Readonly<Record<string, string>> = {
  '&': 'and', '+': 'plus', '=': 'equals', '×': 'times', '÷': 'divided by', '±': 'plus or minus', '∓': 'minus or plus',
  '≠': 'is not equal to', '≈': 'is approximately', '≡': 'is identical to', '∞': 'infinity', '√': 'the square root of', '∑': 'the sum of', '∏': 'the product of', '∫': 'the integral of',
  '∂': 'partial', '∈': 'is in', '∉': 'is not in', '∩': 'and', '∪': 'or', '⊂': 'is a subset of', '∅': 'the empty set', '∀': 'for all', '∃': 'there exists', '∴': 'therefore', '∵': 'because', '∝': 'is proportional to',
  '→': 'to', '⇒': 'implies', '←': 'from', '↔': 'to and from', '⇔': 'if and only if', '↑': 'up', '↓': 'down', '%': 'percent', '‰': 'per mille', '°': 'degrees', '§': 'section', '¶': 'paragraph',
  '©': 'copyright', '№': 'number', '℃': 'degrees Celsius', '℉': 'degrees Fahrenheit', 'Ω': 'ohms', '℮': 'estimated', '¬': 'not', '∧': 'and', '∨': 'or', '\\': 'backslash', '†': 'dagger', '¢': 'cents', '⁄': 'over',
};

function readNamed([sign]: RegExpExecArray, { text, at }: Place): string | undefined {
  // An arrow before everything is a bullet.
  if (at === 0 && /[→⇒]/u.test(sign)) return '';
  return apart(said[sign[0]!]!, text, at, at + sign.length);
}

/** With a blank on either side that has none. */
function apart(words: string, text: string, start: number, end: number): string {
  const before = text[start - 1] ?? ' ';
  const after = text[end] ?? ' ';
  return `${/[\s([{"'“‘]/u.test(before) ? '' : ' '}${words}${/[\s.,;:!?)\]}"'”’]/u.test(after) ? '' : ' '}`;
}

function isBetween(text: string, at: number, length: number, kind: RegExp): boolean {
  return kind.test(text[at - 1] ?? '') && kind.test(text[at + length] ?? '');
}

const wordChar = /[\p{L}\p{N}]/u;

/** "5 > 3" and ">90%"; elsewhere it is a bracket of markup, left alone. */
function readComparison([written, sign, equals]: RegExpExecArray, { text, at }: Place): string | undefined {
  const before = text.slice(Math.max(0, at - 2), at);
  const after = text.slice(at + written.length, at + written.length + 2);
  const isSpaced = /\s/u.test(before.at(-1) ?? '') && /^\s/u.test(after);
  const isNumeric = /^\s?[$£€]?[\d.−-]/u.test(after);
  const isOr = equals !== undefined || sign === '≤' || sign === '≥';
  if (!isNumeric && !isSpaced && !/[≤≥]/u.test(sign!)) return undefined;
  const follows = /[\p{L}\p{N})%]\s?$/u.test(before);
  const name = sign === '>' || sign === '≥' ? 'greater than' : 'less than';
  const isVerbBefore = /\b(?:is|are|was|were|be|Is|Are)\s(?:\p{L}{1,12}\s)?$|\b(?:of|with|at|for)\s$/u.test(text.slice(Math.max(0, at - 20), at));
  return apart(`${follows && isSpaced && !isVerbBefore ? 'is ' : ''}${name}${isOr ? ' or equal to' : ''}`, text, at, at + written.length);
}

export const symbolRules: readonly Rule[] = [
  { name: 'and in the middle', class: 'symbols', at: { symbols: '\'’‘' }, pattern: /['’‘]n['’]?(?![\p{L}\d])/uiy, read: (_, { text, at }) => (/[\s]/u.test(text[at - 1] ?? '') ? 'and' : undefined) },
  { name: 'number sign', class: 'symbols', at: { symbols: '#' }, pattern: /#\s?(?=\d)/uy, read: (_, { text, at }) => (wordChar.test(text[at - 1] ?? ' ') ? undefined : 'number ') },
  { name: 'about', class: 'symbols', at: { symbols: '~≈∼' }, pattern: /[~≈∼]\s?(?=[$£€¥+−-]?\.?\d)/uy, read: (_, { text, at }) => (/[\s(]/u.test(text[at - 1] ?? ' ') && !/[\p{L}\d]\s$/u.test(text.slice(Math.max(0, at - 2), at)) || /\p{L}{2}\s$/u.test(text.slice(Math.max(0, at - 3), at)) ? 'about ' : undefined) },
  { name: 'arrow of signs', class: 'symbols', at: { symbols: '-=<' }, pattern: /<?[-=]{1,2}>|<-(?=\s)/uy, read: ([written], { text, at }) => (isBetween(text, at, written.length, /^$|[\s\p{L}\p{N}()\]]/u) ? apart(written.startsWith('<') ? (written.endsWith('>') ? 'to and from' : 'from') : 'to', text, at, at + written.length) : undefined) },
  { name: 'equal or not', class: 'symbols', at: { symbols: '!=' }, pattern: /(?:!==?|===?)(?=\s)/uy, read: ([written], { text, at }) => (/\s/u.test(text[at - 1] ?? '') ? (written.startsWith('!') ? 'is not equal to' : 'equals') : undefined) },
  { name: 'greater or less', class: 'symbols', at: { symbols: '<>≤≥' }, pattern: /([<>≤≥])(=)?/uy, read: readComparison },
  { name: 'times', class: 'symbols', at: { symbols: '*⋅·' }, pattern: /\s?[*⋅·]\s?(?=[\p{L}\p{N}(])/uy, read: ([written], { text, at }) => (/(?:[\d)]|(?:^|\P{L})\p{L})\s?$/u.test(text.slice(Math.max(0, at - 3), at)) && /^(?:[\d(]|\p{L}(?!\p{L}))/u.test(text.slice(at + written.length, at + written.length + 2)) ? ' times ' : undefined) },
  { name: 'by', class: 'symbols', at: { words: ['x'] }, pattern: /x(?=\s\d)/uy, read: (_, { text, at }) => (/\d\s?(?:in|cm|mm|m|ft|['"′″])?\.?\s$/u.test(text.slice(Math.max(0, at - 6), at)) ? 'by' : undefined) },
  { name: 'slash', class: 'symbols', at: { symbols: '/' }, pattern: /\//uy, read: (_, { text, at }) => (isBetween(text, at, 1, wordChar) && !isBetween(text, at, 1, /\d/u) ? ' ' : undefined) },
  { name: 'underscore', class: 'symbols', at: { symbols: '_' }, pattern: /_{1,8}/uy, read: ([written], { text, at }) => (isBetween(text, at, written.length, wordChar) ? ' ' : undefined) },
  { name: 'hyphen before figures', class: 'symbols', at: { symbols: '-‐‑–' }, pattern: /[-‐‑–]/uy, read: (_, { text, at }) => (/\p{L}/u.test(text[at - 1] ?? '') && /\d/u.test(text[at + 1] ?? '') ? ' ' : undefined) },
  { name: 'mark of a trade', class: 'symbols', at: { symbols: '™®℠' }, pattern: /[™®℠]/uy, read: ([sign], { text, at }) => (wordChar.test(text[at - 1] ?? ' ') ? '' : sign === '®' ? 'registered' : 'trademark') },
  { name: 'sign', class: 'symbols', at: { symbols: Object.keys(said).join('') }, pattern: new RegExp(`&{1,2}|[${Object.keys(said).join('').replace('\\', '\\\\')}]`, 'uy'), read: readNamed },
];
