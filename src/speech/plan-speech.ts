/** How a member of the chain would speak a request: with which voice, in which sentences, at which rate. */
import { audioFormats, outputRateFor } from '../audio/formats.ts';
import type { Config } from '../config/schema.ts';
import { askerOf } from '../dispatch/lanes.ts';
import type { ProviderRoster } from '../dispatch/provider-roster.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import { toTraceparent } from '../telemetry/trace-context.ts';
import type { Dictionary } from '../text/pronunciation/dictionary.ts';
import { chooseVoice, fasterVoice, type ChosenVoice } from './choose-voice.ts';
import { growSentences } from './grow-sentences.ts';
import { prepareText, type PlannedSentence, type PrepareTextOptions } from './prepare-text.ts';
import type { SpeakRequest } from './speak.ts';
import { chooseProviderVoice, type SpeechMembers } from './speech-source.ts';
import type { SynthesisPlan } from './synthesise-plan.ts';
import type { VoiceCatalog } from './voice-catalog.ts';

export type PlannedSpeech = { readonly voice: ChosenVoice; readonly outputRateHz: number; readonly plan: SynthesisPlan };

export type SpeechPlanner = {
  /** By this machine. `standsIn`: a voice that is unknown here may be one of whoever should have spoken; the usual one speaks. */
  readonly here: (request: SpeakRequest, standsIn?: boolean) => Promise<PlannedSpeech>;
  readonly by: (provider: string, request: SpeakRequest, choice: SpeechMembers) => Promise<PlannedSpeech>;
};

export type SpeechPlannerOptions = {
  readonly config: Config['speech'];
  readonly catalog: VoiceCatalog;
  readonly roster: ProviderRoster;
  /** An owner's own pronunciations. */
  readonly dictionary: (owner: string) => Promise<Dictionary | undefined>;
  /** The fast voice is to speak for the fine one. Default: it is not. */
  readonly usesSmallModel?: () => Promise<boolean>;
};

/** Errors: those of prepareText, chooseVoice, outputRateFor; provider_unknown. */
export function createSpeechPlanner({ config, catalog, roster, dictionary, usesSmallModel = async () => false }: SpeechPlannerOptions): SpeechPlanner {
  async function findVoice({ model, voice }: SpeakRequest, standsIn = false): Promise<ChosenVoice> {
    try {
      return chooseVoice({ model, voice, models: await catalog.models(), config });
    } catch (error) {
      const { code } = toAntiphonError(error);
      if (!['voice_unknown', 'model_unknown', 'model_not_ready', 'worker_unavailable'].includes(code)) throw error;
      // It may have been dropped into the voices folder a second ago.
      const models = await catalog.refreshForCaller();
      return chooseVoice({ model, voice: standsIn && code === 'voice_unknown' ? undefined : voice, models, config });
    }
  }

  async function providerVoice(id: string, { voice }: SpeakRequest, { members, providerModel }: SpeechMembers): Promise<ChosenVoice> {
    const model = providerModel ?? roster.modelOf(id, 'speech');
    const models = await catalog.models();
    return chooseProviderVoice({ entry: roster.get(id), model, voice, config, isNamed: members !== undefined, isLocalVoice: (name) => models.some(({ voices }) => voices.some((one) => one.id === name.split('+')[0]!.replace(/:[\d.]+$/, ''))) });
  }

  async function planFor(request: SpeakRequest, voice: ChosenVoice): Promise<PlannedSpeech> {
    const own = await dictionary(request.caller.owner);
    const text = readText(request, {
      language: voice.language,
      maxCharacters: Math.max(config.maxInputCharacters, request.maxCharacters ?? 0),
      sentencePauseMs: config.sentencePauseMs,
      paragraphPauseMs: config.paragraphPauseMs,
      speed: request.speed,
      // A provider reads figures by itself, in the language of the text, which is not known here.
      reading: { normalise: (request.normalise ?? true) && roster.find(voice.engine) === undefined, dictionary: own, takesPronunciations: voice.takesPronunciations },
    });
    const voiceFor = text.whole === undefined ? () => voice.voice : voicesByLanguage(voice, text.whole);
    const outputRateHz = outputRateFor({ format: request.format, sourceRateHz: voice.sampleRateHz, wantedHz: request.sampleRateHz });
    return { voice, outputRateHz, plan: { requestText: text.written, sentences: text.sentences, voice, asker: askerOf(request.caller), voiceFor, traceparent: toTraceparent(request.trace), delaySeconds: audioFormats[request.format].codecDelaySamples / outputRateHz } };
  }

  return {
    here: async (request, standsIn = false) => {
      const found = await findVoice(request, standsIn);
      return planFor(request, await usesSmallModel() ? fasterVoice(found, { voice: request.voice, models: await catalog.models(), config }) : found);
    },
    by: async (provider, request, choice) => planFor(request, await providerVoice(provider, request, choice)),
  };
}

/** A text on its way to speech. */
type ReadText = {
  readonly sentences: SynthesisPlan['sentences'];
  /** Its sentences where it is whole. */
  readonly whole: readonly PlannedSentence[] | undefined;
  /** So much of it as there is. */
  readonly written: () => string;
};

/** Errors: those of prepareText; of a text that is still being written they come from its sentences. */
function readText({ text, markup = 'none' }: SpeakRequest, options: Omit<PrepareTextOptions, 'text' | 'markup'>): ReadText {
  if (typeof text !== 'string') {
    const growing = growSentences(text, options);
    return { sentences: growing.sentences, whole: undefined, written: growing.text };
  }
  const whole = prepareText({ ...options, text, markup });
  return { sentences: whole, whole, written: () => text };
}

/** Errors: input_unsupported where a sentence wants a pitch or a language that the voice's model does not have. */
function voicesByLanguage(voice: ChosenVoice, sentences: readonly PlannedSentence[]): (language: string) => string {
  if (!voice.changesPitch && sentences.some(({ pitchSemitones }) => pitchSemitones !== 0)) {
    throw new AntiphonError('input_unsupported', `The voice "${voice.voice}" cannot change its pitch; leave pitch out, or choose a voice of the kokoro engine.`, { param: 'input' });
  }
  const known = new Map<string, string>();
  for (const { language } of sentences) {
    if (language === undefined || known.has(language)) continue;
    const found = voice.inLanguage(language);
    if (found === undefined) throw new AntiphonError('input_unsupported', `The model of "${voice.voice}" has no voice for the language "${language}".`, { param: 'input' });
    known.set(language, found);
  }
  return (language) => known.get(language) ?? voice.voice;
}
