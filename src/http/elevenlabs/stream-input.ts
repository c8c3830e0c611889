/** The WebSocket /v1/text-to-speech/{voice_id}/stream-input: text comes in as it is written, speech goes out while it is made. */
import type { WebSocketRoute } from '../web-sockets.ts';
import { elevenLabsDialect } from './errors.ts';
import { parseFields } from './fields.ts';
import { refuseUnsupported } from './speech-fields.ts';
import { createSpokenContext, type SpokenContext } from './spoken-context.ts';
import { streamInputMessage } from './stream-input-fields.ts';
import { keyInFirstMessage, mostWaitingCharacters, openStreamInput, type StreamInputConnection, type StreamInputOptions } from './stream-input-connection.ts';

export function elevenLabsStreamInput(options: StreamInputOptions): WebSocketRoute {
  return { path: '/v1/text-to-speech/:voice_id/stream-input', dialect: elevenLabsDialect, firstMessage: keyInFirstMessage, open: (socket, context) => openStreamInput({ socket, context, options, begin: beginSession }) };
}

function beginSession({ socket, send, fail, spoken, inactivity }: StreamInputConnection): (message: unknown) => void {
  let session: SpokenContext | undefined;
  let ended = false;

  /** Silence of the client counts only while it is its turn: nobody is cut off for listening. */
  function awaitClient(): void {
    if (ended || (session?.dueCharacters() ?? 0) > 0) inactivity.stop();
    else inactivity.restart();
  }

  function onProgress(): void {
    if ((session?.waitingCharacters() ?? 0) <= mostWaitingCharacters) socket.resume();
    awaitClient();
  }

  awaitClient();
  return (given) => {
    if (ended) return;
    const message = parseFields(streamInputMessage, given, 'body');
    refuseUnsupported(message);
    if (session === undefined) {
      session = createSpokenContext({ ...spoken, opening: message, send, onProgress });
      session.done.then(() => socket.close(1000), fail);
    }
    session.take(message);
    if (message.text === '') {
      ended = true;
      session.end();
    }
    if (session.waitingCharacters() > mostWaitingCharacters) socket.pause();
    awaitClient();
  };
}
