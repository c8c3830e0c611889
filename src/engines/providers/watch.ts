/** Ends an exchange with another server when its time is up or its caller leaves, whichever comes first, and knows which it was. */
import { AntiphonError } from '../../errors.ts';

export type Watch = {
  /** Aborted when the time is up, the caller leaves, or all is over. */
  readonly signal: AbortSignal;
  /** From now on so long; replaces what was armed before. */
  readonly arm: (timeoutMs: number) => void;
  readonly disarm: () => void;
  /** The promise's outcome, or a rejection as soon as the signal is aborted, whatever the promise does. */
  readonly race: <Value>(promise: Promise<Value>) => Promise<Value>;
  /** Throws the caller's reason where he has left. */
  readonly throwIfLeft: () => void;
  /** What a failure in between was: the caller's reason, the time, an error of ours as it is, or the system's code for it. */
  readonly explain: (thrown: unknown, meanings: { readonly onTimeout: () => AntiphonError; readonly otherwise: (code: string | undefined) => AntiphonError }) => unknown;
  /** Removes timer and listener and aborts the signal. Idempotent. */
  readonly end: () => void;
};

export function watchOver(caller: AbortSignal): Watch {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  let hasLeft = false;

  function leave(): void {
    hasLeft = true;
    controller.abort();
  }

  function disarm(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  caller.addEventListener('abort', leave, { once: true });

  return {
    signal: controller.signal,
    arm(timeoutMs) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isLate = true;
        controller.abort();
      }, timeoutMs);
    },
    disarm,
    race: (promise) => raceAbort(promise, controller.signal),
    throwIfLeft() {
      if (hasLeft) throw caller.reason;
    },
    explain(thrown, { onTimeout, otherwise }) {
      if (hasLeft) return caller.reason;
      if (thrown instanceof AntiphonError) return thrown;
      const code = systemCode(thrown);
      return isLate || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' ? onTimeout() : otherwise(code);
    },
    end() {
      disarm();
      caller.removeEventListener('abort', leave);
      controller.abort();
    },
  };
}

async function raceAbort<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let onAbort: () => void = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The system's code for what went wrong (`ECONNREFUSED`), which fetch hides in the cause. Nothing else of it is kept: it may quote a header. */
function systemCode(thrown: unknown): string | undefined {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(error.code)) return error.code;
    if (error instanceof AggregateError) {
      const code = systemCode(error.errors[0]);
      if (code !== undefined) return code;
    }
  }
  return undefined;
}
