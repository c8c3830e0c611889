/** The voices that are here in ElevenLabs' shape: the local ones, and the premade ids that local voices stand for. */
import { premadeVoices } from '../../config/elevenlabs-voices.ts';
import type { Config } from '../../config/schema.ts';
import type { CatalogModel } from '../../speech/voice-catalog.ts';
import { defaultVoiceSettings } from './voice-settings.ts';

export type ListedVoice = ReturnType<typeof toVoice>;

type Told = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** BCP 47. */
  readonly language: string;
  readonly gender: string;
  readonly accent: string | undefined;
  /** The vendor's names of models that it speaks through. */
  readonly models: readonly string[];
};

const accents: Readonly<Record<string, string>> = { 'en-US': 'american', 'en-GB': 'british', 'pt-BR': 'brazilian' };

/** Local voices first, in the order of the engines; a premade id only while a voice that stands for it is here. */
export function listVoices(models: readonly CatalogModel[], speech: Config['speech']): readonly ListedVoice[] {
  const namesOf = (engine: string): string[] => Object.keys(speech.models).filter((name) => name.startsWith('eleven_') && speech.models[name] === engine);
  const locals = models.flatMap(({ engine, voices }) => voices.map((voice) => toVoice({ ...voice, accent: accents[voice.language], description: `A voice of ${engine}.`, models: namesOf(engine) })));
  const premade = premadeVoices.flatMap(({ id, name, gender, accent }) => {
    const standIns = Object.entries(speech.voices[id] ?? {}).flatMap(([engine, voiceId]) => findLocal(models, engine, voiceId));
    const best = standIns.find(({ engine }) => engine === 'kokoro') ?? standIns[0];
    if (best === undefined) return [];
    const description = `Spoken by ${standIns.map(({ engine, voice }) => `${voice.id} (${engine})`).join(', ')}.`;
    return [toVoice({ id, name, gender, accent, description, language: best.voice.language, models: standIns.flatMap(({ engine }) => namesOf(engine)) })];
  });
  return [...locals, ...premade];
}

function findLocal(models: readonly CatalogModel[], engine: string, voiceId: string) {
  return models.filter((model) => model.engine === engine).flatMap(({ voices }) => voices.filter(({ id }) => id === voiceId)).slice(0, 1).map((voice) => ({ engine, voice }));
}

function toVoice({ id, name, description, language, gender, accent, models }: Told) {
  const base = language.split('-')[0]!.toLowerCase();
  return {
    voice_id: id,
    name,
    samples: null,
    category: 'premade',
    fine_tuning: { is_allowed_to_fine_tune: false, state: {}, verification_failures: [], verification_attempts_count: 0, manual_verification_requested: false },
    labels: { language: base, gender, ...(accent === undefined ? {} : { accent }) },
    description,
    preview_url: null,
    available_for_tiers: [],
    settings: defaultVoiceSettings,
    sharing: null,
    high_quality_base_model_ids: models,
    verified_languages: models.map((modelId) => ({ language: base, model_id: modelId, accent: accent ?? null, locale: language, preview_url: null })),
    collection_ids: null,
    safety_control: null,
    voice_verification: { requires_verification: false, is_verified: false, verification_failures: [], verification_attempts_count: 0, language: null, verification_attempts: null },
    permission_on_resource: null,
    is_owner: false,
    is_legacy: false,
    is_mixed: false,
    favorited_at_unix: null,
    created_at_unix: null,
  };
}
