/** GET /v1/models, /v1/user and /v1/user/subscription: what ElevenLabs' clients look at before they speak. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { UsageLedger } from '../../access/usage-export.ts';
import type { Config } from '../../config/schema.ts';
import type { VoiceCatalog } from '../../speech/voice-catalog.ts';
import { callerOf } from '../request-context.ts';
import { elevenLabsDialect } from './errors.ts';
import { toSubscription } from './subscription.ts';

export type ElevenLabsAccountOptions = { readonly catalog: VoiceCatalog; readonly speech: Config['speech']; readonly ledger: Pick<UsageLedger, 'used'> };

const nothing = { requests: 0, characters: 0 };

export function registerElevenLabsAccount(app: FastifyInstance, { catalog, speech, ledger }: ElevenLabsAccountOptions): void {
  const config = { dialect: elevenLabsDialect };
  const subscriptionOf = async (request: FastifyRequest) => {
    const { keyId, plan } = callerOf(request);
    const now = new Date();
    const used = keyId === undefined ? { day: nothing, month: nothing } : await ledger.used(keyId, now.toISOString());
    return toSubscription({ plan, used, now });
  };

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

  app.get('/v1/user', { config }, async (request) => ({
    user_id: callerOf(request).owner,
    workspace_id: 'local',
    subscription: await subscriptionOf(request),
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

  app.get('/v1/user/subscription', { config }, async (request) => ({ ...await subscriptionOf(request), next_invoice: null, open_invoices: [], has_open_invoices: false, pending_change: null }));
}

function languagesOf(tags: readonly string[]) {
  const names = new Intl.DisplayNames(['en'], { type: 'language' });
  return [...new Set(tags.map((tag) => tag.split('-')[0]!))].map((id) => ({ language_id: id, name: names.of(id) ?? id }));
}
