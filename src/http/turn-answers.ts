/** A turn of a conversation on the wire: as server-sent events while it is taken, or as one answer once the reply can be heard. */
import type { FastifyReply } from 'fastify';
import type { TurnEvent, TurnTimings } from '../companion/turn.ts';
import { toAntiphonError } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import { streamReply } from './stream-reply.ts';

/** Where spoken replies are fetched, whoever asked for them. */
export const replyAudioPath = '/api/v1/voice/audio';

export type TurnAnswered = Extract<TurnEvent, { type: 'turn.answered' }>;

export type StreamTurnOptions = {
  readonly reply: FastifyReply;
  readonly requestId: string;
  readonly events: AsyncGenerator<TurnEvent>;
  readonly sessionId: string;
  readonly dialect: Dialect;
  readonly stallTimeoutMs: number;
};

/** What fails before the first event is answered with its own status; a client that leaves ends the turn. */
export async function streamTurn({ reply, requestId, events, sessionId, dialect, stallTimeoutMs }: StreamTurnOptions): Promise<void> {
  await streamReply({
    reply,
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    chunks: toLines(events, sessionId),
    stallTimeoutMs,
    lastWords: (error) => line('error', dialect(toAntiphonError(error), requestId).body),
  });
}

/**
 * Resolves once the turn is answered: its reply is kept, and its sound can be fetched. What is still to be spoken then
 * goes on without the client, whose connection may end; it is in the queue of requests as any other speech.
 */
export async function untilAnswered(events: AsyncGenerator<TurnEvent>): Promise<TurnAnswered> {
  for (let next = await events.next(); next.done !== true; next = await events.next()) {
    if (next.value.type !== 'turn.answered') continue;
    void readOn(events);
    return next.value;
  }
  throw new Error('A turn ended without an answer.');
}

export function toAnswer({ said, reply, audioId, provider, model, insteadOf, timings }: TurnAnswered, sessionId: string) {
  return {
    text: reply,
    audio_url: `${replyAudioPath}/${audioId}`,
    session_id: sessionId,
    transcript: said,
    provider,
    model,
    instead_of: insteadOf ?? null,
    timings: toTimings(timings),
  };
}

/** Under Rose's names, and those of ours that have no place there. What does not happen here takes no time. */
function toTimings({ hearMs, rememberMs, firstWordMs, firstSentenceMs, thinkMs, speakMs, firstAudioMs, totalMs }: TurnTimings) {
  return {
    audio_validation_ms: 0,
    stt_ms: hearMs,
    memory_retrieval_ms: rememberMs,
    llm_generation_ms: thinkMs,
    workflow_ms: Math.round((rememberMs + thinkMs) * 100) / 100,
    tts_ms: speakMs,
    audio_save_ms: 0,
    memory_extraction_ms: 0,
    total_ms: totalMs,
    first_word_ms: firstWordMs,
    first_sentence_ms: firstSentenceMs,
    first_audio_ms: firstAudioMs,
  };
}

async function* toLines(events: AsyncGenerator<TurnEvent>, sessionId: string): AsyncGenerator<string> {
  for await (const event of events) yield toLine(event, sessionId);
}

function toLine(event: TurnEvent, sessionId: string): string {
  switch (event.type) {
    case 'turn.heard': return line('heard', { text: event.text });
    case 'reply.text': return line('text', { text: event.text });
    case 'reply.audio': return line('audio', { audio_url: `${replyAudioPath}/${event.audioId}`, content_type: event.contentType });
    case 'turn.answered': return line('answered', toAnswer(event, sessionId));
    case 'reply.spoken': return line('done', { audio_seconds: Math.round(event.audioSeconds * 1000) / 1000 });
  }
}

/** What fails now was logged and counted where it failed, and nobody is left to be told. */
async function readOn(events: AsyncGenerator<TurnEvent>): Promise<void> {
  try {
    for await (const event of events) if (event.type === 'reply.spoken') return;
  } catch {
    // See above.
  }
}

function line(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
