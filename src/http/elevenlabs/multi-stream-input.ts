/** The WebSocket /v1/text-to-speech/{voice_id}/multi-stream-input: several conversations' text in one connection, each by its context_id. */
import { AntiphonError } from '../../errors.ts';
import type { WebSocketRoute } from '../web-sockets.ts';
import { elevenLabsDialect } from './errors.ts';
import { parseFields } from './fields.ts';
import { refuseUnsupported } from './speech-fields.ts';
import { createSpokenContext, type SpokenContext } from './spoken-context.ts';
import { keyInFirstMessage, mostWaitingCharacters, openStreamInput, type StreamInputConnection, type StreamInputOptions } from './stream-input-connection.ts';
import { multiStreamInputMessage } from './stream-input-fields.ts';

export function elevenLabsMultiStreamInput(options: StreamInputOptions): WebSocketRoute {
  return { path: '/v1/text-to-speech/:voice_id/multi-stream-input', dialect: elevenLabsDialect, firstMessage: keyInFirstMessage, open: (socket, context) => openStreamInput({ socket, context, options, begin: beginContexts }) };
}

/** The vendor's limit. */
const mostContexts = 5;

type Context = {
  readonly spoken: SpokenContext;
  readonly leave: AbortController;
  /** Nothing has come since it was told to say all it had. */
  flushed: boolean;
  idle: NodeJS.Timeout | undefined;
};

function beginContexts(connection: StreamInputConnection): (message: unknown) => void {
  const { socket, query, send, fail, inactivity } = connection;
  const open = new Map<string | null, Context>();
  /** Those that were closed while something of them was still to be said, too. */
  const speaking = new Set<Context>();
  let closing = false;

  const waiting = (): number => [...speaking].reduce((sum, { spoken }) => sum + spoken.waitingCharacters(), 0);

  function create(id: string | null, opening: Parameters<SpokenContext['take']>[0]): Context {
    if (open.size >= mostContexts) throw new AntiphonError('input_invalid', `Only ${mostContexts} contexts may be open at once; close one first`, { param: 'body.context_id' });
    const leave = new AbortController();
    const spoken = createSpokenContext({
      ...connection.spoken,
      opening,
      signal: AbortSignal.any([connection.spoken.signal, leave.signal]),
      send: (message) => send({ ...message, contextId: id }),
      onProgress: () => {
        if (waiting() <= mostWaitingCharacters) socket.resume();
        awaitText(id);
      },
    });
    const context: Context = { spoken, leave, flushed: false, idle: undefined };
    open.set(id, context);
    speaking.add(context);
    void spoken.done
      .catch(async (error: unknown) => {
        // One that was left off still gets its last message; anything else is the whole connection's failure.
        if (!leave.signal.aborted) return fail(error);
        await send({ audio: null, isFinal: true, alignment: null, normalizedAlignment: null, contextId: id }).catch(fail);
      })
      .then(() => {
        speaking.delete(context);
        if (closing && speaking.size === 0) socket.close(1000);
        awaitContext();
      });
    return context;
  }

  /** What was flushed is said to its end; what was not, nobody wants to hear any more. */
  function close(id: string | null): void {
    const context = open.get(id);
    if (!context) return;
    open.delete(id);
    clearTimeout(context.idle);
    if (context.flushed) context.spoken.end();
    else context.leave.abort(new AntiphonError('cancelled', 'The context was closed.'));
  }

  /** Time runs against a context while nothing of it is being said. */
  function awaitText(id: string | null): void {
    const context = open.get(id);
    if (!context || closing) return;
    clearTimeout(context.idle);
    if (context.spoken.dueCharacters() === 0) context.idle = setTimeout(() => close(id), query.inactivity_timeout * 1000);
  }

  /** And against a connection that has none. */
  function awaitContext(): void {
    if (closing || speaking.size > 0) inactivity.stop();
    else inactivity.restart();
  }

  connection.spoken.signal.addEventListener('abort', () => { for (const { idle } of open.values()) clearTimeout(idle); }, { once: true });
  awaitContext();

  return (given) => {
    if (closing) return;
    const message = parseFields(multiStreamInputMessage, given, 'body');
    refuseUnsupported(message);
    const id = message.context_id ?? null;
    if (message.close_socket === true) {
      closing = true;
      for (const { spoken, idle } of open.values()) {
        clearTimeout(idle);
        spoken.end();
      }
      inactivity.stop();
      if (speaking.size === 0) socket.close(1000);
      return;
    }
    if (message.close_context === true) return close(id);
    const text = message.text ?? '';
    const isKeepAlive = text === '' && message.flush !== true;
    if (!isKeepAlive) {
      const wanted = { ...message, text };
      const context = open.get(id) ?? create(id, wanted);
      context.flushed = message.flush === true;
      context.spoken.take(wanted);
    }
    if (waiting() > mostWaitingCharacters) socket.pause();
    awaitText(id);
    awaitContext();
  };
}
