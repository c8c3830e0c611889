/** What `xml:lang` asks for, seen from the voice's own language. */
import type { Manner } from '../passage.ts';
import type { Refusal } from './prosody.ts';

/**
 * `lang` means another language or accent; on `speak`, `p` and `s` documents habitually name the language of the text
 * with whatever region, so there the same language changes nothing.
 */
export function withLanguage(around: Manner, { tag, element, voiceLocale }: { tag: string; element: string; voiceLocale: string }): Manner | Refusal {
  const language = canonical(tag);
  if (language === undefined) return { problem: `the xml:lang of <${element}> is not a language; write it as en or en-GB` };
  const { language: _, ...rest } = around;
  const own = (canonical(voiceLocale) ?? voiceLocale).toLowerCase();
  const asked = language.toLowerCase();
  const isOwn = asked === own || own.startsWith(`${asked}-`) || (element !== 'lang' && asked.split('-')[0] === own.split('-')[0]);
  return isOwn ? rest : { ...rest, language };
}

function canonical(tag: string): string | undefined {
  try {
    return tag.length > 35 ? undefined : Intl.getCanonicalLocales(tag.trim())[0];
  } catch {
    return undefined;
  }
}
