/** Which local voice speaks for a voice_id. At ElevenLabs every voice speaks through every model; here a voice belongs to one engine. */
import type { Config } from '../../config/schema.ts';
import { AntiphonError, toAntiphonError } from '../../errors.ts';
import { chooseVoice, type ChosenVoice } from '../../speech/choose-voice.ts';
import type { CatalogModel, VoiceCatalog } from '../../speech/voice-catalog.ts';

export type SpeakerOptions = {
  readonly voiceId: string;
  readonly modelId: string;
  /** ISO 639-1 or BCP 47; compared by its language alone. */
  readonly languageCode: string | undefined;
  readonly catalog: VoiceCatalog;
  readonly speech: Config['speech'];
  /** Somebody else than this machine may speak for the model. */
  readonly mayAskProviders: (model: string) => boolean;
};

/** `model` in the words of a SpeakRequest: the caller's, or the voice's own where the caller's engine does not have it. */
export type Speaker = { readonly model: string; readonly voice: string; readonly language: string };

/**
 * A vendor's own id stands for no particular local voice, so in another language another one may speak for it.
 * Errors: those of chooseVoice; input_unsupported where the voice speaks another language than was asked for.
 */
export async function chooseSpeaker(options: SpeakerOptions): Promise<Speaker> {
  const { catalog, languageCode, voiceId, modelId, speech } = options;
  const asAsked = options.mayAskProviders(modelId) ? { model: modelId, voice: voiceId, language: languageCode ?? 'en' } : undefined;
  const { model, chosen } = await lookUp(await catalog.models(), options).catch(async () => lookUp(await catalog.refreshForCaller(), options)).catch((error: unknown) => {
    // A voice that this machine does not know may be a provider's own.
    if (asAsked === undefined) throw error;
    return { model: modelId, chosen: undefined };
  });
  if (chosen === undefined) return asAsked!;
  const own = { model, voice: voiceId, language: chosen.language };
  // A provider's voices speak many languages.
  if (asAsked !== undefined && model === modelId) return { ...asAsked, language: languageCode ?? chosen.language };
  if (languageCode === undefined || primary(languageCode) === primary(chosen.language)) return own;
  const other = Object.hasOwn(speech.voices, voiceId) ? chosen.inLanguage(primary(languageCode)) : undefined;
  if (other !== undefined) return { model: chosen.modelId, voice: other, language: primary(languageCode) };
  throw new AntiphonError('input_unsupported', `This voice speaks ${chosen.language} and no other language; choose a voice of the language you want, or leave the field out.`, { param: 'language_code' });
}

async function lookUp(models: readonly CatalogModel[], { voiceId, modelId, speech }: SpeakerOptions): Promise<{ model: string; chosen: ChosenVoice }> {
  const choose = (model: string) => ({ model, chosen: chooseVoice({ model, voice: voiceId, models, config: speech }) });
  try {
    return choose(modelId);
  } catch (error) {
    const own = models.find(({ voices }) => voices.some(({ id }) => id === firstOf(voiceId)));
    if (toAntiphonError(error).code !== 'voice_unknown' || own === undefined) throw error;
    return choose(own.modelId);
  }
}

/** A blend goes where its first voice lives. */
function firstOf(voiceId: string): string {
  return voiceId.split('+')[0]!.replace(/:[\d.]+$/, '');
}

function primary(language: string): string {
  return language.split(/[-_]/)[0]!.toLowerCase();
}
