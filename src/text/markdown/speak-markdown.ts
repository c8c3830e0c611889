/** Markdown as it is read aloud: marks go, words stay, what stood apart on the page stands apart in speech. */
import type { AlignedText } from '../aligned-text.ts';
import { readBlocks } from './blocks.ts';
import { readInline } from './inline.ts';

/** Anything that markup could begin with; most text has none of it and passes untouched. */
const mayBeMarkup = /[*_`[<|~\\&]|^(?:#|>|[-+•] |\d{1,3}[.)] |={3}|-{3})/mu;

/**
 * For clean text (`cleanAligned`). Headings, list items and rows of tables end as sentences do; of links and images
 * the words remain, of code its text. What only looks like markup ("2 * 3 * 4", "snake_case", "#1", "5 > 3") stays.
 * Linear in the length; own scanner rather than a parser of Markdown because every character must keep its source.
 */
export function speakMarkdown(aligned: AlignedText): AlignedText {
  if (!mayBeMarkup.test(aligned.text)) return aligned;
  const { text, verbatim, references } = readBlocks(aligned);
  return readInline(text, { verbatim, references });
}
