/** A user's pronunciations, applied to a sentence: whole words and phrases, longest first, in time that does not grow with the dictionary. */
import { joinAligned, sliceAligned, sourceSpan, standingFor, type AlignedText, type Span } from '../aligned-text.ts';
import type { Pronunciation } from '../passage.ts';
import type { DictionaryEntry } from './dictionary-entry.ts';

type Says = DictionaryEntry['says'];

/** A step deeper with each token of a phrase. */
type Node = { readonly next: Map<string, Node>; /** By language and, where case matters, by the exact word. */ readonly says: Map<string, Says> };

export type Dictionary = { readonly root: Node };

type Token = { readonly key: string; readonly start: number; readonly end: number };

export type ApplyOptions = {
  /** BCP 47, of the sentence. */
  readonly language: string;
  /** Stretches of the source whose sounds are given already: left alone. */
  readonly except?: readonly Span[];
};

/** Of two entries for the same word, language and case the later one counts. Entries must have passed `checkEntry`. */
export function compileDictionary(entries: readonly DictionaryEntry[]): Dictionary {
  const root = newNode();
  for (const { word, language = '', caseSensitive = false, says } of entries) {
    let node = root;
    for (const { key } of tokensOf(word)) {
      let next = node.next.get(key);
      if (next === undefined) node.next.set(key, (next = newNode()));
      node = next;
    }
    node.says.set(saysKey(language.toLowerCase(), caseSensitive ? plainForm(word) : ''), says);
  }
  return { root };
}

/**
 * The sentence with respellings in place, and the pronunciations given in IPA, with offsets into the SOURCE. A word
 * counts where no letter or digit touches it; the `'s` behind it stays. Exact case goes before any case, a narrower
 * language before a wider one. Linear in the sentence.
 */
export function applyDictionary(sentence: AlignedText, { root }: Dictionary, { language, except = [] }: ApplyOptions): { text: AlignedText; pronunciations: readonly Pronunciation[] } {
  if (root.next.size === 0) return { text: sentence, pronunciations: [] };
  const { text } = sentence;
  const tokens = tokensOf(text);
  const languages = prefixesOf(language.toLowerCase());
  const parts: AlignedText[] = [];
  const pronunciations: Pronunciation[] = [];
  let done = 0;
  for (let at = 0; at < tokens.length; at++) {
    const match = longestMatch({ root, text, tokens, at, languages });
    if (match === undefined) continue;
    const span = sourceSpan(sentence, { start: match.start, end: match.end });
    if (except.some(({ start, end }) => span.start < end && start < span.end)) continue;
    const owned = possessiveEnd(text, match.end);
    if (match.says.kind === 'respelling') {
      parts.push(sliceAligned(sentence, done, match.start), standingFor(match.says.text, span));
      done = match.end;
    } else {
      const isOwner = owned > match.end;
      const whole = isOwner ? sourceSpan(sentence, { start: match.start, end: owned }) : span;
      pronunciations.push({ ...whole, ipa: isOwner ? withPossessive(match.says.ipa, language) : match.says.ipa });
    }
    while (at + 1 < tokens.length && tokens[at + 1]!.start < owned) at++;
  }
  if (parts.length === 0) return { text: sentence, pronunciations };
  return { text: joinAligned([...parts, sliceAligned(sentence, done, text.length)]), pronunciations };
}

type Search = { readonly root: Node; readonly text: string; readonly tokens: readonly Token[]; readonly at: number; readonly languages: readonly string[] };

function longestMatch({ root, text, tokens, at, languages }: Search): { start: number; end: number; says: Says } | undefined {
  const { start } = tokens[at]!;
  let node = root.next.get(tokens[at]!.key.trimStart());
  if (node === undefined || !beginsWord(text, start, languages)) return undefined;
  let best: { start: number; end: number; says: Says } | undefined;
  for (let i = at; node !== undefined; node = tokens[++i] === undefined ? undefined : node.next.get(tokens[i]!.key)) {
    if (node.says.size === 0) continue;
    const { end } = tokens[i]!;
    if (!endsWord(text, end)) continue;
    const says = choose(node.says, plainForm(text.slice(start, end)), languages);
    if (says !== undefined) best = { start, end, says };
  }
  return best;
}

function choose(says: ReadonlyMap<string, Says>, exact: string, languages: readonly string[]): Says | undefined {
  for (const form of [exact, '']) {
    for (const language of languages) {
      const found = says.get(saysKey(language, form));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const letter = /[\p{L}\p{N}\p{M}]/u;
const apostrophe = /['’ʼ‘]/u;
/** Where an article is written into its noun: l'Oréal, dell'Orto. */
const eliding = new Set(['fr', 'it', 'ca', 'oc']);

function beginsWord(text: string, start: number, languages: readonly string[]): boolean {
  const before = charBefore(text, start);
  if (letter.test(before)) return false;
  return !apostrophe.test(before) || !letter.test(charBefore(text, start - 1)) || languages.some((language) => eliding.has(language));
}

function endsWord(text: string, end: number): boolean {
  const after = charAt(text, end);
  if (letter.test(after)) return false;
  return !apostrophe.test(after) || !letter.test(charAt(text, end + 1)) || possessiveEnd(text, end) > end;
}

/** Behind the `'s` that follows, else `end` itself. */
function possessiveEnd(text: string, end: number): number {
  return apostrophe.test(text[end] ?? '') && /[sS]/u.test(text[end + 1] ?? '') && !letter.test(charAt(text, end + 2)) ? end + 2 : end;
}

/** As English says it: churches, cats, dogs. */
function withPossessive(ipa: string, language: string): string {
  if (!/^en\b/iu.test(language)) return `${ipa}s`;
  const last = ipa.normalize('NFD').replace(/[\u0300-\u036Fːˑʰ]+$/u, '').at(-1)!;
  if (/[szʃʒʧʤ]/u.test(last)) return `${ipa}ɪz`;
  return /[ptkfθ]/u.test(last) ? `${ipa}s` : `${ipa}z`;
}

const tokenPattern = /(\s*)([\p{L}\p{N}\p{M}]+|\S)/gu;

/** Runs of letters and digits, and every other sign by itself; the key of one behind a blank begins with a blank. */
function tokensOf(text: string): Token[] {
  return Array.from(text.matchAll(tokenPattern), ({ 0: all, 1: blanks, 2: token, index }) => ({
    key: (blanks === '' || index === 0 ? '' : ' ') + plainForm(token!).toLowerCase(),
    start: index + blanks!.length,
    end: index + all.length,
  }));
}

function plainForm(text: string): string {
  return text.normalize('NFC').replace(/[’ʼ‘]/gu, "'").replace(/\s+/gu, ' ');
}

/** `en-gb-oxendict` → itself, `en-gb`, `en`, and the empty one that holds for all. */
function prefixesOf(language: string): string[] {
  const parts = language.split(/[-_]/u);
  return [...parts.map((_, i) => parts.slice(0, parts.length - i).join('-')), ''];
}

function saysKey(language: string, exact: string): string {
  return `${language}\n${exact}`;
}

function newNode(): Node {
  return { next: new Map(), says: new Map() };
}

/** The character that ends before, or begins at, an offset; surrogates kept together. */
function charBefore(text: string, at: number): string {
  if (at <= 0) return '';
  const isPair = /[\uDC00-\uDFFF]/u.test(text[at - 1]!) && at > 1;
  return text.slice(isPair ? at - 2 : at - 1, at);
}

function charAt(text: string, at: number): string {
  return at < text.length ? String.fromCodePoint(text.codePointAt(at)!) : '';
}
