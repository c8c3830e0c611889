/** Long readings at the server: what there is, what is made of a text, and what can be done to each. */
import * as z from 'zod/mini';
import { check, getJson, readJson, sendOk, type AudioFormat } from '../api.ts';

const count = z.object({ done: z.number(), total: z.number() });

const jobSchema = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'paused', 'done', 'failed', 'cancelled']),
  place: z.string(),
  title: z.string(),
  engine: z.string(),
  voice: z.string(),
  response_format: z.string(),
  created_at: z.string(),
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
  characters: count,
  audio_seconds: z.number(),
  real_time_factor: z.nullable(z.number()),
  seconds_left: z.nullable(z.number()),
  chapters: z.array(z.object({ title: z.string(), state: z.string(), characters: count, audio_seconds: z.number() })),
  files: z.array(z.object({ name: z.string(), content_type: z.string(), bytes: z.number(), chapter: z.nullable(z.number()), url: z.string() })),
});

const jobsSchema = z.object({ jobs: z.array(jobSchema) });
const outlineSchema = z.object({ title: z.string(), characters: z.number(), chapters: z.array(z.object({ title: z.string(), characters: z.number() })) });

export type Job = z.infer<typeof jobSchema>;
export type Outline = z.infer<typeof outlineSchema>;
export type JobAction = 'pause' | 'resume' | 'cancel';

export type ReadingOptions = {
  readonly model: string;
  readonly voice: string;
  readonly format: AudioFormat;
  /** 0.25…4. */
  readonly speed: number;
  /** One file a chapter, one with marks, or one without chapters. */
  readonly chapters: 'split' | 'single' | 'none';
  readonly title: string;
  readonly author: string;
  readonly loudness: boolean;
  readonly captions: boolean;
};

/** The loudness of spoken word that most publishers and podcast players expect. */
export const spokenLoudnessLufs = -18;

const jobsPath = '/api/v1/jobs';

export async function fetchJobs(signal: AbortSignal): Promise<readonly Job[]> {
  return (await getJson(jobsPath, jobsSchema, signal)).jobs;
}

export async function fetchOutline(text: Blob | string, { chapters }: Pick<ReadingOptions, 'chapters'>, signal: AbortSignal): Promise<Outline> {
  const response = await postText(`${jobsPath}/speech/outline?chapters=${chapters === 'none' ? 'none' : 'auto'}`, text, signal);
  return check(outlineSchema, await readJson(response));
}

export async function beginReading(text: Blob | string, options: ReadingOptions, signal: AbortSignal): Promise<Job> {
  const query = new URLSearchParams({
    model: options.model,
    voice: options.voice,
    response_format: options.format,
    speed: String(options.speed),
    output: options.chapters === 'split' ? 'split' : 'single',
    chapters: options.chapters === 'none' ? 'none' : 'auto',
    ...(options.title.trim() === '' ? {} : { title: options.title }),
    ...(options.author.trim() === '' ? {} : { author: options.author }),
    ...(options.loudness ? { loudness_lufs: String(spokenLoudnessLufs) } : {}),
    ...(options.captions ? { captions: 'srt,vtt' } : {}),
  });
  return check(jobSchema, await readJson(await postText(`${jobsPath}/speech?${query}`, text, signal)));
}

export async function changeJob({ id }: Job, action: JobAction, signal: AbortSignal): Promise<void> {
  await sendOk(`${jobsPath}/${encodeURIComponent(id)}/${action}`, { method: 'POST', signal });
}

export async function deleteJob({ id }: Job, signal: AbortSignal): Promise<void> {
  await sendOk(`${jobsPath}/${encodeURIComponent(id)}`, { method: 'DELETE', signal });
}

/** The bytes of a file as they are: the server finds out how they were saved. */
function postText(path: string, body: Blob | string, signal: AbortSignal): Promise<Response> {
  return sendOk(path, { method: 'POST', headers: { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/octet-stream' }, body, signal });
}
