/** What Node's parser refuses before there is a request: answered in the shape of every other error. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AntiphonError } from '../errors.ts';
import { toOpenAiError } from './openai/errors.ts';

export type SocketErrorOptions = {
  readonly socket: Socket;
  /** Headers of an answer are out already: another one would be taken for a part of that one's body. */
  readonly isAnswering: boolean;
};

export function answerSocketError(error: Error & { readonly code?: string | undefined }, { socket, isAnswering }: SocketErrorOptions): void {
  if (socket.writable && error.code !== 'ECONNRESET' && !isAnswering) socket.write(toAnswer(toRefusal(error.code)));
  socket.destroy();
}

function toRefusal(code: string | undefined): AntiphonError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new AntiphonError('request_timeout', 'The request did not arrive in time (server.headersTimeoutMs, server.bodyTimeoutMs).');
  if (code === 'HPE_HEADER_OVERFLOW') return new AntiphonError('request_malformed', 'The headers are larger than 16 KiB.');
  return new AntiphonError('request_malformed', 'What arrived is not valid HTTP.');
}

function toAnswer(error: AntiphonError): string {
  const body = JSON.stringify(toOpenAiError(error));
  return `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
}
