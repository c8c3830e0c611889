/** Conversations at the server: a turn is typed or spoken, and its events come while it is taken. */
import * as z from 'zod/mini';
import { ApiFailure, check, readJson, sendOk } from '../api.ts';
import { errorSchema } from '../api-schemas.ts';
import { readEvents } from '../event-stream.ts';

const sessionSchema = z.object({ id: z.string() });

const textSchema = z.object({ text: z.string() });

const audioSchema = z.object({ audio_url: z.string() });

const timingsSchema = z.object({ stt_ms: z.number(), first_word_ms: z.number(), first_audio_ms: z.number(), total_ms: z.number() });

const answeredSchema = z.object({ text: z.string(), transcript: z.string(), provider: z.string(), model: z.string(), instead_of: z.nullable(z.string()), timings: timingsSchema });

/** Milliseconds; `stt_ms` is 0 where the turn was typed. */
export type TurnTimings = z.infer<typeof timingsSchema>;

export type TurnInput = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'recording'; readonly file: File };

export type TurnEvent =
  | { readonly type: 'heard'; readonly text: string }
  /** More of the reply. */
  | { readonly type: 'text'; readonly text: string }
  /** It can be heard from now on, while it is made. */
  | { readonly type: 'audio'; readonly audioUrl: string }
  | { readonly type: 'answered'; readonly answer: z.infer<typeof answeredSchema> };

const path = '/api/v1/sessions';

export async function startSession(signal: AbortSignal): Promise<string> {
  return check(sessionSchema, await readJson(await sendOk(path, { method: 'POST', signal }))).id;
}

/** Aborting the signal, or leaving early, ends the turn at the server. Throws ApiFailure. */
export async function* requestTurn(sessionId: string, input: TurnInput, signal: AbortSignal): AsyncGenerator<TurnEvent> {
  const { body } = await sendOk(`${path}/${encodeURIComponent(sessionId)}/turns`, { method: 'POST', ...bodyOf(input), signal });
  if (body === null) throw new ApiFailure('answer_unreadable', 'The server sent no answer.');
  for await (const { name, data } of readEvents(body)) {
    const value = parseJson(data);
    switch (name) {
      case 'heard': yield { type: 'heard', text: check(textSchema, value).text }; break;
      case 'text': yield { type: 'text', text: check(textSchema, value).text }; break;
      case 'audio': yield { type: 'audio', audioUrl: check(audioSchema, value).audio_url }; break;
      case 'answered': yield { type: 'answered', answer: check(answeredSchema, value) }; break;
      case 'done': return;
      case 'error': {
        const { code, message, param } = check(errorSchema, value).error;
        throw new ApiFailure(code, message, param ?? undefined);
      }
    }
  }
  throw new ApiFailure('connection_cut', 'The connection was cut before the answer was complete.');
}

function bodyOf(input: TurnInput): Pick<RequestInit, 'body' | 'headers'> {
  if (input.kind === 'text') return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: input.text }) };
  const form = new FormData();
  form.set('audio', input.file);
  return { body: form };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure('answer_unreadable', 'The server’s answer could not be read.');
  }
}
