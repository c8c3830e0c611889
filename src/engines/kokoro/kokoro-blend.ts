/** Reads a voice or a mix of voices: `af_heart`, `af_heart+am_adam`, `af_heart:0.6+am_adam:0.4`. */
import { AntiphonError } from '../../errors.ts';
import { kokoroLanguage, unspeakableLanguage } from './kokoro-voices.ts';
import type { KokoroLanguage } from './kokoro-voices.ts';

export type BlendPart = {
  readonly voiceId: string;
  /** Share of the mix; the shares of a blend sum to 1. */
  readonly weight: number;
};

export type Blend = {
  readonly parts: readonly BlendPart[];
  /** That of the first voice named: a blend reads text by one set of rules. */
  readonly language: KokoroLanguage;
};

const maxParts = 8;

/**
 * A voice without a weight counts 1; a voice named twice counts twice; a weight of 0 leaves the voice out. Errors:
 * voice_unknown (param `voice`) naming the part at fault, also for a voice whose language has no phonemes here.
 */
export function parseBlend(text: string, knownVoices: ReadonlySet<string>): Blend {
  const names = text.split('+');
  if (names.length > maxParts) throw refusal(`A blend takes at most ${maxParts} voices, not ${names.length}.`);
  const parts = names.map((part) => parsePart(part, { isAlone: names.length === 1, knownVoices }));
  const total = parts.reduce((sum, part) => sum + part.weight, 0);
  if (total === 0) throw refusal('The weights of the blend add up to 0.');
  const used = parts.filter((part) => part.weight > 0);
  return {
    parts: used.map((part) => ({ voiceId: part.voiceId, weight: part.weight / total })),
    language: kokoroLanguage(used[0]!.voiceId)!,
  };
}

function parsePart(part: string, { isAlone, knownVoices }: { isAlone: boolean; knownVoices: ReadonlySet<string> }): BlendPart {
  const shown = JSON.stringify(part.slice(0, 40));
  const [name = '', weightText, ...rest] = part.trim().split(':');
  const voiceId = name.trim();
  const weight = weightText === undefined ? 1 : /^\s*(?:\d+\.?\d*|\.\d+)\s*$/u.test(weightText) ? Number(weightText) : NaN;
  if (voiceId === '') throw refusal(isAlone ? 'No voice was named.' : `The blend has a part without a voice: ${shown}.`);
  if (rest.length > 0 || !Number.isFinite(weight)) throw refusal(`The weight in ${shown} is not a number of 0 or more.`);
  const unspeakable = unspeakableLanguage(voiceId);
  if (unspeakable !== undefined) {
    throw refusal(`The voice ${shown} speaks ${unspeakable}, for which this engine has no phonemes yet.`);
  }
  if (!knownVoices.has(voiceId) || kokoroLanguage(voiceId) === undefined) throw refusal(`No voice of the name ${shown} is installed.`);
  return { voiceId, weight };
}

function refusal(message: string): AntiphonError {
  return new AntiphonError('voice_unknown', message, { param: 'voice' });
}
