/** The voice of a long reading: the one that was asked for, or none. */
import type { Config } from '../../config/schema.ts';
import { AntiphonError, toAntiphonError } from '../../errors.ts';
import { chooseVoice, type ChosenVoice } from '../choose-voice.ts';
import type { VoiceCatalog } from '../voice-catalog.ts';

export type FindVoiceOptions = { readonly model: string; readonly voice: string | undefined; readonly catalog: VoiceCatalog; readonly config: Config['speech'] };

/** Nobody wants a book in the voice that stood in. Errors: those of chooseVoice; model_not_ready in place of a stand-in. */
export async function findVoice({ model, voice, catalog, config }: FindVoiceOptions): Promise<ChosenVoice> {
  const found = chooseVoice({ model, voice, models: await catalog.models(), config });
  if (found.insteadOf !== undefined) {
    throw new AntiphonError('model_not_ready', `The files of "${found.insteadOf}" are not here yet, and another engine would read in its place; try again later, or ask for "${found.engine}" by its name.`, { param: 'model', retryAfterSeconds: 30 });
  }
  return found;
}

/** The same, asking the workers again where the voice is not known: it may have been dropped in a second ago. */
export async function findVoiceNow(options: FindVoiceOptions): Promise<ChosenVoice> {
  try {
    return await findVoice(options);
  } catch (error) {
    if (!['voice_unknown', 'model_unknown', 'model_not_ready', 'worker_unavailable'].includes(toAntiphonError(error).code)) throw error;
    await options.catalog.refreshForCaller();
    return findVoice(options);
  }
}
