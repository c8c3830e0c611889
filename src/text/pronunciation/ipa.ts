/** What may stand in a pronunciation written in IPA. */

const letters = new Set('abcdefghijklmnopqrstuvwxyzæçðøħŋœǀǁǂǃɐɑɒɓɔɕɖɗɘəɚɛɜɝɞɟɠɡɢɣɤɥɦɧɨɩɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾɿʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢʣʤʥʦʧʨᵻᵿβθχʼʰʱʲʷˠˤⁿˡᵊᵝ˞ː');
/** Stress, half-long, breaks between syllables and groups, linking; combining marks are matched by range. Tones are not: no voice sings them. */
const marks = new Set('ˈˌˑ.|‖‿- ');
const maxCharacters = 200;
const sounding = /[a-zæðøœɐ-ʨβθχᵻ]/u;

export type IpaProblem = { readonly problem: string };

/**
 * The IPA with slashes or brackets around it removed and single blanks between words, else what is wrong with it:
 * empty, longer than 200 characters, without a sound, or a sign that IPA does not have, which the message names.
 */
export function readIpa(written: string): { readonly ipa: string } | IpaProblem {
  const ipa = written
    .normalize('NFC')
    .trim()
    .replace(/^\/(.*)\/$|^\[(.*)\]$/su, (_, slashed?: string, bracketed?: string) => slashed ?? bracketed ?? '')
    .replace(/\s+/gu, ' ')
    .trim();
  if (ipa === '') return { problem: 'the pronunciation is empty' };
  if (ipa.length > maxCharacters) return { problem: `the pronunciation has more than ${maxCharacters} characters` };
  // Decomposed, so that ã and ɔ̃ are a letter and a mark alike.
  for (const char of ipa.normalize('NFD')) {
    if (letters.has(char) || marks.has(char) || /[\u0300-\u036F]/u.test(char)) continue;
    return { problem: `${nameOf(char)} is not a sign of IPA${hintFor(char)}` };
  }
  return sounding.test(ipa) ? { ipa } : { problem: 'the pronunciation has no sound in it' };
}

function nameOf(char: string): string {
  const code = `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(char) ? `"${char}" (${code})` : code;
}

/** The mistakes that keyboards make. */
function hintFor(char: string): string {
  if (char === "'" || char === '’') return '; primary stress is ˈ (U+02C8)';
  if (char === ',') return '; secondary stress is ˌ (U+02CC)';
  if (char === ':') return '; length is ː (U+02D0)';
  if (/^[A-Z]$/u.test(char)) return '; its letters are small ones';
  return '';
}
