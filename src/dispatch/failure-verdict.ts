/** What a failure means for the search through a chain: is it held against the member, is another one asked. */
import { errorTable, type AntiphonError, type ErrorCode } from '../errors.ts';

export type FailureVerdict = {
  /** `counts`: towards opening its breaker. `opens`: at once. `spared`: nobody's fault, or not the member's. */
  readonly record: 'counts' | 'opens' | 'spared';
  /** Another member may do better. */
  readonly passesOn: boolean;
  /** The same member may do better in a moment. */
  readonly isWorthAnother: boolean;
};

const held: readonly ErrorCode[] = ['provider_unreachable', 'provider_timeout', 'provider_failed', 'provider_limited', 'worker_lost', 'worker_unavailable', 'engine_failed'];
const worthAnother: readonly ErrorCode[] = ['provider_unreachable', 'provider_failed', 'provider_limited'];
/**
 * The caller's by the table, and yet another member may be able to: it holds more, knows the language, has the model.
 * What a provider calls the caller's fault is often its own change: a model that was taken away, a field it does not know.
 */
const anothersStrength: readonly ErrorCode[] = ['provider_rejected', 'provider_unknown', 'context_too_long', 'schema_unsupported', 'language_unknown', 'input_unsupported', 'model_unknown', 'voice_unknown'];
const endsAll: readonly ErrorCode[] = ['cancelled', 'draining'];

export function verdictOn({ code, retryAfterSeconds }: AntiphonError): FailureVerdict {
  const isFinal = code === 'provider_key_refused' || (code === 'provider_limited' && retryAfterSeconds !== undefined);
  const isCallers = errorTable[code].actor === 'caller' && !anothersStrength.includes(code);
  return {
    record: isFinal ? 'opens' : held.includes(code) ? 'counts' : 'spared',
    passesOn: !isCallers && !endsAll.includes(code),
    isWorthAnother: worthAnother.includes(code),
  };
}
