/** What both stream-input WebSockets share: the address is read, the voice found, messages parsed in order, silence noticed, failures told. */
import type { RawData, WebSocket } from 'ws';
import type { Config } from '../../config/schema.ts';
import { AntiphonError, toAntiphonError } from '../../errors.ts';
import type { Speak } from '../../speech/speak.ts';
import type { VoiceCatalog } from '../../speech/voice-catalog.ts';
import { withoutScheme } from '../credential.ts';
import type { WebSocketContext, WebSocketRoute } from '../web-sockets.ts';
import { chooseSpeaker, type SpeakerOptions } from './choose-speaker.ts';
import { parseFields } from './fields.ts';
import { outputFormatOf } from './output-formats.ts';
import type { SpokenStretchesOptions } from './spoken-stretches.ts';
import { firstMessageSchema, streamInputQuery, type StreamInputQuery } from './stream-input-fields.ts';
import { closeWith, createSocketWriter, type SendMessage } from './stream-input-writer.ts';

export type StreamInputOptions = { readonly speak: Speak; readonly catalog: VoiceCatalog; readonly speech: Config['speech'] } & Pick<SpeakerOptions, 'mayAskProviders'>;

export type StreamInputConnection = {
  readonly socket: WebSocket;
  readonly query: StreamInputQuery;
  readonly send: SendMessage;
  /** Tells the client what went wrong and closes; only the first call does anything. */
  readonly fail: (thrown: unknown) => void;
  /** What every stretch said in this connection has in common. */
  readonly spoken: Omit<SpokenStretchesOptions, 'send' | 'onProgress'>;
  /** Fails the connection when it is not restarted or stopped in time. */
  readonly inactivity: { readonly restart: () => void; readonly stop: () => void };
};

/** More unsaid text than this and the client is not read on until some of it has been said. */
export const mostWaitingCharacters = 20_000;

/** This vendor's clients in browsers send their key beside the first text. What cannot be read has none. */
export const keyInFirstMessage: NonNullable<WebSocketRoute['firstMessage']> = {
  keyOf: (data) => {
    const message = firstMessageSchema.safeParse(parseJson(data));
    if (!message.success) return undefined;
    const { 'xi-api-key': key, xi_api_key: alike, authorization } = message.data;
    return withoutScheme([key, alike, authorization].find((text) => typeof text === 'string' && text !== '') ?? undefined);
  },
  refuse: closeWith,
};

export type OpenStreamInputOptions = {
  readonly socket: WebSocket;
  readonly context: WebSocketContext;
  readonly options: StreamInputOptions;
  /** Called once the voice is known; gives what takes the messages, parsed from JSON. It may throw. */
  readonly begin: (connection: StreamInputConnection) => (message: unknown) => void;
};

export function openStreamInput({ socket, context, options, begin }: OpenStreamInputOptions): void {
  let failed = false;
  const fail = (thrown: unknown): void => {
    if (failed || context.signal.aborted) return;
    failed = true;
    const error = toAntiphonError(thrown);
    context.report(error);
    closeWith(socket, error);
  };
  // Messages wait until the voice is known, and keep their order.
  let turn: Promise<unknown> = connect().catch(fail);
  socket.on('message', (data) => {
    turn = turn.then((take) => {
      if (!failed) (take as (message: unknown) => void)(parseJson(data));
      return take;
    });
    turn.catch(fail);
  });

  async function connect(): Promise<(message: unknown) => void> {
    const query = parseFields(streamInputQuery, Object.fromEntries(context.query), 'query');
    const speaker = await chooseSpeaker({ voiceId: context.params['voice_id']!, modelId: query.model_id, languageCode: query.language_code, catalog: options.catalog, speech: options.speech, mayAskProviders: options.mayAskProviders });
    let count = 0;
    return begin({
      socket,
      query,
      fail,
      send: createSocketWriter(socket, { signal: context.signal, stallTimeoutMs: options.speech.stallTimeoutMs }),
      inactivity: createInactivity(query.inactivity_timeout, { fail, signal: context.signal }),
      spoken: {
        speak: options.speak,
        speech: options.speech,
        trace: context.trace,
        caller: context.caller,
        nextRequestId: () => `${context.requestId}-${++count}`,
        signal: context.signal,
        query,
        speaker,
        output: outputFormatOf(query.output_format),
      },
    });
  }
}

function createInactivity(seconds: number, { fail, signal }: { fail: (thrown: unknown) => void; signal: AbortSignal }) {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  signal.addEventListener('abort', stop, { once: true });
  return {
    stop,
    restart: () => {
      stop();
      if (signal.aborted) return;
      timer = setTimeout(() => fail(new AntiphonError('request_timeout', `Have not received a new text input within the timeout of ${seconds}.0 seconds. Streaming input terminated. Either send text in time, or an empty text when you are done.`)), seconds * 1000);
    },
  };
}

function parseJson(data: RawData): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(data) ? data.toString() : Buffer.from(data as ArrayBuffer).toString());
  } catch (cause) {
    throw new AntiphonError('body_invalid', 'Could not parse input message, make sure it is a JSON object of the documented form.', { cause });
  }
}
