/** What a caller sent, as passages: plain text is one, markup is cut where the manner of speaking changes. */
import { alignedWithin, joinAligned } from '../text/aligned-text.ts';
import { cleanAligned } from '../text/clean-text.ts';
import { speakMarkdown } from '../text/markdown/speak-markdown.ts';
import { sayAs } from '../text/normalise/say-as.ts';
import { plainManner, type Manner, type Passage } from '../text/passage.ts';
import { parseFragments } from '../text/ssml/parse-fragments.ts';
import { parseSsml } from '../text/ssml/parse-ssml.ts';

/** `none`: text and Markdown. `ssml`: SSML, strictly. `fragments`: text in which `<break>` and `<phoneme>` are markup. */
export type Markup = 'none' | 'ssml' | 'fragments';

export type PassagesOptions = { readonly text: string; readonly markup: Markup; readonly language: string };

/** Errors: input_invalid, with the place, for markup that is wrong. */
export function passagesOf({ text, markup, language }: PassagesOptions): readonly Passage[] {
  switch (markup) {
    case 'none':
      return [{ text: speakMarkdown(cleanAligned(text)), manner: plainManner, pronunciations: [] }];
    case 'ssml':
      return joined(parseSsml(text, { locale: language, sayAs }));
    case 'fragments':
      return joined(parseFragments(text, { locale: language, sayAs }));
  }
}

/** Passages said in one manner are one: a pronunciation in the middle of a sentence does not cut it. */
function joined(passages: readonly Passage[]): Passage[] {
  const out: Passage[] = [];
  for (const passage of passages) {
    const before = out.at(-1);
    if (before === undefined || passage.pauseBeforeMs !== undefined || passage.begins !== undefined || !isSameManner(before.manner, passage.manner)) out.push(passage);
    else out[out.length - 1] = { ...before, text: joinAligned([before.text, passage.text]), pronunciations: [...before.pronunciations, ...passage.pronunciations] };
  }
  return out.map((passage) => ({ ...passage, text: alignedWithin(passage.text, cleanAligned(passage.text.text)) }));
}

function isSameManner(one: Manner, other: Manner): boolean {
  return one.rate === other.rate && one.pitchSemitones === other.pitchSemitones && one.volumeDb === other.volumeDb && one.language === other.language;
}
