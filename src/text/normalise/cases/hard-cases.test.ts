/** By sound: what espeak says for our reading is what it says for the expected words. */
import { describe, expect, it } from 'vitest';
import { createEspeakPhonemizer } from '../../../engines/phonemes/espeak.ts';
import { alignedText } from '../../aligned-text.ts';
import { speakMarkdown } from '../../markdown/speak-markdown.ts';
import { normaliseSentence } from '../normalise.ts';
import { britishCases, hardCases } from './hard-cases.ts';
import { laterCases } from './later-cases.ts';

const espeak = await createEspeakPhonemizer();

function sound(text: string, voice: string): string {
  return espeak.phonemiseWithPunctuation(text, voice).filter((item) => item.kind === 'phonemes').map(({ value }) => value).join('').replaceAll(/[ˈˌ\s]/gu, '');
}

describe.each([...Object.entries(hardCases).map(([name, cases]) => ({ name, cases, locale: 'en-US' })), { name: 'later', cases: laterCases, locale: 'en-US' }, { name: 'british', cases: britishCases, locale: 'en-GB' }])('$name', ({ cases, locale }) => {
  it.each(cases)('%s → %s', (written, said) => {
    const reading = normaliseSentence(speakMarkdown(alignedText(written)), { locale }).text;
    expect(sound(reading, locale.toLowerCase()), reading).toBe(sound(said, locale.toLowerCase()));
  });
});
