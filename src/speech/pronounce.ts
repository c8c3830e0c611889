/** How a text would be read, without speaking it: sentence by sentence, with the sounds where espeak makes them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { createEspeakPhonemizer, type EspeakPhonemizer } from '../engines/phonemes/espeak.ts';
import { toAntiphonError } from '../errors.ts';
import type { Dictionary } from '../text/pronunciation/dictionary.ts';
import { chooseVoice, type ChosenVoice } from './choose-voice.ts';
import { describeReading, type SentenceReading } from './describe-reading.ts';
import type { Markup } from './passages-of.ts';
import { prepareText, type PlannedSentence } from './prepare-text.ts';
import type { VoiceCatalog } from './voice-catalog.ts';

export type PronounceRequest = {
  /** Whose own pronunciations count. */
  readonly owner: string;
  readonly text: string;
  /** Default: `none`. */
  readonly markup?: Markup;
  /** Default: true. */
  readonly normalise?: boolean;
  readonly model: string;
  readonly voice?: string | undefined;
};

export type ReadText = {
  readonly voice: ChosenVoice;
  readonly sentences: readonly ReadSentence[];
};

export type ReadSentence = SentenceReading & {
  /** IPA as espeak gives it, from which Piper and Kokoro speak; undefined for a voice or language that it is not for. */
  readonly ipa: string | undefined;
};

export type Pronounce = (request: PronounceRequest) => Promise<ReadText>;

export type PronounceDependencies = {
  readonly config: Config['speech'];
  readonly catalog: Pick<VoiceCatalog, 'models' | 'refreshForCaller'>;
  /** The user's own words as they are now. */
  readonly dictionary: (owner: string) => Promise<Dictionary | undefined>;
};

/** Errors of the returned function: those of prepareText and chooseVoice. */
export function createPronounce({ config, catalog, dictionary }: PronounceDependencies): Pronounce {
  let loading: Promise<EspeakPhonemizer> | undefined;

  return async ({ owner, text, markup = 'none', normalise = true, model, voice: wanted }) => {
    const voice = await findVoice(model, wanted);
    const own = await dictionary(owner);
    const sentences = prepareText({
      text,
      markup,
      language: voice.language,
      maxCharacters: config.maxInputCharacters,
      sentencePauseMs: config.sentencePauseMs,
      paragraphPauseMs: config.paragraphPauseMs,
      speed: 1,
      reading: { normalise, dictionary: own, takesPronunciations: voice.takesPronunciations },
    });
    // Loaded for the first who asks (35 ms, 17 MB): a server that only speaks leaves it to its workers.
    const espeak = voice.engine === 'flite' ? undefined : await (loading ??= createEspeakPhonemizer());
    const read: ReadSentence[] = [];
    for (const sentence of sentences) {
      // A few milliseconds each; others are being sent audio meanwhile.
      await nextTurn();
      read.push({ ...describeReading(sentence, text), ipa: espeak && ipaOf(sentence, { espeak, language: sentence.language ?? voice.language }) });
    }
    return { voice, sentences: read };
  };

  async function findVoice(model: string, voice: string | undefined): Promise<ChosenVoice> {
    try {
      return chooseVoice({ model, voice, models: await catalog.models(), config });
    } catch {
      return chooseVoice({ model, voice, models: await catalog.refreshForCaller(), config });
    }
  }
}

/** espeak names most voices as BCP 47 does, in small letters; where it knows no such region, by the language alone. */
function ipaOf({ said }: PlannedSentence, { espeak, language }: { readonly espeak: EspeakPhonemizer; readonly language: string }): string | undefined {
  const { text, pronunciations } = said();
  for (const espeakVoice of new Set([language.toLowerCase(), language.toLowerCase().split('-')[0]!])) {
    try {
      const items = espeak.phonemiseWithPunctuation(text, espeakVoice, pronunciations);
      return items.map(({ kind, value }, index) => (index > 0 && kind === 'phonemes' ? ` ${value}` : value)).join('');
    } catch (error) {
      if (toAntiphonError(error).param !== 'language') return undefined;
    }
  }
  return undefined;
}
