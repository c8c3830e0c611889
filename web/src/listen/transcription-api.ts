/** Transcription at the server: which models listen, and what they hear in a file. */
import * as z from 'zod/mini';
import { ApiFailure, check, getJson, sendOk } from '../api.ts';
import { errorSchema } from '../api-schemas.ts';
import { readEvents } from '../event-stream.ts';

const wordSchema = z.object({ text: z.string(), start: z.number(), end: z.number() });

const segmentSchema = z.object({ id: z.number(), start: z.number(), end: z.number(), text: z.string(), words: z.optional(z.array(wordSchema)) });

const startedSchema = z.object({ model: z.string(), instead_of: z.nullable(z.string()), expected_seconds: z.nullable(z.number()) });

const partSchema = z.object({ segments: z.array(segmentSchema), done_seconds: z.number() });

const doneSchema = z.object({ language: z.nullable(z.string()), duration_seconds: z.number(), speech_seconds: z.number(), captions: z.record(z.string(), z.string()) });

const modelsSchema = z.object({ models: z.array(z.object({ model: z.string(), languages: z.array(z.string()), translates: z.boolean() })) });

export type HeardWord = z.infer<typeof wordSchema>;
/** Seconds from the beginning of the recording; words join to the text. */
export type HeardSegment = z.infer<typeof segmentSchema>;
export type TranscriptDone = z.infer<typeof doneSchema>;
export type ListeningModel = z.infer<typeof modelsSchema>['models'][number];

export type ListenOptions = {
  readonly model: string;
  /** ISO 639-1; empty: told from the sound. */
  readonly language: string;
  readonly translate: boolean;
  /** Names and words that may occur. */
  readonly prompt: string;
};

export type TranscriptEvent =
  | { readonly type: 'part'; readonly segments: readonly HeardSegment[]; readonly doneSeconds: number }
  | { readonly type: 'done'; readonly done: TranscriptDone };

export type TranscriptStream = {
  readonly model: string;
  readonly insteadOf: string | undefined;
  readonly expectedSeconds: number | undefined;
  /** Throws ApiFailure. */
  readonly events: AsyncGenerator<TranscriptEvent>;
};

const path = '/api/v1/transcriptions';

/** File formats that the server makes of a transcript that is complete. */
export const captionFormats = ['srt', 'vtt'] as const;

export async function fetchListeningModels(signal: AbortSignal): Promise<readonly ListeningModel[]> {
  return (await getJson(`${path}/models`, modelsSchema, signal)).models;
}

/** Resolves once the file is there and was found good. Aborting the signal ends the work at the server. */
export async function requestTranscript(file: File, options: ListenOptions, signal: AbortSignal): Promise<TranscriptStream> {
  const form = new FormData();
  form.set('model', options.model);
  if (options.language !== '') form.set('language', options.language);
  if (options.translate) form.set('task', 'translate');
  if (options.prompt.trim() !== '') form.set('prompt', options.prompt.trim());
  form.set('captions', captionFormats.join(','));
  form.set('file', file);
  const { body } = await sendOk(path, { method: 'POST', body: form, signal });
  if (body === null) throw new ApiFailure('answer_unreadable', 'The server sent no words.');
  const events = readEvents(body);
  const first = await events.next();
  if (first.done === true || first.value.name !== 'started') throw new ApiFailure('answer_unreadable', 'The server’s answer did not begin as it should.');
  const { model, instead_of: insteadOf, expected_seconds: expectedSeconds } = check(startedSchema, parseJson(first.value.data));
  return { model, insteadOf: insteadOf ?? undefined, expectedSeconds: expectedSeconds ?? undefined, events: toTranscriptEvents(events) };
}

async function* toTranscriptEvents(events: ReturnType<typeof readEvents>): AsyncGenerator<TranscriptEvent> {
  for await (const { name, data } of events) {
    const value = parseJson(data);
    if (name === 'error') {
      const { code, message, param } = check(errorSchema, value).error;
      throw new ApiFailure(code, message, param ?? undefined);
    }
    if (name === 'part') {
      const { segments, done_seconds: doneSeconds } = check(partSchema, value);
      yield { type: 'part', segments, doneSeconds };
    }
    if (name === 'done') return yield { type: 'done', done: check(doneSchema, value) };
  }
  throw new ApiFailure('connection_cut', 'The connection was cut before the end of the recording.');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure('answer_unreadable', 'The server’s answer could not be read.');
  }
}
