/** Numbers as English words, from strings of digits of any length: small, and no slower for being exact. */

export type NumberStyle = {
  /** "one hundred and five", as it is said in Britain; else "one hundred five". */
  readonly and: boolean;
};

const ones = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const tens = '_ _ twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const scales = (
  ' thousand million billion trillion quadrillion quintillion sextillion septillion octillion nonillion decillion undecillion duodecillion ' +
  'tredecillion quattuordecillion quindecillion sexdecillion septendecillion octodecillion novemdecillion vigintillion'
).split(' ');
const irregularOrdinals: Readonly<Record<string, string>> = {
  one: 'first', two: 'second', three: 'third', five: 'fifth', eight: 'eighth', nine: 'ninth', twelve: 'twelfth',
};
/** Digits that have a name: below 10^66. */
const maxNamedDigits = scales.length * 3;

/** "1234" → "one thousand two hundred thirty-four"; 67 digits and more come one by one. */
export function cardinal(digits: string, style: NumberStyle): string {
  const plain = digits.replace(/^0+(?=\d)/u, '');
  if (plain.length > maxNamedDigits) return digitByDigit(plain);
  if (plain === '0') return 'zero';
  const words: string[] = [];
  for (let end = plain.length, scale = 0; end > 0; end -= 3, scale++) {
    const group = Number(plain.slice(Math.max(0, end - 3), end));
    if (group === 0) continue;
    const isLastAfterMore = scale === 0 && end > 3 && group < 100;
    const said = `${style.and && isLastAfterMore ? 'and ' : ''}${belowThousand(group, style)}`;
    words.unshift(scale === 0 ? said : `${said} ${scales[scale]}`);
  }
  return words.join(' ');
}

function belowThousand(n: number, { and }: NumberStyle): string {
  const rest = n % 100;
  if (n < 100) return belowHundred(n);
  return `${ones[Math.floor(n / 100)]} hundred${rest === 0 ? '' : `${and ? ' and' : ''} ${belowHundred(rest)}`}`;
}

/** 0…99. */
export function belowHundred(n: number): string {
  if (n < 20) return ones[n]!;
  return n % 10 === 0 ? tens[n / 10]! : `${tens[Math.floor(n / 10)]}-${ones[n % 10]}`;
}

/** "21" → "twenty-first". */
export function ordinal(digits: string, style: NumberStyle): string {
  return ordinalOf(cardinal(digits, style));
}

function ordinalOf(words: string): string {
  const at = Math.max(words.lastIndexOf(' '), words.lastIndexOf('-')) + 1;
  const last = words.slice(at);
  return words.slice(0, at) + (irregularOrdinals[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`));
}

/** "twenty" → "twenties", "six" → "sixes". */
export function pluralOf(words: string): string {
  if (words.endsWith('y')) return `${words.slice(0, -1)}ies`;
  return words.endsWith('x') ? `${words}es` : `${words}s`;
}

/** "0123" → "zero one two three". */
export function digitByDigit(digits: string, zero = 'zero'): string {
  return Array.from(digits, (digit) => (digit === '0' ? zero : ones[Number(digit)]!)).join(' ');
}

/** A number as written, with thousands separators, a decimal point, or leading noughts: "1,234.5", ".5", "007". */
export function spokenNumber(written: string, style: NumberStyle): string {
  const [whole = '', fraction] = written.replaceAll(',', '').split('.');
  const said = whole === '' ? '' : /^0\d/u.test(whole) ? digitByDigit(whole) : cardinal(whole, style);
  return fraction === undefined ? said : `${said} point ${digitByDigit(fraction)}`.trimStart();
}

/** 1000…2999 as years are read: "nineteen oh five", "two thousand five", "twenty twenty-four". */
export function spokenYear(year: number, style: NumberStyle): string {
  const century = Math.floor(year / 100);
  const rest = year % 100;
  if (year < 1000 || year > 2999 || century % 10 === 0 && rest < 10) return cardinal(String(year), style);
  return rest === 0 ? `${belowHundred(century)} hundred` : `${belowHundred(century)} ${twoDigits(rest)}`;
}

/** 0…99 behind another number: "oh five", "forty-five". */
export function twoDigits(n: number): string {
  return n < 10 ? `oh ${ones[n]}` : belowHundred(n);
}

/** Numbers of models, flights, rooms: "380" → "three eighty", "101" → "one oh one", "1549" → "fifteen forty-nine". */
export function spokenSerial(digits: string, style: NumberStyle): string {
  if (digits.startsWith('0') && digits.length > 1) return digitByDigit(digits);
  const n = Number(digits);
  if (digits.length <= 2 || (digits.length <= 4 && n % 100 === 0)) {
    return digits.length === 4 && n % 1000 !== 0 ? `${belowHundred(n / 100)} hundred` : cardinal(digits, style);
  }
  if (digits.length === 3) return `${ones[Math.floor(n / 100)]} ${twoDigits(n % 100)}`;
  if (digits.length === 4) return `${belowHundred(Math.floor(n / 100))} ${twoDigits(n % 100)}`;
  return digitByDigit(digits);
}
