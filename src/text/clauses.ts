/** Cuts a sentence at its clauses, for early sound and for sentences longer than a model takes at once. */

export type Clause = {
  /** Exactly `sentence.slice(start, end)`, without blanks at the ends. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** What the cut after it fell on; the last clause has `end`. */
  readonly cut: 'clause' | 'blank' | 'word' | 'end';
};

export type ClauseLimits = {
  /** A cut leaves at least this many characters on both sides, where the limit below allows. */
  readonly minChars: number;
  /** No clause is longer, whatever it takes: first at clauses, then at blanks, last inside a word. */
  readonly maxChars: number;
};

/** `;` `:` dashes, brackets and stops in mid-sentence separate more than a comma does. */
const strong = /[;:—–)\]…!?.；：」』）؛।]/u;
const weak = /[,，、،]/u;
/** Marks of scripts without blanks between words; a cut needs none after them. */
const wide = /[，、；：」』）。！？]/u;
const opening = /[([（「『]/u;

/** Clauses in order; together they hold every character but the blanks at the cuts. Linear in the length. */
export function splitClauses(sentence: string, { minChars, maxChars }: ClauseLimits): Clause[] {
  if (!(maxChars >= 1)) throw new RangeError(`maxChars must be at least 1, got ${maxChars}`);
  const clauses: Clause[] = [];
  let start = skipBlanks(sentence, 0);
  const sentenceEnd = sentence.trimEnd().length;
  while (start < sentenceEnd) {
    const cut = nextClauseCut(sentence, { start, sentenceEnd, minChars, maxChars });
    const end = start + sentence.slice(start, cut.at).trimEnd().length;
    clauses.push({ text: sentence.slice(start, end), start, end, cut: cut.kind });
    start = skipBlanks(sentence, cut.at);
  }
  return clauses;
}

type Cut = { readonly at: number; readonly kind: Clause['cut'] };

function nextClauseCut(
  text: string,
  { start, sentenceEnd, minChars, maxChars }: { start: number; sentenceEnd: number } & ClauseLimits,
): Cut {
  const lastUseful = Math.min(start + maxChars, sentenceEnd - minChars);
  for (let at = start + Math.max(1, minChars); at <= lastUseful; at++) {
    if (clauseStrength(text, at) > 0) return { at, kind: 'clause' };
  }
  if (sentenceEnd - start <= maxChars) return { at: sentenceEnd, kind: 'end' };
  const middle = start + Math.min(maxChars, Math.ceil((sentenceEnd - start) / 2));
  return bestCut(text, { start, from: start + 1, to: start + maxChars, target: middle });
}

/**
 * The best place to cut a text that must be cut: near `target`, at a clause rather than at a blank. `from` and
 * `to` (inclusive) bound the offset. Inside a word only where the range holds no blank; a grapheme stays whole
 * unless it alone is longer than the range.
 */
export function bestCut(text: string, { start, from, to, target }: { start: number; from: number; to: number; target: number }): Cut {
  let best: Cut | undefined;
  let bestScore = -Infinity;
  for (let at = from; at <= to && at < text.length; at++) {
    const strength = clauseStrength(text, at);
    if (strength === 0 && !isBlank(text, at)) continue;
    if (skipBlanks(text, start) >= at) continue;
    const score = strength - (2 * Math.abs(at - target)) / Math.max(1, to - from);
    if (score > bestScore) {
      bestScore = score;
      best = { at, kind: strength > 0 ? 'clause' : 'blank' };
    }
  }
  return best ?? { at: graphemeCut(text, from, Math.min(to, text.length)), kind: 'word' };
}

/** 0: no clause ends just before `at`; 1: at a comma; 1.5: at a stronger mark. */
function clauseStrength(text: string, at: number): number {
  const before = text[at - 1];
  if (before === undefined) return 0;
  const isWide = wide.test(before);
  if (isWide && /[」』）”’]/u.test(text[at] ?? '')) return 0;
  if (isWide || isBlank(text, at)) {
    // A quotation mark after the comma belongs to the clause: "Well," he said.
    const mark = /["”’»]/u.test(before) ? (text[at - 2] ?? '') : before;
    if (strong.test(mark)) return isAbbreviationDot(text, at) ? 0 : 1.5;
    if (weak.test(mark)) return 1;
  }
  if (isBlank(text, at) && opening.test(text[at + 1] ?? '')) return 1;
  // An unspaced dash: "slow—then fast".
  return before === '—' && at >= 2 ? 1.5 : 0;
}

/** In mid-sentence a single dot most often belongs to an abbreviation. */
function isAbbreviationDot(text: string, at: number): boolean {
  return text[at - 1] === '.' && text[at - 2] !== '.';
}

function isBlank(text: string, at: number): boolean {
  const char = text[at];
  return char !== undefined && /\s/u.test(char);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text, at)) at++;
  return at;
}

/** The last offset in (from, to] that splits no surrogate pair and cuts off no mark, joiner or modifier. */
function graphemeCut(text: string, from: number, to: number): number {
  for (let at = to; at > Math.max(from, to - 32); at--) {
    if (isGraphemeEdge(text, at)) return at;
  }
  const splitsPair = /[\uDC00-\uDFFF]/.test(text[to] ?? '') && /[\uD800-\uDBFF]/.test(text[to - 1] ?? '');
  return splitsPair && to < text.length ? to + 1 : to;
}

function isGraphemeEdge(text: string, at: number): boolean {
  const next = text.codePointAt(at);
  if (next === undefined) return true;
  if (next >= 0xdc00 && next <= 0xdfff) return false;
  return !/[\p{M}\p{Emoji_Modifier}\u200D\uFE0F]/u.test(String.fromCodePoint(next)) && text[at - 1] !== '\u200D';
}
