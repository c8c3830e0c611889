/** A key's plan and what it used, in the words of ElevenLabs' subscription. */
import type { Plan } from '../../config/plan-settings.ts';
import type { Counts, Period } from '../../access/usage-export.ts';

/** A number that no client comes near keeps those that compare from stopping, where there is no limit. */
const unlimited = 1_000_000_000;

export type SubscriptionOptions = {
  /** undefined: whoever has none, the owner of this machine. */
  readonly plan: (Plan & { readonly id: string }) | undefined;
  /** Of the key, of now. */
  readonly used: Readonly<Record<Period, Counts>>;
  readonly now: Date;
};

/** A plan may limit days, months or both; the vendor knows one limit, so it is told the one that is nearer. */
export function toSubscription({ plan, used, now }: SubscriptionOptions) {
  const limits = [
    { limit: plan?.charactersPerMonth ?? null, count: used.month.characters, period: 'monthly_period', resetsMs: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) },
    { limit: plan?.charactersPerDay ?? null, count: used.day.characters, period: 'daily_period', resetsMs: Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) },
  ].filter((one): one is typeof one & { limit: number } => one.limit !== null).toSorted((one, other) => (one.limit - one.count) - (other.limit - other.count));
  const nearest = limits[0];
  return {
    tier: plan?.id ?? 'self_hosted',
    character_count: nearest?.count ?? used.month.characters,
    character_limit: nearest?.limit ?? unlimited,
    max_character_limit_extension: null,
    max_credit_limit_extension: nearest === undefined ? 'unlimited' : 0,
    can_extend_character_limit: false,
    allowed_to_extend_character_limit: false,
    next_character_count_reset_unix: nearest === undefined ? null : nearest.resetsMs / 1000,
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
    character_refresh_period: nearest?.period ?? null,
  };
}
