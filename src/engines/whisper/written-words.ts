/** Groups tokens into the words that people see: cut at blanks, or at every character where a language writes none. */
import type { WhisperTokenizer } from './whisper-tokenizer.ts';

export type WrittenWord = {
  /** With the blank before it and the marks around it. */
  readonly text: string;
  /** Places of its tokens: first, and behind the last. */
  readonly firstToken: number;
  readonly endToken: number;
  /** The same without the marks around it, which nobody pronounces; all of it where there is nothing but marks. */
  readonly firstSpoken: number;
  readonly endSpoken: number;
};

/** These write without blanks between words; without a dictionary, each character is a word. */
const withoutBlanks: ReadonlySet<string> = new Set(['zh', 'ja', 'th', 'lo', 'my', 'km', 'bo', 'yue']);
/** Belong to the word behind them; quotes and hyphens only behind a blank. */
const opening = /^[“‘¿¡([{«„「『《〈（]+$/u;
const openingBehindBlank = /^\s["'-]+$/u;
const onlyMarks = /^[\p{P}\p{S}\s]*$/u;

/** `tokens` of text only. The words' texts join to the text of all tokens. */
export function writtenWords(tokens: readonly number[], language: string, tokenizer: WhisperTokenizer): WrittenWord[] {
  const isCutAtBlanks = !withoutBlanks.has(language);
  const groups: Unit[][] = [];
  for (const unit of characterUnits(tokens, tokenizer)) {
    const group = groups.at(-1);
    if (group === undefined || beginsWord(unit.text, { before: textOf(group), isCutAtBlanks })) groups.push([unit]);
    else group.push(unit);
  }
  return groups.map(wordOf);
}

/** Tokens that together are whole characters. */
type Unit = { readonly text: string; readonly firstToken: number; readonly endToken: number };

/** `before`: the word so far. */
function beginsWord(text: string, { before, isCutAtBlanks }: { before: string; isCutAtBlanks: boolean }): boolean {
  if (before.trim() === '' || opening.test(before.trim()) || openingBehindBlank.test(before)) return false;
  if (isCutAtBlanks || /^\s/u.test(text)) return /^\s/u.test(text);
  return !onlyMarks.test(text) || opening.test(text);
}

function textOf(units: readonly Unit[]): string {
  return units.map(({ text }) => text).join('');
}

function wordOf(units: readonly Unit[]): WrittenWord {
  const spoken = units.filter(({ text }) => !onlyMarks.test(text));
  return {
    text: textOf(units),
    firstToken: units[0]!.firstToken,
    endToken: units.at(-1)!.endToken,
    firstSpoken: (spoken[0] ?? units[0]!).firstToken,
    endSpoken: (spoken.at(-1) ?? units.at(-1)!).endToken,
  };
}

function characterUnits(tokens: readonly number[], tokenizer: WhisperTokenizer): Unit[] {
  const units: Unit[] = [];
  let firstToken = 0;
  for (const index of tokens.keys()) {
    const own = tokens.slice(firstToken, index + 1);
    const isLast = index === tokens.length - 1;
    if (!isLast && endsInsideCharacter(Buffer.concat(own.map((token) => tokenizer.bytesOf(token))))) continue;
    units.push({ text: tokenizer.decode(own), firstToken, endToken: index + 1 });
    firstToken = index + 1;
  }
  return units;
}

/** Whether UTF-8 promises more bytes than there are: looks at the last lead byte. */
function endsInsideCharacter(bytes: Uint8Array): boolean {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return false;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2);
  }
  return false;
}
