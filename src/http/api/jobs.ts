/** Durable jobs: a long text is handed in, and its progress and files are fetched whenever it suits. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { join } from 'node:path';
import { z } from 'zod';
import { audioFormatIds } from '../../audio/formats.ts';
import type { Config } from '../../config/schema.ts';
import { AntiphonError, toAntiphonError } from '../../errors.ts';
import type { Job } from '../../jobs/job.ts';
import type { JobRunner } from '../../jobs/runner.ts';
import { captionFormats } from '../../speech/captions.ts';
import { outputFolder } from '../../speech/long-form/long-form-kind.ts';
import { longFormProgressSchema } from '../../speech/long-form/long-form-progress.ts';
import { longFormSettingsSchema } from '../../speech/long-form/long-form-settings.ts';
import type { LongFormPlanner, LongFormRequest } from '../../speech/long-form/plan-long-form.ts';
import { decodeText } from '../../text/decode-text.ts';
import { callerOf } from '../request-context.ts';
import type { UsageBook } from '../../usage.ts';
import { sendFile } from '../send-file.ts';
import { parseBody } from '../validation.ts';

export type JobRoutesOptions = {
  readonly runner: JobRunner;
  readonly longForm: LongFormPlanner;
  readonly jobs: Config['jobs'];
  readonly usage: UsageBook;
};

export const jobsPath = '/api/v1/jobs';
const listLimit = 100;
const textTypes = ['text/plain', 'text/markdown', 'text/x-markdown', 'application/octet-stream'];

const fields = {
  model: z.string().min(1).default('tts-1'),
  voice: z.string().min(1).optional(),
  response_format: z.enum(audioFormatIds).default('mp3'),
  output: z.enum(['split', 'single']).default('split'),
  chapters: z.enum(['auto', 'none']).default('auto'),
  title: z.string().max(500).optional(),
  author: z.string().max(500).optional(),
};

const bodySchema = z.strictObject({
  ...fields,
  input: z.string(),
  speed: z.number().min(0.25).max(4).default(1),
  bitrate_bps: z.number().int().min(6_000).max(320_000).optional(),
  loudness_lufs: z.number().min(-40).max(-10).nullable().optional(),
  captions: z.array(z.enum(captionFormats)).default([]),
});

/** The same in an address, where everything is text and the body is the book. */
const querySchema = z.strictObject({
  ...fields,
  speed: z.coerce.number().min(0.25).max(4).default(1),
  bitrate_bps: z.coerce.number().int().min(6_000).max(320_000).optional(),
  loudness_lufs: z.coerce.number().min(-40).max(-10).optional(),
  captions: z.string().default('').transform((list) => list.split(',').filter((one) => one !== '')).pipe(z.array(z.enum(captionFormats))),
});

type Params = { Params: { id: string } };

export async function registerJobRoutes(app: FastifyInstance, options: JobRoutesOptions): Promise<void> {
  const { runner } = options;
  const key = (request: FastifyRequest<Params>) => ({ owner: callerOf(request).owner, id: request.params.id });

  await app.register(async (scope) => registerSubmission(scope, options));

  app.get<{ Querystring: { limit?: string } }>(jobsPath, async (request) => {
    const limit = Math.min(listLimit, Math.max(1, Math.trunc(Number(request.query.limit ?? listLimit)) || listLimit));
    return { jobs: (await runner.list({ owner: callerOf(request).owner, limit })).map(toWire) };
  });
  app.get<Params>(`${jobsPath}/:id`, async (request) => toWire(await runner.get(key(request))));
  app.post<Params>(`${jobsPath}/:id/pause`, async (request) => toWire(await runner.pause(key(request))));
  app.post<Params>(`${jobsPath}/:id/resume`, async (request) => toWire(await runner.resume(key(request))));
  app.post<Params>(`${jobsPath}/:id/cancel`, async (request) => toWire(await runner.cancel(key(request))));
  app.delete<Params>(`${jobsPath}/:id`, async (request, reply) => {
    await runner.remove(key(request));
    return reply.code(204).send();
  });
  // A wildcard, because names may be longer than a parameter of a path is allowed to be.
  app.get<{ Params: { id: string; '*': string } }>(`${jobsPath}/:id/files/*`, async (request, reply) => {
    const job = await runner.get(key(request));
    const name = request.params['*'];
    const file = longFormProgressSchema.parse(job.progress).files.find((one) => one.name === name);
    if (file === undefined || job.state === 'cancelled') throw new AntiphonError('job_file_unknown', 'The job has no file of that name, or not yet; its progress lists them.', { param: 'name' });
    return sendFile({ request, reply, path: join(outputFolder(runner.folderOf(job.id)), file.name), contentType: file.contentType, fileName: file.name });
  });
}

