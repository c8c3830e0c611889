/** For table tests: what the normaliser makes of a sentence, as text. */
import { alignedText } from '../../aligned-text.ts';
import { normaliseSentence } from '../normalise.ts';

export type TextCase = readonly [written: string, said: string, locale?: string];

export function read(written: string, locale = 'en-US'): string {
  return normaliseSentence(alignedText(written), { locale }).text;
}
