/** The alphabets in which a caller may write sounds; all of them become IPA. */
import { ipaFromArpabet } from './cmu-arpabet.ts';
import { readIpa, type IpaProblem } from './ipa.ts';
import { ipaFromXSampa } from './x-sampa.ts';

export const phoneticAlphabets = ['ipa', 'x-sampa', 'cmu-arpabet'] as const;
const maxWritten = 400;

/** IPA as `readIpa` has it, else what is wrong, in words that follow the place. */
export function toIpa(written: string, alphabet: string): { readonly ipa: string } | IpaProblem {
  if (written.length > maxWritten) return { problem: `the pronunciation has more than ${maxWritten} characters` };
  if (alphabet === 'ipa') return readIpa(written);
  if (alphabet !== 'x-sampa' && alphabet !== 'cmu-arpabet') return { problem: `the alphabet must be ${phoneticAlphabets.slice(0, -1).join(', ')} or ${phoneticAlphabets.at(-1)}` };
  const ipa = alphabet === 'x-sampa' ? ipaFromXSampa(written.trim()) : ipaFromArpabet(written);
  return typeof ipa === 'string' ? readIpa(ipa) : ipa;
}
