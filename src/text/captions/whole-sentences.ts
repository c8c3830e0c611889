/** Sentences put together again that something has cut: markup where the manner of speaking changes, a model where it likes. */
import type { CaptionWord } from './caption-words.ts';

/** Less than the shortest pause between sentences that anybody hears. */
const seamSeconds = 0.12;

/** Stretches that follow each other without a pause, and without a mark that ends a sentence, are one. */
export function wholeSentences(stretches: readonly (readonly CaptionWord[])[]): CaptionWord[][] {
  const whole: CaptionWord[][] = [];
  for (const words of stretches) {
    const last = whole.at(-1)?.at(-1);
    if (last !== undefined && words.length > 0 && !endsSentence(last.text) && words[0]!.startSeconds - last.endSeconds < seamSeconds) whole.at(-1)!.push(...words);
    else whole.push([...words]);
  }
  return whole.map(joinMarks);
}

function endsSentence(text: string): boolean {
  return /[.!?…。！？:;]["'”’»)\]]*$/u.test(text);
}

/** A comma that was cut from its word. */
function joinMarks(words: readonly CaptionWord[]): CaptionWord[] {
  const joined: CaptionWord[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    if (before !== undefined && /^[.,;:!?…)\]”’»]+$/u.test(word.text)) joined[joined.length - 1] = { ...before, text: before.text + word.text, endSeconds: word.endSeconds };
    else joined.push(word);
  }
  return joined;
}
