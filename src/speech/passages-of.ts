/** What a caller sent, as passages: plain text is one, markup is cut where the manner of speaking changes. */
import { alignedText } from '../text/aligned-text.ts';
import { cleanText } from '../text/clean-text.ts';
import { plainManner, type Passage } from '../text/passage.ts';

/** `none`: text and Markdown. `ssml`: SSML, strictly. `fragments`: text in which `<break>` and `<phoneme>` are markup. */
export type Markup = 'none' | 'ssml' | 'fragments';

export type PassagesOptions = { readonly text: string; readonly markup: Markup; readonly language: string };

/** Errors: input_invalid, with the place, for markup that is wrong. */
export function passagesOf({ text }: PassagesOptions): readonly Passage[] {
  return [{ text: alignedText(cleanText(text)), manner: plainManner, pronunciations: [] }];
}
