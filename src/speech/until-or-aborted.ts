/** Waits for a promise or for a signal, whichever comes first. */

/** Errors: those of the promise; the signal's reason. */
export async function untilOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  aborted.catch(() => undefined);
  promise.catch(() => undefined);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
