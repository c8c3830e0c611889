/** POST /audio/transcriptions and /audio/translations of OpenAI's protocol: one piece of sound, one answer. */
import { z } from 'zod';
import { languageCodeOf } from '../../../text/languages.ts';
import type { HeardSpeech, TranscriptionRequest, TranscriptionStep } from '../../kinds.ts';
import { hearingRateHz } from '../../kinds.ts';
import { uploadedWav } from '../audio-upload.ts';
import { askedLanguage, unknownLanguage, unsupported } from '../given-fields.ts';
import type { ProviderClient } from '../http-client.ts';
import type { ProviderTranscription } from '../provider.ts';
import { unusable } from '../provider-errors.ts';
import { askJson } from '../read-answer.ts';
import { toHeardSegments } from './heard-segments.ts';

const seconds = z.number().nonnegative();

// What other servers than OpenAI's leave out has a default; a text has to be there.
const transcriptSchema = z.object({
  text: z.string(),
  language: z.string().nullish(),
  languages: z.array(z.object({ code: z.string() })).nullish(),
  segments: z.array(z.object({
    start: seconds,
    end: seconds,
    text: z.string(),
    tokens: z.array(z.int()).nullish(),
    temperature: z.number().nullish(),
    avg_logprob: z.number().nullish(),
    compression_ratio: z.number().nullish(),
    no_speech_prob: z.number().nullish(),
  })).nullish(),
  words: z.array(z.object({ word: z.string(), start: seconds, end: seconds, probability: z.number().nullish() })).nullish(),
});

export type ToldTranscript = z.infer<typeof transcriptSchema>;

export function createOpenAiTranscription(client: ProviderClient): ProviderTranscription {
  async function* transcribe(model: string, request: TranscriptionRequest, signal: AbortSignal): AsyncGenerator<TranscriptionStep, void, undefined> {
    signal.throwIfAborted();
    refuseUnheard(model, request, client.id);
    const path = request.task === 'translate' ? '/audio/translations' : '/audio/transcriptions';
    const told = await askJson(client, { path, body: toForm(model, request), schema: transcriptSchema, lacking: 'a text', ...(request.prompt === undefined ? {} : { texts: [request.prompt] }) }, signal);
    if (request.words && told.text.trim() !== '' && (told.words ?? []).length === 0) throw unusable(client.id, 'without the times of words that it was asked for');
    yield { heard: toHeardSpeech(told, request) };
  }

  return { transcribe };
}

function refuseUnheard(model: string, { words, task }: TranscriptionRequest, id: string): void {
  if (!words) return;
  if (task === 'translate') throw unsupported('words', `The provider ${id} tells no times of words in a translation; ask without them.`);
  if (!isVerbose(model)) throw unsupported('words', `This model of the provider ${id} tells no times of words; ask without them, or a Whisper model.`);
}

/** `gpt-4o-transcribe` and its relatives, whatever a gateway writes before their names, know the text alone. */
function isVerbose(model: string): boolean {
  return !/(^|\/)gpt-[\w.-]*transcribe/.test(model);
}

function toForm(model: string, { samples, language, task, prompt, temperature, words }: TranscriptionRequest): FormData {
  const form = new FormData();
  form.append('model', model);
  form.append('response_format', isVerbose(model) ? 'verbose_json' : 'json');
  if (isVerbose(model) && task === 'transcribe') {
    for (const granularity of words ? ['word', 'segment'] : ['segment']) form.append('timestamp_granularities[]', granularity);
  }
  const asked = askedLanguage(language);
  // A translation is always into English, and its route has no field for what it is from.
  if (asked !== undefined && task === 'transcribe') form.append('language', asked);
  if (prompt !== undefined && prompt !== '') form.append('prompt', prompt);
  if (temperature !== undefined) form.append('temperature', String(temperature));
  form.append('file', uploadedWav(samples), 'speech.wav');
  return form;
}

function toHeardSpeech(told: ToldTranscript, { samples, language, task, words }: TranscriptionRequest): HeardSpeech {
  const asked = askedLanguage(language);
  // Of a translation servers tell the language that it is in.
  const heard = task === 'translate' ? undefined : languageCodeOf(told.language ?? told.languages?.[0]?.code ?? '');
  return {
    language: asked ?? heard ?? unknownLanguage,
    // None tells how sure it is.
    languageProbability: asked !== undefined || heard !== undefined ? 1 : 0,
    segments: toHeardSegments(told, { durationSeconds: samples.length / hearingRateHz, words }),
  };
}
