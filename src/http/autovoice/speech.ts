/** AutoVoice's POST /api/v1/synthesize and GET /api/v1/speakers, for its clients to be pointed here unchanged. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { finalisedWavHeader } from '../../audio/wav.ts';
import { AntiphonError } from '../../errors.ts';
import type { Speak, Speech } from '../../speech/speak.ts';
import type { CatalogModel, VoiceCatalog } from '../../speech/voice-catalog.ts';
import { modelOfVoice } from '../model-of-voice.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { speechHeaders } from '../speech-headers.ts';
import { parseBody } from '../validation.ts';
import { autovoiceDialect } from './errors.ts';

export type AutovoiceOptions = { readonly speak: Speak; readonly catalog: VoiceCatalog };

const maxCharacters = 5_000;
/** A text at another pitch goes as SSML, where `&` takes five characters. */
const mostMarkup = 6;

const speakerSchema = z.union([z.number().int().min(0), z.string().min(1)]);

const bodySchema = z.strictObject({
  text: z.string(),
  speaker_id: speakerSchema.optional(),
  speaker: speakerSchema.optional(),
  voice: speakerSchema.optional(),
  voice_config: z.strictObject({
    speed: z.number().min(0.25).max(4).default(1),
    /** Times the voice's own; an octave either way. */
    pitch: z.number().min(0.5).max(2).default(1),
    temperature: z.number().optional(),
  }).optional(),
});

export function registerAutovoice(app: FastifyInstance, { speak, catalog }: AutovoiceOptions): void {
  const route = { config: { dialect: autovoiceDialect } };

  app.post('/api/v1/synthesize', route, async (request, reply) => {
    checkPresence(request.body);
    const body = parseBody(bodySchema, request.body);
    const { speed = 1, pitch = 1 } = body.voice_config ?? {};
    if (body.text.trim() === '') throw new AntiphonError('input_empty', 'Text cannot be empty', { param: 'text' });
    if (body.text.length > maxCharacters) throw new AntiphonError('input_too_long', `Text too long. Maximum ${maxCharacters} characters allowed`, { param: 'text' });
    const [asked, ...others] = [body.speaker_id, body.speaker, body.voice].filter((one) => one !== undefined);
    if (others.length > 0) throw new AntiphonError('input_invalid', 'Give one of speaker_id, speaker and voice.', { param: 'speaker' });
    const speakers = listSpeakers(await catalog.models());
    const speaker = typeof asked === 'number' ? speakers[asked] : undefined;
    if (typeof asked === 'number' && speaker === undefined) {
      throw new AntiphonError('voice_unknown', `Invalid speaker_id. Must be between 0 and ${speakers.length - 1}`, { param: 'speaker_id' });
    }
    const voice = typeof asked === 'string' ? asked : speaker?.voice;
    const speech = await speak({
      requestId: request.id,
      trace: traceOf(request),
      caller: callerOf(request),
      ...(pitch === 1 ? { text: body.text } : { text: atPitch(body.text, pitch), markup: 'ssml' as const }),
      maxCharacters: maxCharacters * mostMarkup,
      model: speaker?.modelId ?? await modelOfVoice(voice, catalog),
      voice,
      speed,
      format: 'wav',
    }, callerSignal(reply));
    const file = await collect(speech);
    return reply.headers(speechHeaders(speech)).send({
      status: 'success',
      audio: file.toString('base64'),
      format: 'wav',
      sample_rate: speech.outputRateHz,
      duration: Math.round(speech.progress().audioSeconds * 1000) / 1000,
      metadata: { text_length: body.text.length, speaker_id: asked ?? speakers.findIndex((one) => one.voice === speech.voice.voice), voice_config: voiceConfigOf(request.body) },
    });
  });

  app.get<{ Querystring: { language?: string } }>('/api/v1/speakers', route, async (request) => {
    const { language } = request.query;
    const speakers = listSpeakers(await catalog.models()).filter((speaker) => language === undefined || speaks(speaker.language, language));
    return speakers.map(({ id, name, language: own, gender, voice, modelId }) => ({ id, name, language: own, gender, description: `${voice} (${modelId})` }));
  });
}

function atPitch(text: string, factor: number): string {
  const semitones = 12 * Math.log2(factor);
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<speak><prosody pitch="${semitones < 0 ? '' : '+'}${semitones.toFixed(2)}st">${escaped}</prosody></speak>`;
}

type Speaker = { readonly id: number; readonly name: string; readonly language: string; readonly gender: string; readonly voice: string; readonly modelId: string };

/** Numbered in the order of the catalog, as that API numbers its speakers; the number of a voice changes when models come or go. */
function listSpeakers(models: readonly CatalogModel[]): Speaker[] {
  return models.flatMap(({ modelId, voices }) => voices.map((voice) => ({ ...voice, voice: voice.id, modelId }))).map((voice, id) => ({ ...voice, id }));
}

/** `en` means every English, `en-GB` one of them. */
function speaks(language: string, wanted: string): boolean {
  const [own, asked] = [language.toLowerCase(), wanted.replace('_', '-').toLowerCase()];
  return own === asked || own.startsWith(`${asked}-`);
}

/** As it was sent, without what stands for it here where it is left out. */
function voiceConfigOf(body: unknown): unknown {
  return (body as { voice_config?: unknown }).voice_config ?? {};
}

/** That API's own words for a body without what it needs. */
function checkPresence(body: unknown): void {
  if (typeof body !== 'object' || body === null || Object.keys(body).length === 0) throw new AntiphonError('input_invalid', 'No JSON data provided');
  if (!('text' in body)) throw new AntiphonError('input_invalid', 'Missing required fields: text', { param: 'text' });
}

/** That API answers with a whole file in JSON, so the header can tell its true length. */
async function collect(speech: Speech): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of speech.bytes) parts.push(part);
  const file = Buffer.concat(parts);
  file.set(finalisedWavHeader({ sampleRateHz: speech.outputRateHz, fileBytes: file.length }));
  return file;
}
