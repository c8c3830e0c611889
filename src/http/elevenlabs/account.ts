/** GET /v1/models, /v1/user and /v1/user/subscription: what ElevenLabs' clients look at before they speak. */
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config/schema.ts';
import type { VoiceCatalog } from '../../speech/voice-catalog.ts';
import { elevenLabsDialect } from './errors.ts';

export type ElevenLabsAccountOptions = { readonly catalog: VoiceCatalog; readonly speech: Config['speech'] };

/** Nothing is counted here; a number that no client comes near keeps those that compare from stopping. */
const unlimited = 1_000_000_000;

export function registerElevenLabsAccount(app: FastifyInstance, { catalog, speech }: ElevenLabsAccountOptions): void {
  const config = { dialect: elevenLabsDialect };

  // OpenAI's list lies at the same path and stays the default.
  app.get('/v1/models', { config, constraints: { vendor: 'elevenlabs' } }, async () => {
    const models = await catalog.models();
    const engines = new Set(models.map(({ engine }) => engine));
    const aliases = Object.entries(speech.models).filter(([name, engine]) => name.startsWith('eleven_') && engines.has(engine));
    return [...aliases, ...[...engines].map((engine) => [engine, engine] as const)].map(([id, engine]) => ({
      model_id: id,
      name: id,
      description: `Spoken by ${engine}.`,
      can_be_finetuned: false,
      can_do_text_to_speech: true,
      can_do_voice_conversion: false,
      can_use_style: false,
      can_use_speaker_boost: false,
      serves_pro_voices: false,
      token_cost_factor: 1,
      requires_alpha_access: false,
      max_characters_request_free_user: speech.maxInputCharacters,
      max_characters_request_subscribed_user: speech.maxInputCharacters,
      maximum_text_length_per_request: speech.maxInputCharacters,
      languages: languagesOf(models.filter((model) => model.engine === engine).flatMap(({ voices }) => voices.map(({ language }) => language))),
      model_rates: { character_cost_multiplier: 1, cost_discount_multiplier: 1 },
      concurrency_group: 'standard',
    }));
  });

  app.get('/v1/user', { config }, async () => ({
    user_id: 'local',
    workspace_id: 'local',
    subscription,
    is_new_user: false,
    xi_api_key: null,
    can_use_delayed_payment_methods: false,
    is_onboarding_completed: true,
    is_onboarding_checklist_completed: true,
    show_compliance_terms: false,
    first_name: null,
    is_api_key_hashed: true,
    xi_api_key_preview: null,
    created_at: 0,
    seat_type: 'workspace_admin',
  }));

  app.get('/v1/user/subscription', { config }, async () => ({ ...subscription, next_invoice: null, open_invoices: [], has_open_invoices: false, pending_change: null }));
}

const subscription = {
  tier: 'self_hosted',
  character_count: 0,
  character_limit: unlimited,
  max_character_limit_extension: null,
  max_credit_limit_extension: 'unlimited',
  can_extend_character_limit: false,
  allowed_to_extend_character_limit: false,
  next_character_count_reset_unix: null,
  voice_slots_used: 0,
  professional_voice_slots_used: 0,
  professional_voice_slots_used_in_workspace: 0,
  voice_limit: 0,
  max_voice_add_edits: null,
  voice_add_edit_counter: 0,
  professional_voice_limit: 0,
  can_extend_voice_limit: false,
  can_use_instant_voice_cloning: false,
  can_use_professional_voice_cloning: false,
  currency: 'usd',
  current_overage: { amount: '0', currency: 'usd' },
  status: 'active',
  billing_period: null,
  character_refresh_period: null,
} as const;

function languagesOf(tags: readonly string[]) {
  const names = new Intl.DisplayNames(['en'], { type: 'language' });
  return [...new Set(tags.map((tag) => tag.split('-')[0]!))].map((id) => ({ language_id: id, name: names.of(id) ?? id }));
}
