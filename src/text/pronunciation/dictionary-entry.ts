/** One line of a user's dictionary: a word or phrase, and how it is said. */
import { AntiphonError } from '../../errors.ts';
import { readIpa } from './ipa.ts';

export type DictionaryEntry = {
  /** A word or phrase as it is written; any blank in it stands for any other. */
  readonly word: string;
  /** BCP 47: `en` holds for every English, `en-GB` for that one. Absent: for all languages. */
  readonly language?: string;
  /** True: only as it is written. False or absent: in capitals or small letters alike. */
  readonly caseSensitive?: boolean;
  readonly says: { readonly kind: 'respelling'; readonly text: string } | { readonly kind: 'ipa'; readonly ipa: string };
};

/** As kept for a user. */
export type StoredEntry = DictionaryEntry & { readonly id: string; /** ISO 8601, UTC. */ readonly createdAt: string };

export const maxEntries = 10_000;
const maxWordChars = 100;
const maxRespellingChars = 200;

/**
 * The entry in its one form: NFC, single blanks, IPA without brackets, language as BCP 47 writes it. Errors:
 * input_invalid with param `word`, `language`, `respelling` or `ipa`.
 */
export function checkEntry({ word, language, caseSensitive = false, says }: DictionaryEntry): DictionaryEntry {
  const tag = language === undefined || language.trim() === '' ? undefined : canonicalLanguage(language);
  return {
    word: plain(word, 'word', maxWordChars),
    ...(tag === undefined ? {} : { language: tag }),
    caseSensitive,
    says: says.kind === 'respelling' ? { kind: 'respelling', text: plain(says.text, 'respelling', maxRespellingChars) } : { kind: 'ipa', ipa: checkedIpa(says.ipa) },
  };
}

function plain(text: string, param: string, maxChars: number): string {
  const tidy = text.normalize('NFC').replace(/\s+/gu, ' ').trim();
  if (tidy === '') throw new AntiphonError('input_invalid', `${param} is empty.`, { param });
  if (tidy.length > maxChars) throw new AntiphonError('input_invalid', `${param} has ${tidy.length} characters; the limit is ${maxChars}.`, { param });
  if (/[\p{Cc}\p{Cs}]/u.test(tidy)) throw new AntiphonError('input_invalid', `${param} holds a control character; remove it.`, { param });
  return tidy;
}

function checkedIpa(written: string): string {
  const spoken = readIpa(written);
  if ('problem' in spoken) throw new AntiphonError('input_invalid', `ipa: ${spoken.problem}.`, { param: 'ipa' });
  return spoken.ipa;
}

function canonicalLanguage(tag: string): string {
  try {
    const [canonical] = tag.length > 35 ? [] : Intl.getCanonicalLocales(tag.trim());
    if (canonical !== undefined) return canonical;
  } catch {
    // Not a language: said below.
  }
  throw new AntiphonError('input_invalid', 'language must be a BCP 47 tag, as en or en-GB.', { param: 'language' });
}
