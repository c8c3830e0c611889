import { describe, expect, it } from 'vitest';
import { plansSchema } from '../../config/plan-settings.ts';
import { toSubscription } from './subscription.ts';

const now = new Date('2026-12-31T23:00:00Z');
const used = { day: { requests: 1, characters: 100 }, month: { requests: 9, characters: 4_000 } };
const plans = plansSchema.parse({ both: { charactersPerDay: 500, charactersPerMonth: 10_000 } });
const planNamed = (id: string) => ({ ...plans[id]!, id });

describe('a subscription', () => {
  it('has no end for whoever has no plan', () => {
    expect(toSubscription({ plan: undefined, used, now })).toMatchObject({ tier: 'self_hosted', character_limit: 1_000_000_000, max_credit_limit_extension: 'unlimited', next_character_count_reset_unix: null, character_refresh_period: null });
  });

  it('tells the month of a plan that limits months, and when the next begins in UTC', () => {
    expect(toSubscription({ plan: planNamed('pro'), used, now })).toMatchObject({ tier: 'pro', character_count: 4_000, character_limit: 50_000, max_credit_limit_extension: 0, next_character_count_reset_unix: Date.parse('2027-01-01T00:00:00Z') / 1000, character_refresh_period: 'monthly_period' });
  });

  it('tells the limit that is nearer, where there are two', () => {
    expect(toSubscription({ plan: planNamed('both'), used, now })).toMatchObject({ character_count: 100, character_limit: 500, character_refresh_period: 'daily_period' });
    expect(toSubscription({ plan: planNamed('both'), used: { ...used, month: { requests: 9, characters: 9_900 } }, now })).toMatchObject({ character_count: 9_900, character_limit: 10_000 });
  });
});
