/** The settings of plans: what a key of each may use, and what it costs; laid over the presets field by field. */
import { z } from 'zod';

/** A bound; null for none. */
const bound = z.number().int().min(0).nullable();

const givenPlan = z.strictObject({
  requestsPerDay: bound.optional(),
  requestsPerMonth: bound.optional(),
  charactersPerDay: bound.optional(),
  charactersPerMonth: bound.optional(),
  concurrency: z.number().int().min(1).max(10_000).nullable().optional(),
  lanes: z.array(z.enum(['priority', 'free'])).min(1).optional(),
  speechPerMinute: bound.optional(),
  watermark: z.boolean().optional(),
  pricePerMonth: z.number().min(0).optional(),
});

export type Plan = {
  /** Requests of every kind that make or hear something; a day and a month are those of UTC. */
  readonly requestsPerDay: number | null;
  readonly requestsPerMonth: number | null;
  /** Of text to speak. */
  readonly charactersPerDay: number | null;
  readonly charactersPerMonth: number | null;
  /** Requests at once. */
  readonly concurrency: number | null;
  /** In order of preference: the first is the one on the main port. */
  readonly lanes: readonly ('priority' | 'free')[];
  /** In place of the lane's own limit; null: that of the lane. */
  readonly speechPerMinute: number | null;
  /** Whatever is made under it carries a mark; in the free lane everything does. */
  readonly watermark: boolean;
  /** In the currency of your choice; the operations page divides it by compute hours. */
  readonly pricePerMonth: number;
};

const unlimited: Plan = { requestsPerDay: null, requestsPerMonth: null, charactersPerDay: null, charactersPerMonth: null, concurrency: null, lanes: ['priority', 'free'], speechPerMinute: null, watermark: false, pricePerMonth: 0 };

const presets: Readonly<Record<string, Plan>> = {
  free: { ...unlimited, requestsPerDay: 20, concurrency: 1, lanes: ['free'], watermark: true },
  pro: { ...unlimited, charactersPerMonth: 50_000, concurrency: 2, pricePerMonth: 9 },
  business: { ...unlimited, charactersPerMonth: 500_000, concurrency: 4, pricePerMonth: 49 },
  enterprise: { ...unlimited, concurrency: 16, pricePerMonth: 499 },
};

export const plansSchema = z.record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,40}$/, 'a plan\'s name has small letters, digits, - and _'), givenPlan).prefault({})
  .transform((given): Record<string, Plan> => {
    const names = [...new Set([...Object.keys(presets), ...Object.keys(given)])];
    return Object.fromEntries(names.map((id) => [id, { ...unlimited, ...presets[id], ...withoutUndefined(given[id] ?? {}) }]));
  });

function withoutUndefined(given: z.infer<typeof givenPlan>): Partial<Plan> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
