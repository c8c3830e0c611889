/** Reads a pronunciation lexicon (W3C PLS 1.0) as dictionary entries. */
import { AntiphonError } from '../../errors.ts';
import { problemAt, readXml, shownName, type XmlTag } from '../ssml/xml-events.ts';
import { checkEntry, maxEntries, type DictionaryEntry } from './dictionary-entry.ts';
import { toIpa } from './phonetic-alphabets.ts';

export const maxPlsCharacters = 1_048_576;
const limits = { param: 'body', maxCharacters: maxPlsCharacters, maxDepth: 10 };

/** By tag: where it may stand. `metadata` and `example` may hold anything, which is passed over. */
const parents: Readonly<Record<string, string>> = { lexicon: '', meta: 'lexicon', metadata: 'lexicon', lexeme: 'lexicon', grapheme: 'lexeme', phoneme: 'lexeme', alias: 'lexeme', example: 'lexeme' };

type Says = DictionaryEntry['says'];
type Lexeme = { readonly tag: XmlTag; readonly language: string | undefined; readonly graphemes: string[]; chosen: Says | undefined; isPreferred: boolean };

/**
 * One entry for each spelling, in any case of letters. Of several pronunciations the preferred one counts, else the
 * first; of several lexemes with the same spelling the first. Roles (`role="claws:VVI"`) are passed over. Errors:
 * input_too_long beyond 1 MB; input_invalid (param `body`) with line and column.
 */
export function parsePls(xml: string): DictionaryEntry[] {
  const entries = new Map<string, DictionaryEntry>();
  const open: XmlTag[] = [];
  let alphabet = 'ipa';
  let language: string | undefined;
  let lexeme: Lexeme | undefined;
  let written = '';
  const refuse = ({ start }: { start: number }, problem: string): AntiphonError => problemAt(xml, start, problem, limits.param);
  const isPassedOver = (): boolean => open.some(({ name }) => name === 'metadata' || name === 'example');

  const finishLexeme = ({ tag, graphemes, chosen, language: own }: Lexeme): void => {
    if (graphemes.length === 0) throw refuse(tag, '<lexeme> needs a <grapheme>, the word as it is written');
    if (chosen === undefined) throw refuse(tag, '<lexeme> needs a <phoneme> or an <alias>');
    for (const word of graphemes) {
      const entry = placed(() => checkEntry({ word, ...(own === undefined ? {} : { language: own }), says: chosen }), (problem) => refuse(tag, problem));
      const key = `${entry.language}\n${entry.word.toLowerCase()}`;
      if (!entries.has(key)) entries.set(key, entry);
      if (entries.size > maxEntries) throw refuse(tag, `the lexicon has more than ${maxEntries} words`);
    }
  };

  readXml(
    xml,
    {
      open: (tag) => {
        const parent = open.at(-1)?.name ?? '';
        if (!isPassedOver()) {
          if (parent === '' && tag.name !== 'lexicon') throw refuse(tag, `the document must begin with <lexicon>, not with <${shownName(tag.name)}>`);
          if (!Object.hasOwn(parents, tag.name)) throw refuse(tag, `<${shownName(tag.name)}> is not part of a pronunciation lexicon`);
          if (parents[tag.name] !== parent) throw refuse(tag, `<${tag.name}> cannot stand inside <${parent}>`);
          if (tag.name === 'lexicon') {
            alphabet = tag.attributes['alphabet'] ?? 'ipa';
            language = tag.attributes['xml:lang'];
          }
          if (tag.name === 'lexeme') lexeme = { tag, language: tag.attributes['xml:lang'] ?? language, graphemes: [], chosen: undefined, isPreferred: false };
          written = '';
        }
        open.push(tag);
      },
      text: ({ text }) => {
        written += text;
      },
      close: () => {
        const tag = open.pop()!;
        if (lexeme === undefined || isPassedOver()) return;
        const { name, attributes } = tag;
        if (name === 'grapheme') lexeme.graphemes.push(written.replace(/\s+/gu, ' ').trim());
        const isPreferred = attributes['prefer'] === 'true';
        if ((name === 'phoneme' || name === 'alias') && (lexeme.chosen === undefined || (isPreferred && !lexeme.isPreferred))) {
          lexeme.chosen = name === 'alias' ? { kind: 'respelling', text: written } : soundsOf(tag, attributes['alphabet'] ?? alphabet);
          lexeme.isPreferred = isPreferred;
        }
        if (name === 'lexeme') {
          finishLexeme(lexeme);
          lexeme = undefined;
        }
      },
    },
    limits,
  );
  return [...entries.values()];

  function soundsOf(tag: XmlTag, name: string): Says {
    const spoken = toIpa(written, name);
    if ('problem' in spoken) throw refuse(tag, spoken.problem);
    return { kind: 'ipa', ipa: spoken.ipa };
  }
}

/** An entry's own error, with the place of its lexeme. */
function placed<Value>(make: () => Value, refuse: (problem: string) => AntiphonError): Value {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof AntiphonError)) throw error;
    throw refuse(error.message.replace(/\.$/u, ''));
  }
}
