/** POST /v1/speech-to-text of ElevenLabs: one piece of sound, one answer. */
import { z } from 'zod';
import { languageCodeOf } from '../../../text/languages.ts';
import { hearingRateHz } from '../../kinds.ts';
import type { HeardSpeech, TranscriptionRequest, TranscriptionStep } from '../../kinds.ts';
import { uploadedSamples } from '../audio-upload.ts';
import { askedLanguage, unknownLanguage, unsupported } from '../given-fields.ts';
import type { ProviderClient } from '../http-client.ts';
import type { ProviderTranscription } from '../provider.ts';
import { askJson } from '../read-answer.ts';
import { toSentences } from './sentences.ts';

const transcriptSchema = z.object({
  language_code: z.string().nullish(),
  language_probability: z.number().nullish(),
  text: z.string(),
  words: z.array(z.object({
    text: z.string(),
    start: z.number().nullish(),
    end: z.number().nullish(),
    type: z.string().nullish(),
    logprob: z.number().nullish(),
  })).nullish(),
});

export type ToldTranscript = z.infer<typeof transcriptSchema>;

export function createElevenLabsTranscription(client: ProviderClient): ProviderTranscription {
  async function* transcribe(model: string, request: TranscriptionRequest, signal: AbortSignal): AsyncGenerator<TranscriptionStep, void, undefined> {
    signal.throwIfAborted();
    if (request.task === 'translate') throw unsupported('task', `The provider ${client.id} translates nothing; ask it to transcribe.`);
    const told = await askJson(client, { path: '/speech-to-text', body: toForm(model, request), schema: transcriptSchema, lacking: 'a text' }, signal);
    yield { heard: toHeardSpeech(told, request) };
  }

  return { transcribe };
}

/** The prompt is left out: it is a hint, and the nearest that this API has, `keyterms`, is charged extra. */
function toForm(model: string, { samples, language, temperature }: TranscriptionRequest): FormData {
  const form = new FormData();
  form.append('model_id', model);
  // Without a header it is answered sooner, says the vendor.
  form.append('file_format', 'pcm_s16le_16');
  form.append('timestamps_granularity', 'word');
  form.append('tag_audio_events', 'false');
  const asked = askedLanguage(language);
  if (asked !== undefined) form.append('language_code', asked);
  if (temperature !== undefined) form.append('temperature', String(temperature));
  form.append('file', new Blob([uploadedSamples(samples)], { type: 'application/octet-stream' }), 'speech.pcm');
  return form;
}

function toHeardSpeech(told: ToldTranscript, { samples, language, words }: TranscriptionRequest): HeardSpeech {
  const asked = askedLanguage(language);
  const heard = languageCodeOf(told.language_code ?? '');
  return {
    language: asked ?? heard ?? unknownLanguage,
    languageProbability: asked !== undefined ? 1 : heard === undefined ? 0 : Math.min(1, Math.max(0, told.language_probability ?? 1)),
    segments: toSentences(told, { durationSeconds: samples.length / hearingRateHz, words }),
  };
}
