/** X-SAMPA, IPA written with a keyboard's characters (Wells 1995), turned into IPA. */
import type { IpaProblem } from './ipa.ts';

/** By length, longest first. Letters that are the same in both stand in `same`. */
const symbols: Readonly<Record<string, string>> = {
  '_?\\': 'ˤ', '_<\\': 'ʢ',
  'b_<': 'ɓ', 'd_<': 'ɗ', 'g_<': 'ɠ', 'G\\_<': 'ʛ', 'J\\_<': 'ʄ', '|\\|\\': 'ǁ',
  'd`': 'ɖ', 'h\\': 'ɦ', 'j\\': 'ʝ', 'l`': 'ɭ', 'l\\': 'ɺ', 'n`': 'ɳ', 'p\\': 'ɸ', 'r`': 'ɽ', 'r\\`': 'ɻ', 'r\\': 'ɹ', 's`': 'ʂ', 's\\': 'ɕ', 't`': 'ʈ', 'x\\': 'ɧ', 'z`': 'ʐ', 'z\\': 'ʑ', 'v\\': 'ʋ', 'P': 'ʋ',
  'B\\': 'ʙ', 'G\\': 'ɢ', 'H\\': 'ʜ', 'I\\': 'ᵻ', 'J\\': 'ɟ', 'K\\': 'ɮ', 'L\\': 'ʟ', 'M\\': 'ɰ', 'N\\': 'ɴ', 'O\\': 'ʘ', 'R\\': 'ʀ', 'U\\': 'ᵿ', 'X\\': 'ħ',
  '3\\': 'ɞ', '@\\': 'ɘ', '?\\': 'ʕ', '<\\': 'ʢ', '>\\': 'ʡ', '!\\': 'ǃ', '|\\': 'ǀ', '=\\': 'ǂ', ':\\': 'ˑ', '-\\': '‿', '@`': 'ɚ', '3`': 'ɝ',
  'A': 'ɑ', 'B': 'β', 'C': 'ç', 'D': 'ð', 'E': 'ɛ', 'F': 'ɱ', 'G': 'ɣ', 'H': 'ɥ', 'I': 'ɪ', 'J': 'ɲ', 'K': 'ɬ', 'L': 'ʎ', 'M': 'ɯ', 'N': 'ŋ', 'O': 'ɔ', 'Q': 'ɒ', 'R': 'ʁ', 'S': 'ʃ', 'T': 'θ', 'U': 'ʊ', 'V': 'ʌ', 'W': 'ʍ', 'X': 'χ', 'Y': 'ʏ', 'Z': 'ʒ',
  '"': 'ˈ', '%': 'ˌ', ':': 'ː', '.': '.', '|': '|', '||': '‖', '@': 'ə', '{': 'æ', '}': 'ʉ', '1': 'ɨ', '2': 'ø', '3': 'ɜ', '4': 'ɾ', '5': 'ɫ', '6': 'ɐ', '7': 'ɤ', '8': 'ɵ', '9': 'œ', '&': 'ɶ', '?': 'ʔ', "'": 'ʲ', '`': '˞', 'g': 'ɡ', '-': '',
  '_"': '\u0308', '_+': '\u031F', '_-': '\u0320', '_/': '\u030C', '_0': '\u0325', '_=': '\u0329', '=': '\u0329', '_>': 'ʼ', '_\\': '\u0302', '_^': '\u032F', '_}': '\u031A', '~': '\u0303', '_~': '\u0303',
  '_A': '\u0318', '_a': '\u033A', '_B': '\u030F', '_c': '\u031C', '_d': '\u032A', '_e': '\u0334', '_F': '\u0302', '_G': 'ˠ', '_H': '\u0301', '_h': 'ʰ', '_j': 'ʲ', '_k': '\u0330', '_L': '\u0300', '_l': 'ˡ', '_M': '\u0304', '_m': '\u033B', '_N': '\u033C', '_n': 'ⁿ', '_O': '\u0339', '_o': '\u031E', '_q': '\u0319', '_R': '\u030C', '_r': '\u031D', '_T': '\u030B', '_t': '\u0324', '_v': '\u032C', '_w': 'ʷ', '_X': '\u0306', '_x': '\u033D', '_': '\u0361',
};
const same = new Set('abcdefhijklmnopqrstuvwxyz ');
const longest = Math.max(...Object.keys(symbols).map((symbol) => symbol.length));

/** Longest symbol first. Stress marks stand before their syllable, as in IPA. */
export function ipaFromXSampa(written: string): string | IpaProblem {
  let ipa = '';
  for (let at = 0; at < written.length; ) {
    let length = Math.min(longest, written.length - at);
    while (length > 0 && !Object.hasOwn(symbols, written.slice(at, at + length))) length--;
    if (length > 0) ipa += symbols[written.slice(at, at + length)]!;
    else if (same.has(written[at]!)) ipa += written[at]!;
    else return { problem: `character ${at + 1} of the pronunciation is not a sign of X-SAMPA` };
    at += Math.max(1, length);
  }
  return ipa;
}
