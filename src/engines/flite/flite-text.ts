/** Text as flite can read it: ASCII only, with what it would skip spelt in letters it knows. */

/** What has no canonical decomposition into ASCII (the rest is done by Unicode NFKD). */
const replacements: Readonly<Record<string, string>> = {
  '‘': "'", '’': "'", '‚': "'", '‛': "'", '′': "'", 'ʼ': "'",
  '“': '"', '”': '"', '„': '"', '«': '"', '»': '"', '″': '"',
  '‐': '-', '‑': '-', '−': '-', '‒': ',', '–': ',', '—': ',', '―': ',',
  '…': '...', '·': ',', '•': ',', '¿': '', '¡': '', '。': '.', '、': ',', '！': '!', '？': '?',
  'ß': 'ss', 'ẞ': 'SS', 'æ': 'ae', 'Æ': 'Ae', 'œ': 'oe', 'Œ': 'Oe', 'ø': 'o', 'Ø': 'O', 'đ': 'd', 'Đ': 'D',
  'ð': 'th', 'Ð': 'Th', 'þ': 'th', 'Þ': 'Th', 'ł': 'l', 'Ł': 'L', 'ı': 'i', 'ħ': 'h', 'Ħ': 'H', 'ŋ': 'ng', 'Ŋ': 'Ng',
  '€': ' euros ', '£': ' pounds ', '¥': ' yen ', '¢': ' cents ', '°': ' degrees ', '×': ' times ', '÷': ' divided by ',
  '⁄': '/', '≠': ' is not ', '±': ' plus or minus ', '©': ' copyright ', '®': ' ', '™': ' ', 'µ': ' micro ', '§': ' section ',
};

/**
 * The text in printable ASCII on one line: accents dropped (é → e), typographic marks made plain (“ → ", — → a comma),
 * common signs said as words. What is left over (other scripts, emoji, control characters) becomes a space. Returns
 * undefined where no letter or digit remains.
 */
export function fliteText(text: string): string | undefined {
  const replaced = Array.from(text.normalize('NFC'), (character) => replacements[character] ?? character).join('');
  const plain = Array.from(replaced.normalize('NFKD'), (character) => replacements[character] ?? character)
    .join('')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^\x20-\x7e]/g, ' ')
    .replace(/ +/g, ' ')
    .replace(/ ([,.;:!?])/g, '$1')
    .trim();
  return /[A-Za-z0-9]/.test(plain) ? plain : undefined;
}
