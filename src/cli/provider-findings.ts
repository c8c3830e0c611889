/** What a check of a provider means to a person: is it there, does it take the key, what is left, and what to do. */
import { workKinds, type WorkKind } from '../dispatch/fallback.ts';
import type { ProviderEntry } from '../dispatch/provider-roster.ts';
import type { ProviderCheck } from '../engines/providers/provider.ts';
import { toAntiphonError, type AntiphonError } from '../errors.ts';

export type ProviderFinding = { readonly status: 'ok' | 'warning' | 'error'; readonly detail: string; readonly fix?: string };

/** Less than this share of a quota left is worth a word. */
const lowShare = 0.1;
const limitMs = 15_000;

/** Asks once, with what costs nothing. Errors: the signal's reason. */
export async function examineProvider({ id, key, provider }: ProviderEntry, signal: AbortSignal): Promise<ProviderFinding> {
  const { state, message } = await key.status();
  if (state === 'missing') return { status: 'error', detail: 'no key', fix: message! };
  try {
    return describe(await provider.check(AbortSignal.any([signal, AbortSignal.timeout(limitMs)])), message);
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toAntiphonError(thrown);
    return { status: 'error', detail: error.message, fix: fixOf(error, id) };
  }
}

function describe({ latencyMs, models, quota }: ProviderCheck, keyWarning: string | undefined): ProviderFinding {
  const left = quota === undefined ? '' : `, ${Math.max(0, quota.limit - quota.used)} of ${quota.limit} ${quota.unit} left`;
  const detail = `connected in ${Math.round(latencyMs)} ms, key valid${models.length === 0 ? '' : `, ${models.length} models`}${left}`;
  if (quota !== undefined && quota.limit > 0 && (quota.limit - quota.used) / quota.limit < lowShare) return { status: 'warning', detail, fix: 'Little of the quota is left: raise it at the provider, or let another one stand behind it in the chain.' };
  return keyWarning === undefined ? { status: 'ok', detail } : { status: 'warning', detail, fix: keyWarning };
}

function fixOf({ code }: AntiphonError, id: string): string {
  switch (code) {
    case 'provider_key_refused': return `Look up the key at the provider, and put it where providers.${id}.keyVariable or keyFile says.`;
    case 'provider_limited': return 'Wait until the limit ends, raise the quota at the provider, or let another one stand behind it in the chain.';
    case 'provider_unreachable': case 'provider_timeout': case 'cancelled': return `Is providers.${id}.baseUrl right, and does this machine reach it? Behind a proxy, HTTPS_PROXY must be set. The provider's status page may say more.`;
    default: return `Is providers.${id}.baseUrl right? The provider's status page may say more.`;
  }
}

/** The kinds of work in whose configured chain it stands. */
export function chainsOf(id: string, chains: Readonly<Record<WorkKind, readonly string[]>>): readonly WorkKind[] {
  return workKinds.filter((kind) => chains[kind].includes(id));
}
