/** Messages to a stream-input client, at its own pace, and the message that says why the server ends the connection. */
import type { WebSocket } from 'ws';
import { AntiphonError, type ErrorCode } from '../../errors.ts';
import type { SocketAlignment } from './alignment.ts';
import { fieldOf, messageOf, vendorErrorOf } from './errors.ts';

export type AudioMessage = {
  /** Base64; null in the last message. */
  readonly audio: string | null;
  readonly isFinal: true | null;
  readonly alignment: SocketAlignment | null;
  readonly normalizedAlignment: SocketAlignment | null;
  /** Only where a connection has several. */
  readonly contextId?: string | null;
};

/** Resolves when the message has left this process, so that a client which does not read holds up its own speech and no memory. */
export type SendMessage = (message: AudioMessage) => Promise<void>;

/** Errors of the returned function: cancelled, where the client left or read nothing for `stallTimeoutMs`. */
export function createSocketWriter(socket: WebSocket, { signal, stallTimeoutMs }: { signal: AbortSignal; stallTimeoutMs: number }): SendMessage {
  return (message) => new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const settle = (error?: unknown): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onGone);
      if (error === undefined || error === null) resolve();
      else reject(new AntiphonError('cancelled', 'The client left.', { cause: error }));
    };
    const onGone = (): void => settle(signal.reason);
    const timer = setTimeout(() => {
      socket.terminate();
      settle(new AntiphonError('cancelled', 'The client stopped reading.'));
    }, stallTimeoutMs);
    signal.addEventListener('abort', onGone, { once: true });
    socket.send(JSON.stringify(message), settle);
  });
}

/** In a WebSocket that vendor has other words for some failures than over HTTP. */
const socketWords: Partial<Record<ErrorCode, string>> = {
  voice_unknown: 'voice_id_does_not_exist',
  body_invalid: 'invalid_input_message',
  input_invalid: 'invalid_input_message',
  request_timeout: 'input_timeout_exceeded',
};

/** `{message, error, code}` and a close with that code: 1008 for what the client did, 1011 and 1013 for what it did not. */
export function closeWith(socket: WebSocket, error: AntiphonError): void {
  const field = error.code === 'input_invalid' ? fieldOf(error) : undefined;
  const message = (field === undefined ? '' : `${field}: `) + messageOf(error);
  const code = error.status < 500 && error.status !== 429 ? 1008 : error.retryable ? 1013 : 1011;
  socket.send(JSON.stringify({ message, error: socketWords[error.code] ?? vendorErrorOf(error).code, code }), () => undefined);
  // RFC 6455 section 5.5: 125 bytes of payload, two of them the code.
  socket.close(code, Buffer.from(message).subarray(0, 120).toString().replace(/\ufffd+$/, ''));
}
