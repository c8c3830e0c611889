/** From a sentence to the symbols and ids that a Piper voice was trained on. Rules: piper-tts 1.8, without its faults. */
import type { EspeakPhonemizer } from '../phonemes/espeak.ts';
import type { PiperConfig } from './piper-config.ts';

/** The part of the phonemizer that Piper voices need. */
export type PiperPhonemizer = Pick<EspeakPhonemizer, 'phonemiseWithPunctuation'>;

/** One symbol of the voice, with the stretch of text (UTF-16 offsets) that it came from. */
export type PiperSymbol = {
  readonly symbol: string;
  readonly ids: readonly number[];
  readonly textStart: number;
  readonly textEnd: number;
};

export type PiperFrontEnd = {
  readonly config: Pick<PiperConfig, 'phonemeType' | 'espeakVoice' | 'phonemeIds' | 'clusters'>;
  readonly phonemizer: PiperPhonemizer;
};

/** What a mark becomes in mid-sentence. Quotes, brackets and ¿ ¡ only keep words apart. */
const markSymbols = new Map<string, string>([
  ...['.', ',', ':', ';', '!', '?'].map((mark) => [mark, mark] as const),
  ...['—', '–', '‒', '―'].map((mark) => [mark, ';'] as const),
  ['…', ','],
  ['。', '.'], ['．', '.'], ['।', '.'], ['॥', '.'],
  ['！', '!'], ['？', '?'], ['؟', '?'],
  ['、', ','], ['，', ','], ['،', ','], ['；', ';'], ['؛', ';'], ['：', ':'],
]);

const silentSymbols = new Set([' ', '.', ',', ':', ';', '!', '?', '-', "'", '"', '(', ')', 'ˈ', 'ˌ', 'ː', 'ˑ', '_', '^', '$']);
const rawPhonemes = /\[\[(.*?)\]\]/gsu;

/** The symbols of a sentence in order; what the voice has no id for is left out. Text in `[[ ]]` is taken as phonemes. */
export function symbolsOf(text: string, frontEnd: PiperFrontEnd): PiperSymbol[] {
  const symbols: PiperSymbol[] = [];
  const add = (symbol: string, stretch: Stretch): void => {
    const ids = frontEnd.config.phonemeIds.get(symbol);
    const isDoubleBlank = symbol === ' ' && (symbols.length === 0 || symbols.at(-1)?.symbol === ' ');
    if (ids !== undefined && !isDoubleBlank) symbols.push({ symbol, ids, ...stretch });
  };
  for (const part of splitRaw(text)) {
    if (part.isRaw || frontEnd.config.phonemeType === 'text') addSpelled(part, { frontEnd, add });
    else addPhonemised(part, { frontEnd, add });
    add(' ', { textStart: part.end, textEnd: part.end });
  }
  while (symbols.at(-1)?.symbol === ' ') symbols.pop();
  return endAsSentence(symbols, { text, frontEnd });
}

/** False for blanks and punctuation alone: nothing would be heard. */
export function isPronounceable(symbols: readonly PiperSymbol[]): boolean {
  return symbols.some(({ symbol }) => !silentSymbols.has(symbol) && !/^\p{M}+$/u.test(symbol));
}

/** `^ _ p1 _ p2 _ … $`: the pad after the beginning and after each symbol, none after the end. */
export function idsOf(symbols: readonly PiperSymbol[], config: Pick<PiperConfig, 'phonemeIds'>): number[] {
  const control = (symbol: string): readonly number[] => config.phonemeIds.get(symbol) ?? [];
  const pad = control('_');
  return [...control('^'), ...pad, ...symbols.flatMap((symbol) => [...symbol.ids, ...pad]), ...control('$')];
}

/**
 * Parts of at most `mostSymbols`, cut after a mark or blank where there is one in the later half: the encoder's
 * memory grows with the square of the length.
 */