/** In a scope of its own: elsewhere plain text stays a body of the wrong type. */
function registerSubmission(scope: FastifyInstance, { runner, longForm, jobs, usage }: JobRoutesOptions): void {
  // Four bytes a character at most; JSON may write one in six, but not a whole book.
  const bodyLimit = jobs.maxCharacters * 4 + 65_536;
  const tooLarge = () => new AntiphonError('body_too_large', `The text is longer than a job may be: ${jobs.maxCharacters} characters (jobs.maxCharacters).`);
  scope.addContentTypeParser(textTypes, { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body));
  scope.addContentTypeParser('*', (_request, _payload, done) => done(new AntiphonError('media_type_unsupported', 'A text comes as text/plain or text/markdown with its options in the address, or as application/json.')));
  const route = {
    bodyLimit,
    onRequest: async (request: FastifyRequest) => {
      if (Number(request.headers['content-length'] ?? 0) > bodyLimit) throw tooLarge();
    },
  };

  scope.post(`${jobsPath}/speech`, route, async (request, reply: FastifyReply) => {
    const asked = requestOf(request);
    const caller = callerOf(request);
    const planned = await longForm.plan({ ...asked, asked: { caller, requestId: request.id } });
    // A job counts once, with all its text, when it is handed in: its audio is made whenever there is room for it.
    const opened = await usage.open({ caller, requestId: request.id, action: 'speech', characters: asked.text.length });
    const settle = (outcome: string) => opened.settle({ engine: planned.kind, characters: asked.text.length, audioSeconds: 0, computeSeconds: 0, outcome });
    const job = await runner.submit({ owner: caller.owner, ...planned }).catch(async (error: unknown) => {
      await settle(toAntiphonError(error).code);
      throw error;
    });
    await settle('ok');
    return reply.code(202).header('location', `${jobsPath}/${job.id}`).send(toWire(job));
  });

  scope.post(`${jobsPath}/speech/outline`, route, async (request) => {
    const { title, chapters } = longForm.outline(requestOf(request));
    return {
      title,
      characters: chapters.reduce((sum, { start, end }) => sum + end - start, 0),
      chapters: chapters.map((chapter) => ({ title: chapter.title, characters: chapter.end - chapter.start })),
    };
  });
}

function requestOf(request: FastifyRequest): LongFormRequest {
  const given = Buffer.isBuffer(request.body)
    ? { ...parseBody(querySchema, request.query), input: decodeText(request.body, 'input') }
    : parseBody(bodySchema, request.body);
  return {
    text: given.input,
    model: given.model,
    voice: given.voice,
    speed: given.speed,
    format: given.response_format,
    bitrateBps: given.bitrate_bps,
    output: given.output,
    chapters: given.chapters,
    title: given.title,
    author: given.author,
    loudnessLufs: given.loudness_lufs ?? undefined,
    captions: given.captions,
  };
}

/** The wire shape of a job of speech, the only kind there is so far. */
function toWire(job: Job) {
  const settings = longFormSettingsSchema.parse(job.settings);
  const progress = longFormProgressSchema.parse(job.progress);
  return {
    id: job.id,
    kind: job.kind,
    state: job.state,
    place: job.place,
    title: job.title,
    author: settings.author ?? null,
    model: settings.model,
    engine: settings.engine,
    voice: settings.voice,
    speed: settings.speed,
    response_format: settings.format,
    output: settings.output,
    loudness_lufs: settings.loudnessLufs ?? null,
    captions: settings.captions,
    created_at: job.createdAt,
    changed_at: job.changedAt,
    worked_seconds: Math.round(job.workedMs / 100) / 10,
    error: job.failure === undefined ? null : job.failure,
    characters: { done: progress.charactersDone, total: progress.charactersTotal },
    sentences_done: progress.sentencesDone,
    audio_seconds: progress.audioSeconds,
    real_time_factor: progress.realTimeFactor,
    seconds_left: job.state === 'done' ? 0 : progress.secondsLeft,
    chapters: progress.chapters.map((chapter) => ({ title: chapter.title, state: chapter.state, characters: { done: chapter.charactersDone, total: chapter.charactersTotal }, audio_seconds: chapter.audioSeconds })),
    files: (job.state === 'cancelled' ? [] : progress.files).map(({ name, contentType, bytes, chapter }) => ({ name, content_type: contentType, bytes, chapter, url: `${jobsPath}/${job.id}/files/${encodeURIComponent(name)}` })),
  };
}
