/** For APIs that name a voice and no model: the model that has the voice. */
import type { CatalogModel, VoiceCatalog } from '../speech/voice-catalog.ts';

/** Where no model has it by that name (another vendor's name, or nobody's) the fast one shall say so. */
const otherwise = 'tts-1';

export async function modelOfVoice(voice: string | undefined, catalog: VoiceCatalog): Promise<string> {
  if (voice === undefined) return otherwise;
  const find = (models: readonly CatalogModel[]): string | undefined => models.find(({ voices }) => voices.some(({ id }) => id === firstOf(voice)))?.modelId;
  return find(await catalog.models()) ?? find(await catalog.refreshForCaller()) ?? otherwise;
}

/** A blend goes where its first voice lives. */
function firstOf(voice: string): string {
  return voice.split('+')[0]!.replace(/:[\d.]+$/, '');
}
