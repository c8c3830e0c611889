/** W3C Trace Context (https://www.w3.org/TR/trace-context/): one trace id from the client's header to the worker's log. */
import { randomBytes } from 'node:crypto';

export type TraceContext = {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits; ours, the parent of whatever we call. */
  readonly spanId: string;
  readonly sampled: boolean;
};

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Continues the caller's trace, or starts one where the header is absent or malformed (as the standard asks). */
export function continueTrace(traceparent: string | undefined): TraceContext {
  const match = traceparent === undefined ? null : pattern.exec(traceparent.trim());
  const [, version, traceId, parentId, flags, rest] = match ?? [];
  const valid = traceId !== undefined && version !== 'ff' && !(version === '00' && rest !== undefined) && !/^0+$/.test(traceId) && !/^0+$/.test(parentId!);
  return {
    traceId: valid ? traceId : randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    sampled: valid ? (Number.parseInt(flags!, 16) & 1) === 1 : true,
  };
}

export function toTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