export function splitSymbols(symbols: readonly PiperSymbol[], mostSymbols: number): PiperSymbol[][] {
  const parts: PiperSymbol[][] = [];
  let start = 0;
  while (symbols.length - start > mostSymbols) {
    const window = symbols.slice(start, start + mostSymbols);
    const atMark = window.findLastIndex(({ symbol }) => [',', ';', ':', '.', '!', '?'].includes(symbol));
    const atBlank = window.findLastIndex(({ symbol }) => symbol === ' ');
    const last = [atMark, atBlank].find((index) => index >= mostSymbols / 2) ?? mostSymbols - 1;
    parts.push(window.slice(0, last + 1));
    start += last + 1;
  }
  parts.push(symbols.slice(start));
  return parts;
}

type Stretch = { readonly textStart: number; readonly textEnd: number };
type Part = { readonly text: string; readonly isRaw: boolean; readonly start: number; readonly end: number };
type Adding = { readonly frontEnd: PiperFrontEnd; readonly add: (symbol: string, stretch: Stretch) => void };

function splitRaw(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(rawPhonemes)) {
    if (match.index > at) parts.push({ text: text.slice(at, match.index), isRaw: false, start: at, end: match.index });
    at = match.index + match[0].length;
    parts.push({ text: match[1]!.trim(), isRaw: true, start: match.index, end: at });
  }
  if (at < text.length) parts.push({ text: text.slice(at), isRaw: false, start: at, end: text.length });
  return parts;
}

function addSpelled(part: Part, { frontEnd, add }: Adding): void {
  const stretch = { textStart: part.start, textEnd: part.end };
  for (const symbol of cutSymbols(part.text.replace(/\s+/gu, ' '), frontEnd.config.clusters)) {
    const known = [symbol, symbol.toLowerCase(), markSymbols.get(symbol)].find((candidate) => candidate !== undefined && frontEnd.config.phonemeIds.has(candidate));
    if (known !== undefined) add(known, stretch);
    else if (/[\p{P}\p{S}]/u.test(symbol)) add(' ', stretch);
  }
}

function addPhonemised(part: Part, { frontEnd, add }: Adding): void {
  const { config, phonemizer } = frontEnd;
  for (const item of phonemizer.phonemiseWithPunctuation(part.text, config.espeakVoice)) {
    const stretch = { textStart: part.start + item.start, textEnd: part.start + item.end };
    if (item.kind === 'phonemes') {
      for (const symbol of cutSymbols(item.value.replace(/\([^)]+\)/gu, ''), config.clusters)) add(symbol, stretch);
    } else {
      const mark = markSymbols.get(item.value);
      if (mark !== undefined) add(mark, stretch);
    }
    add(' ', stretch);
  }
}

/** A full stop after what ended in "…", which is a comma inside; drop the blank that stood before a mark. */
function endAsSentence(symbols: readonly PiperSymbol[], { text, frontEnd }: { text: string; frontEnd: PiperFrontEnd }): PiperSymbol[] {
  const tidy = symbols.filter((entry, index) => !(entry.symbol === ' ' && isMark(symbols[index + 1]?.symbol)));
  const last = tidy.at(-1);
  const stop = frontEnd.config.phonemeIds.get('.');
  if (last?.symbol === ',' && stop !== undefined && /^[….\s]+$/u.test(text.slice(last.textStart, last.textEnd))) tidy[tidy.length - 1] = { ...last, symbol: '.', ids: stop };
  return tidy;
}

function isMark(symbol: string | undefined): boolean {
  return symbol !== undefined && [',', ';', ':', '.', '!', '?'].includes(symbol);
}

/** One code point of the decomposed text a symbol, but for the voice's clusters (longest first). */
function cutSymbols(text: string, clusters: readonly string[]): string[] {
  const decomposed = text.normalize('NFD');
  if (clusters.length === 0) return Array.from(decomposed);
  const out: string[] = [];
  for (let at = 0; at < decomposed.length; ) {
    const cluster = clusters.find((candidate) => decomposed.startsWith(candidate, at));
    const symbol = cluster ?? String.fromCodePoint(decomposed.codePointAt(at)!);
    out.push(symbol);
    at += symbol.length;
  }
  return out;
}
