/** Collects what is said, and how, into passages; blanks collapse as in XML text, also across tags. */
import { alignedText, joinAligned, replaceAligned, sliceAligned, type AlignedText, type Span } from '../aligned-text.ts';
import { plainManner, type Manner, type Passage, type Pronunciation } from '../passage.ts';

export type PassageBuilder = {
  /** A passage goes on as long as the manner is the same. With `keepBlanks` the text stays exactly as it is. */
  readonly say: (text: AlignedText, manner: Manner) => void;
  /** For the passage last said to. */
  readonly pronounce: (pronunciation: Pronunciation) => void;
  /** Adds to the silence before what is said next; the sum so far in ms. */
  readonly pause: (ms: number) => number;
  /** What is said next begins a sentence or paragraph. */
  readonly block: (begins: 'sentence' | 'paragraph') => void;
  /** All of them; a pause behind the last words is a passage without text. */
  readonly finish: () => Passage[];
};

type Draft = { readonly parts: AlignedText[]; readonly manner: Manner; readonly pauseBeforeMs: number | undefined; readonly begins: 'sentence' | 'paragraph' | undefined; readonly pronunciations: Pronunciation[] };

const blanks = /[ \t\r\n]+/gu;

export function createPassageBuilder({ keepBlanks = false }: { keepBlanks?: boolean } = {}): PassageBuilder {
  const drafts: Draft[] = [];
  /** Undefined at the beginning of a block, where no blank is owed to anybody. */
  let current: Draft | undefined;
  let blank: AlignedText | undefined;
  let pauseMs: number | undefined;
  let begins: 'sentence' | 'paragraph' | undefined;

  const begin = (manner: Manner): Draft => {
    const draft: Draft = { parts: [], manner, pauseBeforeMs: pauseMs, begins, pronunciations: [] };
    drafts.push(draft);
    pauseMs = undefined;
    begins = undefined;
    return draft;
  };
  const append = (text: AlignedText, manner: Manner): void => {
    if (current === undefined || !sameManner(current.manner, manner)) current = begin(manner);
    current.parts.push(text);
  };

  return {
    say: (text, manner) => {
      if (text.text === '') return;
      if (keepBlanks) return append(text, manner);
      const { lead, body, trail } = splitBlanks(replaceAligned(text, blanks, () => ' '));
      blank ??= lead;
      if (body === undefined) return;
      // A blank between two passages belongs to the earlier one.
      if (blank !== undefined) current?.parts.push(blank);
      blank = trail;
      append(body, manner);
    },
    pronounce: (pronunciation) => void drafts.at(-1)?.pronunciations.push(pronunciation),
    pause: (ms) => {
      current = undefined;
      blank = undefined;
      pauseMs = (pauseMs ?? 0) + ms;
      return pauseMs;
    },
    block: (kind) => {
      current = undefined;
      blank = undefined;
      if (begins !== 'paragraph') begins = kind;
    },
    finish: () => {
      if (pauseMs !== undefined) begin(plainManner);
      return drafts.map(({ parts, manner, pauseBeforeMs, begins: kind, pronunciations }) => ({
        text: parts.length === 1 ? parts[0]! : parts.length === 0 ? alignedText('') : joinAligned(parts),
        manner,
        ...(pauseBeforeMs === undefined ? {} : { pauseBeforeMs }),
        ...(kind === undefined ? {} : { begins: kind }),
        pronunciations,
      }));
    },
  };
}

/** The text without the blanks around it; its blanks are single already. */
function splitBlanks(text: AlignedText): { lead: AlignedText | undefined; body: AlignedText | undefined; trail: AlignedText | undefined } {
  const inner = trimmed(text);
  return {
    lead: text.text.startsWith(' ') ? sliceAligned(text, 0, 1) : undefined,
    body: inner.end > inner.start ? sliceAligned(text, inner.start, inner.end) : undefined,
    trail: inner.end > inner.start && inner.end < text.text.length ? sliceAligned(text, inner.end, inner.end + 1) : undefined,
  };
}

/** Where a text is without the XML blanks around it; empty where it is blank. */
export function trimmed({ text }: AlignedText): Span {
  const isBlank = (at: number): boolean => ' \t\r\n'.includes(text[at]!);
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return { start, end };
}

function sameManner(one: Manner, other: Manner): boolean {
  return one === other || (one.rate === other.rate && one.pitchSemitones === other.pitchSemitones && one.volumeDb === other.volumeDb && one.language === other.language);
}
