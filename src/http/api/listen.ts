/** WS /api/v1/listen: sound as it is spoken comes in, words as they become certain go out. */
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { fromS16le } from '../../audio/pcm.ts';
import { AntiphonError, toAntiphonError } from '../../errors.ts';
import type { LiveEvent, LiveWord } from '../../recognition/live-recogniser.ts';
import type { Listen, LiveSession } from '../../transcription/listen-live.ts';
import type { WebSocketContext, WebSocketRoute } from '../web-sockets.ts';
import { parseBody } from '../validation.ts';

const startSchema = z.strictObject({
  type: z.literal('start'),
  model: z.string().min(1).default('whisper-1'),
  language: z.string().optional(),
  prompt: z.string().optional(),
  sample_rate: z.number().int().min(8_000).max(48_000).default(16_000),
});

const commandSchema = z.strictObject({ type: z.literal('finish') });

/** RFC 6455 section 7.4.1. */
const normal = 1000;
const refused = 1008;
const failed = 1011;
/** A client that reads none of its words for so many bytes of them is gone in all but name. */
const mostUnreadBytes = 1_000_000;

export function listenRoute({ listen }: { readonly listen: Listen }): WebSocketRoute {
  return { path: '/api/v1/listen', open: (socket, context) => serveSocket(socket, context, listen) };
}

function serveSocket(socket: WebSocket, context: WebSocketContext, listen: Listen): void {
  let session: Promise<LiveSession> | undefined;
  let finishing = false;
  /** Messages one after the other, however long each takes. */
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;

  const send = (message: object): void => {
    if (socket.bufferedAmount > mostUnreadBytes) return fail(new AntiphonError('request_timeout', 'The words were not read.'));
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  };

  function fail(thrown: unknown): void {
    const error = toAntiphonError(thrown);
    session?.then((open) => open.close(), () => undefined);
    if (socket.readyState !== socket.OPEN) return;
    context.report(error);
    socket.send(JSON.stringify({ type: 'error', code: error.code, message: error.message, ...(error.param === undefined ? {} : { param: error.param }) }));
    socket.close(error.status < 500 ? refused : failed, error.code);
  }

  async function begin(given: unknown): Promise<LiveSession> {
    const { model, language, prompt, sample_rate: sampleRateHz } = parseBody(startSchema, given);
    const open = await listen({ requestId: context.requestId, trace: context.trace, caller: context.caller, model, language, prompt, sampleRateHz }, context.signal);
    send({ type: 'started', model: open.model });
    tell(open).then(() => socket.close(normal), fail);
    return open;
  }

  async function tell({ events }: LiveSession): Promise<void> {
    for await (const event of events) send(toMessage(event));
  }

  async function take(data: RawData, isBinary: boolean): Promise<void> {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (!isBinary) return command(toJson(bytes));
    if (session === undefined) throw new AntiphonError('input_invalid', 'The first message must be {"type":"start"}.', { param: 'type' });
    if (finishing) throw new AntiphonError('input_invalid', 'Sound came after {"type":"finish"}.', { param: 'type' });
    if (bytes.length % 2 !== 0) throw new AntiphonError('input_invalid', 'Sound must be whole 16-bit samples, mono, little-endian.', { param: 'audio' });
    await (await session).push(fromS16le(bytes));
  }

  async function command(given: unknown): Promise<void> {
    if (session === undefined) {
      session = begin(given);
      await session;
      return;
    }
    parseBody(commandSchema, given);
    if (finishing) return;
    finishing = true;
    await (await session).finish();
  }

  socket.on('message', (data, isBinary) => {
    waiting++;
    // What the machine cannot hear in time waits at the client.
    socket.pause();
    last = last.then(() => take(data, isBinary)).catch(fail).finally(() => {
      waiting--;
      if (waiting === 0) socket.resume();
    });
  });
  socket.once('close', () => void session?.then((open) => open.close(), () => undefined));
}

function toJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch (cause) {
    throw new AntiphonError('body_invalid', 'A text message must be JSON; sound goes into binary messages.', { cause });
  }
}

function toMessage(event: LiveEvent): object {
  switch (event.type) {
    case 'speech_started':
    case 'speech_ended':
      return { type: event.type, at_seconds: round(event.atSeconds) };
    case 'words':
      return { type: event.type, utterance: event.utterance, final: event.final.map(toWord), pending: event.pending.map(toWord) };
    case 'utterance':
      return { type: event.type, utterance: event.utterance, text: event.text, words: event.words.map(toWord), start: round(event.startSeconds), end: round(event.endSeconds), language: event.language };
  }
}

function toWord({ text, startSeconds, endSeconds }: LiveWord) {
  return { text, start: round(startSeconds), end: round(endSeconds) };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
