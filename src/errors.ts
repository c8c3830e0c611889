/**
 * The one table of public failures. A dialect (src/http/openai/errors.ts, the gRPC services, the CLI) translates
 * a row into its own shape; nobody else invents a status. Codes are retired, never reused.
 */

/** Who has to act for the failure to go away. Retries and alarms follow from it. */
type Actor = 'caller' | 'operator' | 'engine' | 'us';

type ErrorRow = {
  /** HTTP status that the error answers with. */
  readonly status: number;
  /** True where the same request may succeed later without a change. */
  readonly retryable: boolean;
  readonly actor: Actor;
  /** What it means; the public reference is generated from it. */
  readonly meaning: string;
};

export const errorTable = {
  input_empty: { status: 400, retryable: false, actor: 'caller', meaning: 'The text is empty, or nothing in it can be spoken.' },
  input_too_long: { status: 400, retryable: false, actor: 'caller', meaning: 'The text is longer than the limit.' },
  input_invalid: { status: 400, retryable: false, actor: 'caller', meaning: 'A field is missing, of the wrong type, or out of range.' },
  input_unsupported: { status: 400, retryable: false, actor: 'caller', meaning: 'A documented field that this server cannot honour was set.' },
  audio_unreadable: { status: 400, retryable: false, actor: 'caller', meaning: 'The file is not audio or video in a format that is read here, or it is damaged from the start.' },
  audio_missing: { status: 400, retryable: false, actor: 'caller', meaning: 'The file holds no sound: a video without a sound track, or no samples at all.' },
  audio_too_long: { status: 413, retryable: false, actor: 'caller', meaning: 'The audio plays longer than the limit.' },
  language_unknown: { status: 400, retryable: false, actor: 'caller', meaning: 'No such language, or one that the model does not understand.' },
  audio_silent: { status: 400, retryable: false, actor: 'caller', meaning: 'Nobody speaks in the recording, so there is nothing to answer.' },
  context_too_long: { status: 400, retryable: false, actor: 'caller', meaning: 'The conversation has more tokens than the model can hold.' },
  schema_unsupported: { status: 400, retryable: false, actor: 'caller', meaning: 'The JSON schema uses something that the model cannot be held to.' },
  body_invalid: { status: 400, retryable: false, actor: 'caller', meaning: 'The body is not valid JSON, or not a whole form.' },
  body_too_large: { status: 413, retryable: false, actor: 'caller', meaning: 'The body is larger than the limit.' },
  media_type_unsupported: { status: 415, retryable: false, actor: 'caller', meaning: 'The content type of the body is not one this route reads.' },
  request_malformed: { status: 400, retryable: false, actor: 'caller', meaning: 'What arrived is not valid HTTP, its path cannot be decoded, or its headers are too large.' },
  request_timeout: { status: 408, retryable: true, actor: 'caller', meaning: 'The request did not arrive in time.' },
  route_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'No such path.' },
  method_not_allowed: { status: 405, retryable: false, actor: 'caller', meaning: 'The path exists, but not with this method.' },
  voice_unknown: { status: 400, retryable: false, actor: 'caller', meaning: 'No voice of that name.' },
  model_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'No model of that name.' },
  request_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'No request of that id is in flight.' },
  session_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'No session of that id is open.' },
  reply_audio_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'No spoken reply of that id, or it was older than a day.' },
  provider_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'No provider of that name is configured, or it does not do this.' },
  turn_timeout: { status: 504, retryable: true, actor: 'operator', meaning: 'A spoken turn had no reply in the time that companion.turnTimeoutMs gives it.' },
  job_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'No job of that id.' },
  job_state_conflict: { status: 409, retryable: false, actor: 'caller', meaning: 'The job is in a state in which this cannot be done to it.' },
  job_file_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'The job has no file of that name, or not yet.' },
  host_not_allowed: { status: 403, retryable: false, actor: 'operator', meaning: 'The server was addressed under a name that is not allowed.' },
  key_missing: { status: 401, retryable: false, actor: 'caller', meaning: 'A key is needed here, and none was sent.' },
  key_refused: { status: 403, retryable: false, actor: 'caller', meaning: 'The key that was sent is not one of this server\'s, or it was revoked or has expired.' },
  forbidden: { status: 403, retryable: false, actor: 'caller', meaning: 'The key is good, but its user\'s role or plan does not allow this.' },
  key_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'No key of that id.' },
  quota_exceeded: { status: 429, retryable: true, actor: 'caller', meaning: 'The plan\'s quota for the day or the month is used up.' },
  rate_limited: { status: 429, retryable: true, actor: 'caller', meaning: 'More requests than the limit allows in this time.' },
  cancelled: { status: 499, retryable: false, actor: 'caller', meaning: 'The caller left, or an operator cancelled the request.' },
  queue_full: { status: 429, retryable: true, actor: 'operator', meaning: 'More requests are waiting than the queue may hold.' },
  switched_off: { status: 503, retryable: true, actor: 'operator', meaning: 'An operator has switched this off for now.' },
  mark_unavailable: { status: 503, retryable: true, actor: 'operator', meaning: 'The audio must carry a watermark, and none can be made; nothing unmarked is sent.' },
  switch_unknown: { status: 404, retryable: false, actor: 'caller', meaning: 'No live switch of that name.' },
  draining: { status: 503, retryable: true, actor: 'operator', meaning: 'The server is shutting down.' },
  model_not_ready: { status: 503, retryable: true, actor: 'operator', meaning: 'The model is known but its files are not here yet, or the memory that is free does not suffice for it.' },
  model_file_invalid: { status: 503, retryable: false, actor: 'operator', meaning: 'A model file is damaged or not what its name says.' },
  model_source_unreachable: { status: 503, retryable: true, actor: 'operator', meaning: 'No source of the model answered.' },
  disk_full: { status: 507, retryable: true, actor: 'operator', meaning: 'The disk has no room for what must be written.' },
  provider_unreachable: { status: 502, retryable: true, actor: 'operator', meaning: 'A provider could not be reached, or broke off its answer.' },
  provider_timeout: { status: 504, retryable: true, actor: 'operator', meaning: 'A provider did not answer in time.' },
  provider_failed: { status: 502, retryable: true, actor: 'operator', meaning: 'A provider answered with a fault of its own, or with what is no answer.' },
  provider_limited: { status: 429, retryable: true, actor: 'operator', meaning: 'A provider takes no more requests for now: its rate limit or quota is used up.' },
  provider_key_refused: { status: 502, retryable: false, actor: 'operator', meaning: 'A provider refused the key that is configured for it, or none is.' },
  provider_rejected: { status: 400, retryable: false, actor: 'caller', meaning: 'A provider found the request itself at fault.' },
  provider_unavailable: { status: 503, retryable: true, actor: 'operator', meaning: 'Every member of the chain is out of service.' },
  config_invalid: { status: 500, retryable: false, actor: 'operator', meaning: 'The configuration has a wrong key or value.' },
  address_in_use: { status: 500, retryable: false, actor: 'operator', meaning: 'The port is taken by another process.' },
  worker_lost: { status: 503, retryable: true, actor: 'engine', meaning: 'The worker process died or hung before the work was done.' },
  worker_unavailable: { status: 503, retryable: true, actor: 'engine', meaning: 'No worker is able to take the work.' },
  engine_failed: { status: 500, retryable: true, actor: 'engine', meaning: 'The engine could not finish the work.' },
  encoding_failed: { status: 500, retryable: true, actor: 'us', meaning: 'The audio could not be encoded.' },
  internal: { status: 500, retryable: false, actor: 'us', meaning: 'A fault in this server.' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

export type ErrorDetail = {
  /** The field or setting at fault, in the words the caller used for it (`input`, `speed`, `ANTIPHON_PORT`). */
  param?: string;
  /** Seconds after which a retry has a chance; sent as Retry-After. */
  retryAfterSeconds?: number;
  /** Kept for the log, never shown to a client. */
  cause?: unknown;
};

/** A failure with a code from the table. `message` is safe to show: no path, key, or user's text in it. */
export class AntiphonError extends Error {
  override readonly name = 'AntiphonError';
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.param = detail.param;
    this.retryAfterSeconds = detail.retryAfterSeconds;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }
}

/** Any thrown value as an AntiphonError; an abort becomes `cancelled`, what nobody foresaw becomes `internal`. */
export function toAntiphonError(thrown: unknown): AntiphonError {
  if (thrown instanceof AntiphonError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return thrown.cause instanceof AntiphonError
      ? thrown.cause
      : new AntiphonError('cancelled', 'The request was cancelled.', { cause: thrown });
  }
  return new AntiphonError('internal', 'The server failed in a way it did not foresee; its log has the cause.', { cause: thrown });
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
