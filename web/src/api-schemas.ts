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
  waiting_pieces: z.number(),
  requests: z.array(z.object({
    id: z.string(),
    kind: z.string(),
    model: z.string(),
    voice: z.nullable(z.string()),
    characters: z.nullable(z.number()),
    started_at: z.string(),
    phase: z.string(),
    audio_seconds: z.number(),
  })),
});

export const recentSchema = z.object({
  requests: z.array(z.object({
    id: z.string(),
    kind: z.string(),
    ended_at: z.string(),
    engine: z.string(),
    voice: z.nullable(z.string()),
    characters: z.nullable(z.number()),
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
    fit: z.nullable(z.object({ for: z.string(), memory_bytes: z.number(), is_free: z.boolean() })),
  })),
});

const timedWordSchema = z.object({ start: z.number(), end: z.number(), start_seconds: z.number(), end_seconds: z.number() });

const timedSentenceSchema = z.object({ ...timedWordSchema.shape, spoken_text: z.string(), words: z.array(timedWordSchema) });

/** The lines of POST /api/v1/speech. */
export const speechLineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), sample_rate: z.number(), engine: z.string(), voice: z.string(), instead_of: z.nullable(z.string()), tells_words: z.boolean() }),
  z.object({ type: z.literal('part'), audio: z.string(), sentences: z.array(timedSentenceSchema) }),
  z.object({ type: z.literal('end'), captions: z.record(z.string(), z.string()) }),
  z.object({ type: z.literal('error'), ...errorSchema.shape }),
]);

const stretchSchema = z.object({ start: z.number(), end: z.number(), text: z.string() });

export const readingSchema = z.object({
  language: z.string(),
  sentences: z.array(z.object({
    source: stretchSchema,
    spoken: z.string(),
    changes: z.array(z.object({ ...stretchSchema.shape, spoken: z.string() })),
    pronunciations: z.array(z.object({ ...stretchSchema.shape, ipa: z.string() })),
    ipa: z.nullable(z.string()),
  })),
});

const pronunciationSchema = z.object({
  id: z.string(),
  word: z.string(),
  language: z.nullable(z.string()),
  respelling: z.optional(z.string()),
  ipa: z.optional(z.string()),
});

export const pronunciationsSchema = z.object({ pronunciations: z.array(pronunciationSchema) });

export const importedSchema = z.object({ imported: z.number() });

/** Offsets into the text that was sent, seconds from its beginning. */
export type TimedSentence = z.infer<typeof timedSentenceSchema>;
export type Reading = z.infer<typeof readingSchema>;
export type Pronunciation = z.infer<typeof pronunciationSchema>;
export type Health = z.infer<typeof healthSchema>;
export type VoiceList = z.infer<typeof voicesSchema>;
export type RequestList = z.infer<typeof requestsSchema>;
export type QueuedRequest = RequestList['requests'][number];
export type RecentList = z.infer<typeof recentSchema>;
export type EndedRequest = RecentList['requests'][number];
export type ArtefactList = z.infer<typeof modelsSchema>;
export type Artefact = ArtefactList['models'][number];
