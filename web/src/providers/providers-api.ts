/** Providers and chains at the server: who is asked, how he is, and how that is changed. */
import * as z from 'zod/mini';
import { check, getJson, readJson, sendOk } from '../api.ts';

export const workKinds = ['speech', 'transcription', 'chat', 'embeddings'] as const;

export type WorkKind = (typeof workKinds)[number];

const failureSchema = z.object({ code: z.string(), message: z.string() });

const quotaSchema = z.object({ used: z.number(), limit: z.number(), unit: z.string() });

const checkSchema = z.object({ at: z.string(), service: z.string(), error: z.nullable(failureSchema), latency_ms: z.nullable(z.number()), quota: z.nullable(quotaSchema) });

const kindSchema = z.object({
  kind: z.string(),
  model: z.string(),
  in_chain: z.boolean(),
  breaker: z.enum(['closed', 'open', 'half-open']),
  retry_at: z.nullable(z.string()),
  recent_calls: z.number(),
  recent_failures: z.number(),
  latency_ms: z.nullable(z.number()),
  last_error: z.nullable(failureSchema),
  requests: z.number(),
  errors: z.number(),
  cost: z.nullable(z.number()),
});

const providerSchema = z.object({
  id: z.string(),
  type: z.string(),
  base_url: z.string(),
  status: z.enum(['pass', 'warn', 'fail']),
  message: z.nullable(z.string()),
  service: z.string(),
  key: z.object({ state: z.string(), message: z.nullable(z.string()) }),
  check: z.nullable(checkSchema),
  kinds: z.array(kindSchema),
});

const providersSchema = z.object({ providers: z.array(providerSchema) });

const chainSchema = z.object({ kind: z.enum(workKinds), members: z.array(z.string()), configured: z.array(z.string()), changed_at: z.nullable(z.string()) });

const chainsSchema = z.object({ chains: z.array(chainSchema) });

const testSchema = z.object({
  check: checkSchema,
  calls: z.array(z.object({ kind: z.string(), model: z.string(), ok: z.boolean(), latency_ms: z.number(), error: z.nullable(failureSchema) })),
});

export type Provider = z.infer<typeof providerSchema>;
export type ProviderKind = z.infer<typeof kindSchema>;
export type Chain = z.infer<typeof chainSchema>;
export type ProviderTest = z.infer<typeof testSchema>;

export async function fetchProviders(signal: AbortSignal): Promise<readonly Provider[]> {
  return (await getJson('/api/v1/providers', providersSchema, signal)).providers;
}

export async function fetchChains(signal: AbortSignal): Promise<readonly Chain[]> {
  return (await getJson('/api/v1/chains', chainsSchema, signal)).chains;
}

/** Asks him now; `calls`: with one tiny call of each kind besides, which may cost something. */
export async function testProvider(id: string, { calls }: { readonly calls: boolean }, signal: AbortSignal): Promise<ProviderTest> {
  const response = await sendOk(`/api/v1/providers/${encodeURIComponent(id)}/test`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ kinds: calls }), signal });
  return check(testSchema, await readJson(response));
}

/** He is asked again at once, whatever failed before. */
export async function resetProvider(id: string, signal: AbortSignal): Promise<void> {
  await sendOk(`/api/v1/providers/${encodeURIComponent(id)}/reset`, { method: 'POST', signal });
}

/** Holds from the next request on, and over restarts. */
export async function saveChain(kind: WorkKind, members: readonly string[], signal: AbortSignal): Promise<void> {
  await sendOk(`/api/v1/chains/${kind}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ members }), signal });
}

/** Back to what the configuration says. */
export async function clearChain(kind: WorkKind, signal: AbortSignal): Promise<void> {
  await sendOk(`/api/v1/chains/${kind}`, { method: 'DELETE', signal });
}
