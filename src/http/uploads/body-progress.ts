/** Whether a body that may take long still comes: not the time of the whole counts, but that enough of it arrives in each interval. */
import type { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { AntiphonError } from '../../errors.ts';

/** In each interval. Over one of 15 s that is 9 kbit/s: less than any line that one would send a recording over. */
const leastBytes = 16_384;

const paced = new WeakSet<Socket>();

/** True while a body arrives on this connection whose time is looked after here, so that the server's limit for whole requests is not for it. */
export function isPaced(socket: Socket): boolean {
  return paced.has(socket);
}

export type BodyProgressOptions = {
  readonly socket: Socket;
  readonly receivedBytes: () => number;
  /** All of it has arrived; what else takes time is no fault of the client. */
  readonly isComplete: () => boolean;
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Aborted when nobody reads the body any more. */
  readonly signal: AbortSignal;
};

/** Resolves when the body is complete or the signal aborted. Errors: request_timeout. */
export async function followBody({ socket, receivedBytes, isComplete, intervalMs, clock, signal }: BodyProgressOptions): Promise<void> {
  paced.add(socket);
  try {
    for (let before = receivedBytes(); !isComplete(); before = receivedBytes()) {
      await clock.sleep(intervalMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (!isComplete() && receivedBytes() - before < leastBytes) {
        throw new AntiphonError('request_timeout', `The body comes too slowly: less than ${leastBytes} bytes in ${intervalMs / 1000} s.`);
      }
    }
  } finally {
    paced.delete(socket);
  }
}
