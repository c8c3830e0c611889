/** What a provider's failure means in our own table: by its status, its code, and where it has none of these by its words. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { safeMessage, type Unsafe } from './safe-message.ts';

export type ProviderFault = {
  /** undefined: told in the middle of an answer that had begun well. */
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** As it came, cut off where it was too long. */
  readonly body: string;
  /** A page for people: whoever answered, it was not the provider's own program. */
  readonly isPage?: boolean;
};

export type FaultContext = Unsafe & {
  /** The provider's id. */
  readonly id: string;
};

/** A fault in whichever shape the vendor has for it. `codes`: its words for what kind of fault it is, in lower case. */
type ToldFault = { readonly codes: readonly string[]; readonly message: string | undefined; readonly param: string | undefined; readonly status: number | undefined };

const quotaCodes = new Set(['insufficient_quota', 'quota_exceeded', 'billing_error', 'billing_hard_limit_reached', 'billing_not_active', 'insufficient_balance', 'insufficient_credits', 'credits_exhausted']);
/** Anthropic's, which calls it an invalid request. */
const quotaWords = /credit balance is too low/i;
const keyCodes = new Set(['invalid_api_key', 'authentication_error', 'permission_error', 'invalid_authentication', 'missing_permissions', 'needs_authorization']);
const limitCodes = new Set(['rate_limit_exceeded', 'rate_limit_error', 'too_many_requests', 'too_many_concurrent_requests', 'concurrent_limit_exceeded', 'system_busy']);
const contextCodes = new Set(['context_length_exceeded', 'exceed_context_size_error', 'context_exceeded']);
const callerCodes = new Set(['invalid_request_error', 'not_found_error', 'request_too_large', 'badrequesterror']);
/** Of servers that have no code for it: vLLM, Anthropic, llama.cpp before its code, Groq. */
const contextWords = /maximum context length|context (?:size|window|length)|prompt is too long|input length and `max_tokens` exceed|exceeds? n_ctx|reduce the length of the messages/i;

/** Never throws; the fault's body may be anything. */
export function toProviderError(fault: ProviderFault, context: FaultContext): AntiphonError {
  const told = readFault(fault.body);
  const status = fault.status ?? told?.status;
  const { id } = context;
  const detail = fault.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: fault.retryAfterSeconds };
  const has = (codes: ReadonlySet<string>): boolean => told?.codes.some((code) => codes.has(code)) ?? false;

  if (status === 402 || has(quotaCodes) || quotaWords.test(told?.message ?? '')) return new AntiphonError('provider_limited', `The quota of the provider ${id} is used up; raise it there, or let another provider serve.`, detail);
  if (status === 401 || status === 403 || (status === undefined && has(keyCodes))) return keyRefused(id, context.key);
  if (status === 429 || status === 498 || (status === undefined && has(limitCodes))) return new AntiphonError('provider_limited', `The provider ${id} takes no more requests for now.`, detail);
  if (has(contextCodes) || ((status === undefined || status < 500) && contextWords.test(told?.message ?? ''))) {
    return new AntiphonError('context_too_long', `The request has more tokens than the model of the provider ${id} can hold; send less.`);
  }
  if (status === undefined ? !has(callerCodes) : status < 400 || status === 408 || status >= 500) {
    return new AntiphonError('provider_failed', `The provider ${id} failed${status === undefined ? ' in the middle of its answer' : ` with HTTP status ${status}`}.`, detail);
  }
  if (fault.isPage === true || isRouteUnknown(status, told)) {
    return new AntiphonError('provider_failed', `The provider ${id} answered HTTP status ${status} without an error of its own, as a server does that does not serve this. Check its base URL.`, detail);
  }
  return rejected(told, context);
}

function rejected(told: ToldFault | undefined, context: FaultContext): AntiphonError {
  const said = safeMessage(told?.message, context);
  const message = said === undefined ? `The provider ${context.id} found the request at fault.` : `The provider ${context.id} found the request at fault: ${said}`;
  return new AntiphonError('provider_rejected', message, told?.param === undefined ? {} : { param: told.param });
}

export function keyRefused(id: string, key: string | undefined): AntiphonError {
  return new AntiphonError('provider_key_refused', key === undefined ? `The provider ${id} asks for a key, and none is configured.` : `The provider ${id} refused the key that is configured for it.`);
}

export function unusable(id: string, what: string): AntiphonError {
  return new AntiphonError('provider_failed', `The provider ${id} answered ${what}.`);
}

export function brokenOff(id: string): AntiphonError {
  return new AntiphonError('provider_unreachable', `The provider ${id} broke off its answer.`);
}

const errorObject = z.object({
  message: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  status: z.string().optional().catch(undefined),
  code: z.union([z.string(), z.number()]).nullish().catch(undefined),
  param: z.string().nullish().catch(undefined),
});

/** OpenAI and Anthropic `{error: {…}}`, ElevenLabs and FastAPI `{detail: …}`, older vLLM the fields alone, some `{error: "…"}`. */
const errorBody = z.union([
  z.object({ error: errorObject }).transform(({ error }) => error),
  z.object({ error: z.string() }).transform(({ error }) => ({ message: error })),
  z.object({ detail: z.array(z.object({ msg: z.string(), loc: z.array(z.unknown()).optional() })).min(1) }).transform(({ detail: [first] }) => ({ message: `${first!.loc?.at(-1) === undefined ? '' : `${String(first!.loc.at(-1))}: `}${first!.msg}`, type: 'invalid_request_error' })),
  z.object({ detail: errorObject }).transform(({ detail }) => detail),
  z.object({ detail: z.string() }).transform(({ detail }) => ({ message: detail })),
  errorObject.extend({ message: z.string() }),
]);

function readFault(body: string): ToldFault | undefined {
  const parsed = errorBody.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  const { message, type, status, code, param }: z.infer<typeof errorObject> = parsed.data;
  return {
    codes: [code, type, status].filter((one) => typeof one === 'string').map((one) => one.toLowerCase()),
    message,
    // A field's name, not a sentence.
    param: typeof param === 'string' && /^[\w.[\]]{1,60}$/.test(param) ? param : undefined,
    status: typeof code === 'number' && code >= 400 && code < 600 ? code : undefined,
  };
}

/** Whether a body that came in place of an answer tells a fault. */
export function tellsFault(body: string): boolean {
  const parsed = z.union([z.object({ error: z.union([z.string(), z.object({})]) }), z.object({ detail: z.unknown() })]).safeParse(parseJson(body));
  return parsed.success;
}

/** No model is missing but the whole path: plain words, or those of FastAPI itself. */
function isRouteUnknown(status: number | undefined, told: ToldFault | undefined): boolean {
  if (status !== 404 && status !== 405) return false;
  return told === undefined || (told.codes.length === 0 && ['Not Found', 'Method Not Allowed'].includes(told.message ?? ''));
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
