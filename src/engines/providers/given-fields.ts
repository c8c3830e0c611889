/** What a provider of speech or text cannot do, refused in the words of the engines' contracts. */
import { AntiphonError } from '../../errors.ts';
import type { SpeechRequest } from '../kinds.ts';

/**
 * No provider's protocol has a pitch, or sounds in IPA that all its models take. Ignoring pronunciations would say the
 * words otherwise than the caller asked, so they are refused, too, as by engines that take none.
 */
export function refuseUnsayable(request: SpeechRequest, { id, slowest, fastest }: { readonly id: string; readonly slowest: number; readonly fastest: number }): void {
  if ((request.pitchSemitones ?? 0) !== 0) throw unsupported('pitch', `The provider ${id} keeps its voices' own pitch; leave it at 0.`);
  if ((request.pronunciations ?? []).length > 0) throw unsupported('phoneme', `The provider ${id} takes no pronunciations.`);
  if (request.speed < slowest || request.speed > fastest) throw unsupported('speed', `The provider ${id} speaks at a speed of ${slowest} to ${fastest}.`);
}

export function unsupported(param: string, message: string): AntiphonError {
  return new AntiphonError('input_unsupported', message, { param });
}

/** Languages are asked for by their code; `und` is what a provider that told none was written down as. */
export function askedLanguage(language: string | undefined): string | undefined {
  return language === undefined || language === unknownLanguage ? undefined : language;
}

/** ISO 639-2: undetermined. */
export const unknownLanguage = 'und';
