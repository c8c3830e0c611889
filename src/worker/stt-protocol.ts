/** proto/stt.proto as TypeScript: its messages typed by hand, and how they stand for the engines' own words. */
import type { HeardSegment, HeardSpeech, HeardWord } from '../engines/kinds.ts';

export type WireTask = 'TASK_TRANSCRIBE' | 'TASK_TRANSLATE';
export type RecognizeRequest = {
  model_id: string; audio_data: Uint8Array; language: string; task: WireTask; prompt: string; temperature: number; words: boolean; careful: boolean; answer_delay_ms: number;
};
export type WireWord = { text: string; start_seconds: number; end_seconds: number; probability: number };
export type WireSegment = {
  text: string; start_seconds: number; end_seconds: number; tokens: number[]; temperature: number;
  average_log_probability: number; compression_ratio: number; no_speech_probability: number; words: WireWord[];
};
export type RecognizeResponse = { language: string; language_probability: number; segments: WireSegment[]; inference_seconds: number };
export type StreamingConfig = { model_id: string; language: string; prompt: string; sample_rate: number };
export type StreamingRecognizeRequest = { request?: 'config' | 'audio_data'; config?: StreamingConfig; audio_data?: Uint8Array };
export type StreamingRecognizeResponse =
  | { speech_started: { at_seconds: number } }
  | { speech_ended: { at_seconds: number } }
  | { words: { utterance: number; final: WireWord[]; pending: WireWord[] } }
  | { utterance: { utterance: number; text: string; words: WireWord[]; start_seconds: number; end_seconds: number; language: string } };
export type TranscriptionModelMessage = {
  model_id: string; engine: string; languages: string[]; translates: boolean; file_bytes: number; loaded: boolean; resident_bytes: number; execution_provider: string;
};
export type ListTranscriptionModelsResponse = { models: TranscriptionModelMessage[]; problems: string[] };
export type LoadTranscriptionModelResponse = { load_ms: number; model: TranscriptionModelMessage };

export function toWireWord({ text, startSeconds, endSeconds, probability }: HeardWord): WireWord {
  return { text, start_seconds: startSeconds, end_seconds: endSeconds, probability };
}

function fromWireWord({ text, start_seconds: startSeconds, end_seconds: endSeconds, probability }: WireWord): HeardWord {
  return { text, startSeconds, endSeconds, probability };
}

export function toRecognizeResponse({ language, languageProbability, segments }: HeardSpeech, inferenceSeconds: number): RecognizeResponse {
  return {
    inference_seconds: inferenceSeconds,
    language,
    language_probability: languageProbability,
    segments: segments.map((segment) => ({
      text: segment.text,
      start_seconds: segment.startSeconds,
      end_seconds: segment.endSeconds,
      tokens: [...segment.tokens],
      temperature: segment.temperature,
      average_log_probability: segment.averageLogProbability,
      compression_ratio: segment.compressionRatio,
      no_speech_probability: segment.noSpeechProbability,
      words: (segment.words ?? []).map(toWireWord),
    })),
  };
}

/** `words`: they were asked for, so that none means none were said. */
export function fromRecognizeResponse(response: RecognizeResponse, { words }: { readonly words: boolean }): HeardSpeech {
  return {
    language: response.language,
    languageProbability: response.language_probability,
    segments: response.segments.map((segment): HeardSegment => ({
      text: segment.text,
      startSeconds: segment.start_seconds,
      endSeconds: segment.end_seconds,
      tokens: segment.tokens,
      temperature: segment.temperature,
      averageLogProbability: segment.average_log_probability,
      compressionRatio: segment.compression_ratio,
      noSpeechProbability: segment.no_speech_probability,
      ...(words ? { words: segment.words.map(fromWireWord) } : {}),
    })),
  };
}
