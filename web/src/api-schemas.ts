/** The shapes of the server's answers that the page reads; what does not fit is reported, never guessed at. */
import * as z from 'zod/mini';

// zod would otherwise probe `new Function`, which the content security policy forbids and the console would report.
z.config({ jitless: true });

export const errorSchema = z.object({
  error: z.object({ message: z.string(), param: z.nullable(z.string()), code: z.string() }),
});

export const healthSchema = z.object({
  status: z.enum(['pass', 'warn', 'fail']),
  version: z.string(),
  components: z.record(z.string(), z.object({ status: z.enum(['pass', 'warn', 'fail']), message: z.optional(z.string()) })),
});

const voiceSchema = z.object({ id: z.string(), name: z.string(), language: z.string(), gender: z.string() });

export const voicesSchema = z.object({
  default_voices: z.record(z.string(), z.string()),
  models: z.array(z.object({
    id: z.string(),
    engine: z.string(),
    sample_rate_hz: z.number(),
    voices: z.array(voiceSchema),
  })),
});

export const requestsSchema = z.object({
  waiting_sentences: z.number(),
  requests: z.array(z.object({
    id: z.string(),
    kind: z.string(),
    model: z.string(),
    voice: z.string(),
    characters: z.number(),
    started_at: z.string(),
    phase: z.string(),
    audio_seconds: z.number(),
  })),
});

export const recentSchema = z.object({
  requests: z.array(z.object({
    id: z.string(),
    ended_at: z.string(),
    engine: z.string(),
    voice: z.string(),
    characters: z.number(),
    audio_seconds: z.number(),
    first_audio_ms: z.nullable(z.number()),
    duration_ms: z.number(),
    outcome: z.string(),
  })),
});

export const modelsSchema = z.object({
  models: z.array(z.object({
    id: z.string(),
    description: z.string(),
    licence: z.string(),
    bytes: z.number(),
    state: z.string(),
    received_bytes: z.nullable(z.number()),
  })),
});

export type Health = z.infer<typeof healthSchema>;
export type VoiceList = z.infer<typeof voicesSchema>;
export type RequestList = z.infer<typeof requestsSchema>;
export type QueuedRequest = RequestList['requests'][number];
export type RecentList = z.infer<typeof recentSchema>;
export type EndedRequest = RecentList['requests'][number];
export type ArtefactList = z.infer<typeof modelsSchema>;
export type Artefact = ArtefactList['models'][number];
