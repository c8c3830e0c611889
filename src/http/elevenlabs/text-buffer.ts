/** Collects text that arrives in words and pieces until there is enough to say, and cuts it where a speaker would breathe. */
import { splitSentences } from '../../text/sentences.ts';

export type TextBufferOptions = {
  /** Characters that must have come before the first, second, … stretch is said; the last one holds from there on. */
  readonly schedule: readonly number[];
  /** Says every sentence as soon as it is complete, whatever the schedule. */
  readonly bySentence: boolean;
  /** BCP 47; tells where sentences end. */
  readonly locale: string;
};

/** A stretch to be said in one go; `ending` tells the silence that belongs behind it. */
export type Stretch = { readonly text: string; readonly ending: 'sentence' | 'paragraph' | 'none' };

export type TextBuffer = {
  /** Takes a piece and gives the stretches that it made ready, in order; together they lose no character. */
  readonly push: (piece: string) => readonly Stretch[];
  /** What can be said now, where at least `leastTriggered` characters wait. */
  readonly trigger: () => readonly Stretch[];
  /** All that waits. */
  readonly flush: () => readonly Stretch[];
  readonly waitingCharacters: () => number;
};

/** Fewer say too little of how they are to be said; the vendor's own bound. */
const leastTriggered = 50;
/** Longer stretches are looked through in windows, so that no message makes one that cannot be said at once. */
const windowCharacters = 1_000;

export function createTextBuffer({ schedule, bySentence, locale }: TextBufferOptions): TextBuffer {
  let waiting = '';
  let cuts = 0;

  function take(length: number): Stretch {
    const text = waiting.slice(0, length);
    waiting = waiting.slice(length);
    cuts++;
    return { text, ending: endingOf(text) };
  }

  /** `cut` gives the length of the next stretch, 0 for none. */
  function takeWhile(cut: () => number): readonly Stretch[] {
    const taken: Stretch[] = [];
    for (let length = cut(); length > 0; length = cut()) taken.push(take(length));
    return taken.filter(({ text }) => text.trim() !== '');
  }

  const threshold = (): number => schedule[Math.min(cuts, schedule.length - 1)]!;
  const scheduled = (): number => (waiting.length < threshold() ? 0 : bestCut(waiting, { least: threshold() / 2, locale }));
  const sentence = (): number => sentenceCut(closedPart(waiting.slice(0, windowCharacters)), locale);

  return {
    push: (piece) => {
      waiting += piece;
      return takeWhile(bySentence ? sentence : scheduled);
    },
    trigger: () => (waiting.trim().length < leastTriggered ? [] : takeWhile(() => (waiting.length < leastTriggered ? 0 : bestCut(waiting, { least: 0, locale })))),
    flush: () => takeWhile(() => (waiting.length <= windowCharacters ? waiting.length : bestCut(waiting, { least: 0, locale }))),
    waitingCharacters: () => waiting.length,
  };
}

/** After the last whole sentence, else behind a comma, else between words; text without blanks as it is. 0 inside markup. */
function bestCut(text: string, { least, locale }: { least: number; locale: string }): number {
  const window = closedPart(text.slice(0, windowCharacters));
  const candidates = [sentenceCut(window, locale), lastEnd(window, /[,;:—–](?=\s)/gu), lastEnd(window, /\s+/gu)];
  return candidates.find((at) => at > 0 && at >= least) ?? candidates.find((at) => at > 0) ?? window.length;
}

/** Where the last sentence ends that is sure to be over; "Dr. " is not, whatever follows it. */
function sentenceCut(text: string, locale: string): number {
  if (text.trim() === '') return 0;
  // A word that could begin a sentence stands for what is to come, once a blank says that the last word is whole.
  const probe = /\s$/.test(text) ? 'Next' : '';
  const sentences = splitSentences(text + probe, { locale });
  return sentences.length < 2 ? 0 : sentences.at(-2)!.end;
}

/** The part before a tag or an element that has not ended yet. */
function closedPart(text: string): string {
  const tag = /<[a-z/!?][^<>]*$/i.exec(text)?.index ?? text.length;
  const element = text.lastIndexOf('<phoneme');
  const isOpen = element >= 0 && !text.includes('</phoneme', element) && !/^<phoneme[^>]*\/>/.test(text.slice(element));
  return text.slice(0, isOpen ? Math.min(tag, element) : tag);
}

function lastEnd(text: string, pattern: RegExp): number {
  const match = [...text.matchAll(pattern)].at(-1);
  return match === undefined ? 0 : match.index + match[0].length;
}

function endingOf(text: string): Stretch['ending'] {
  if (/\n[ \t]*\n\s*$/.test(text)) return 'paragraph';
  return /[.!?…。！？]["'”’»)\]]*\s*$/u.test(text) ? 'sentence' : 'none';
}
