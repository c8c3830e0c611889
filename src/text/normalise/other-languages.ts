/** What is safe in languages other than English: addresses in words, and signs that espeak passes over in silence. */
import { replaceAligned } from '../aligned-text.ts';
import type { AlignedText } from '../aligned-text.ts';

type Words = {
  readonly at: string;
  readonly dot: string;
  readonly slash: string;
  readonly hyphen: string;
  readonly underscore: string;
  readonly less: string;
  readonly greater: string;
  readonly to: string;
};

const byLanguage: Readonly<Record<string, Words>> = {
  de: { at: 'ät', dot: 'Punkt', slash: 'Schrägstrich', hyphen: 'Bindestrich', underscore: 'Unterstrich', less: 'kleiner als', greater: 'größer als', to: 'nach' },
  fr: { at: 'arobase', dot: 'point', slash: 'slash', hyphen: 'tiret', underscore: 'tiret bas', less: 'inférieur à', greater: 'supérieur à', to: 'vers' },
  es: { at: 'arroba', dot: 'punto', slash: 'barra', hyphen: 'guion', underscore: 'guion bajo', less: 'menor que', greater: 'mayor que', to: 'a' },
  it: { at: 'chiocciola', dot: 'punto', slash: 'barra', hyphen: 'trattino', underscore: 'trattino basso', less: 'minore di', greater: 'maggiore di', to: 'a' },
  pt: { at: 'arroba', dot: 'ponto', slash: 'barra', hyphen: 'hífen', underscore: 'sublinhado', less: 'menor que', greater: 'maior que', to: 'para' },
};

const label = String.raw`[\p{L}\d](?:[\p{L}\d-]{0,61}[\p{L}\d])?`;
const host = String.raw`${label}(?:\.${label}){1,6}`;
/** It begins where no letter or digit stands before, so that a long word is looked at once. */
const address = new RegExp(
  String.raw`(?<![\p{L}\d._%+@/-])(?:(?:mailto:)?([\p{L}\d](?:[\p{L}\d._%+\-]{0,62}[\p{L}\d_%+\-])?@${host})|https?:\/\/((?=[\p{L}\d])[^\s<>"'“”«»]{0,400}[^\s<>"'“”«».,;:!?)\]}])|(www\.${host}(?:\/[\p{L}\d/_~%.\-]{0,400}[\p{L}\d/])?))`,
  'giu',
);
const comparison = /(?<=[\p{L}\d)%]\s)[<>](?=\s[\p{L}\d(−-])/gu;
const arrow = /(?<=\s)(?:→|->)(?=\s)/gu;

/** The sentence itself where the language is not known here, or nothing of this is in it. */
export function normaliseOther(sentence: AlignedText, locale: string): AlignedText {
  const words = byLanguage[locale.toLowerCase().split(/[-_]/u)[0] ?? ''];
  if (words === undefined || !/[@<>→/]|www\./iu.test(sentence.text)) return sentence;
  let said = replaceAligned(sentence, address, ([, email, url, www]) => spokenAddress(email ?? url ?? www!, words));
  said = replaceAligned(said, comparison, ([sign]) => (sign === '<' ? words.less : words.greater));
  return replaceAligned(said, arrow, () => words.to);
}

function spokenAddress(written: string, words: Words): string {
  const marks: Readonly<Record<string, string>> = { '@': words.at, '.': words.dot, '/': words.slash, '-': words.hyphen, _: words.underscore };
  const bare = written.replace(/^www\./iu, '').replace(/\/$/u, '');
  return bare.split(/([^\p{L}\p{M}\d])/u).filter((part) => part !== '').map((part) => marks[part] ?? part).join(' ');
}
