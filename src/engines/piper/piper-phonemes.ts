/** From a sentence to the symbols and ids that a Piper voice was trained on. Rules: piper-tts 1.8, without its faults. */
import { AntiphonError } from '../../errors.ts';
import type { Pronunciation } from '../../text/passage.ts';
import type { EspeakPhonemizer } from '../phonemes/espeak.ts';
import { nearestSound } from '../phonemes/nearest-sounds.ts';
import type { PiperConfig } from './piper-config.ts';

/** The part of the phonemizer that Piper voices need. */
export type PiperPhonemizer = Pick<EspeakPhonemizer, 'phonemiseWithPunctuation'>;

/** One symbol of the voice, with the word or mark (UTF-16 offsets) that it came from; a blank has an empty stretch. */
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

/**
 * The symbols of a sentence in order; what the voice has no id for is left out. Stretches of `pronunciations` sound as
 * these say. Errors: input_invalid (param `phoneme`) for a pronunciation that is not IPA or that the voice has no sound
 * near, input_unsupported (same param) where the voice was trained on letters.
 */
export function symbolsOf(text: string, frontEnd: PiperFrontEnd, pronunciations: readonly Pronunciation[] = []): PiperSymbol[] {
  const symbols: PiperSymbol[] = [];
  const add = (symbol: string, stretch: Stretch): void => {
    const ids = frontEnd.config.phonemeIds.get(symbol);
    const isDoubleBlank = symbol === ' ' && (symbols.length === 0 || symbols.at(-1)?.symbol === ' ');
    if (ids !== undefined && !isDoubleBlank) symbols.push({ symbol, ids, ...stretch });
  };
  if (frontEnd.config.phonemeType !== 'text') addPhonemised(text, { frontEnd, pronunciations, add });
  else if (pronunciations.length === 0) addSpelled(text, { frontEnd, add });
  else throw new AntiphonError('input_unsupported', 'The voice was trained on letters and takes no pronunciations.', { param: 'phoneme' });
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
type Adding = { readonly frontEnd: PiperFrontEnd; readonly add: (symbol: string, stretch: Stretch) => void };

function addSpelled(text: string, { frontEnd, add }: Adding): void {
  for (const word of text.matchAll(/\S+|\s+/gu)) {
    const stretch = { textStart: word.index, textEnd: word.index + word[0].length };
    if (/^\s/u.test(word[0])) {
      add(' ', behind(word.index));
      continue;
    }
    for (const symbol of cutSymbols(word[0], frontEnd.config.clusters)) {
      const known = [symbol, symbol.toLowerCase(), markSymbols.get(symbol)].find((candidate) => candidate !== undefined && frontEnd.config.phonemeIds.has(candidate));
      if (known !== undefined) add(known, stretch);
      else if (/[\p{P}\p{S}]/u.test(symbol)) add(' ', stretch);
    }
  }
}

function addPhonemised(text: string, { frontEnd, pronunciations, add }: Adding & { pronunciations: readonly Pronunciation[] }): void {
  const { config, phonemizer } = frontEnd;
  for (const item of phonemizer.phonemiseWithPunctuation(text, config.espeakVoice, pronunciations)) {
    if (item.kind === 'punctuation') {
      const mark = markSymbols.get(item.value);
      if (mark !== undefined) add(mark, { textStart: item.start, textEnd: item.end });
      add(' ', behind(item.end));
      continue;
    }
    for (const [index, units] of item.words.entries()) {
      const { start, end, isGiven } = item.wordSpans[index]!;
      const stretch = { textStart: start, textEnd: end };
      for (const symbol of cutSymbols(units.join(''), config.clusters)) add(isGiven ? nearestKnown(symbol, config) : symbol, stretch);
      add(' ', behind(end));
    }
  }
}

/** Errors: input_invalid where the voice has nothing near it. Empty (so: left out) where it does without. */
function nearestKnown(symbol: string, config: Pick<PiperConfig, 'phonemeIds'>): string {
  const near = nearestSound(symbol, (candidate) => config.phonemeIds.has(candidate));
  if (near === undefined) throw new AntiphonError('input_invalid', 'The voice has no sound for a sign in the pronunciation.', { param: 'phoneme' });
  return near;
}

function behind(offset: number): Stretch {
  return { textStart: offset, textEnd: offset };
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
