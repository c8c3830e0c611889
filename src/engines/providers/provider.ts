/**
 * What a provider promises: somebody else's server behind the contracts of kinds.ts. An adapter translates and nothing
 * else: it makes one attempt, never retries, never falls back, and keeps no state but its settings. Who is asked, how
 * often and in which order is dispatch's.
 */
import type { ChatSource, EmbeddingSource, SpeechRequest, SpeechChunk, TranscriptionRequest, TranscriptionStep } from '../kinds.ts';

export const providerTypes = ['openai', 'elevenlabs', 'anthropic'] as const;
/** Which protocol it speaks: `openai` is any server with OpenAI's bodies (Groq, Ollama, vLLM, llama.cpp, Speaches …). */
export type ProviderType = (typeof providerTypes)[number];

export type ProviderSettings = {
  /** As the configuration names it: `groq`. */
  readonly id: string;
  readonly type: ProviderType;
  /** With path, without a slash at its end: `https://api.groq.com/openai/v1`. The key goes to this origin and no other; a redirect is a failure. */
  readonly baseUrl: string;
  /** Asked at every request, so that a rotated key is used at once; undefined: none is configured, none is sent. */
  readonly key: () => Promise<string | undefined>;
  /** For the answer's head. */
  readonly answerTimeoutMs: number;
  /** Between two pieces of its body. */
  readonly stallTimeoutMs: number;
  /** `fetch`; tests give their own only where a real server cannot show it. */
  readonly fetch: typeof fetch;
};

export interface ProviderSpeech {
  /** Of every chunk. */
  readonly sampleRateHz: number;
  /** Speaks one text as kinds.ts promises, as it arrives; `request.voice` is the provider's own name of a voice. */
  synthesise(model: string, request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechChunk>;
}

export interface ProviderTranscription {
  transcribe(model: string, request: TranscriptionRequest, signal: AbortSignal): AsyncIterable<TranscriptionStep>;
}

/**
 * Errors of every call besides those of the kind: provider_unreachable, provider_timeout, provider_failed,
 * provider_limited (with retryAfterSeconds where it said so), provider_key_refused, provider_rejected, and the
 * signal's reason. Messages name the provider, never its key or the request's content.
 */
export type Provider = {
  readonly id: string;
  readonly type: ProviderType;
  /** Present where its protocol has the kind. */
  readonly speech?: ProviderSpeech;
  readonly transcription?: ProviderTranscription;
  readonly chat?: (model: string) => ChatSource;
  readonly embeddings?: (model: string) => EmbeddingSource;
  /** Asks for what costs nothing (its list of models, its account): is it there, does it take the key. */
  readonly check: (signal: AbortSignal) => Promise<ProviderCheck>;
};

export type ProviderCheck = {
  readonly latencyMs: number;
  /** Names of its models, where it tells. */
  readonly models: readonly string[];
  /** What is left, where it tells: characters, requests. */
  readonly quota: { readonly used: number; readonly limit: number; readonly unit: string } | undefined;
};
