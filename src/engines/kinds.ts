/**
 * What an engine promises, one small contract a kind. Local engines, remote workers, cloud providers and the
 * scripted fake of the tests all meet the same one; engines/conformance/ holds the kit that proves it.
 */
import type { PcmChunk } from '../audio/pcm.ts';
import type { Pronunciation } from '../text/passage.ts';

export type EngineId = 'piper' | 'kokoro' | 'flite';

/** A voice that a model can speak with. */
export type Voice = {
  /** Unique in the engine: `af_heart`, `en_US-joe-medium`, `en_US-libritts-high:p3922`, `cmu_us_slt`. */
  readonly id: string;
  /** For people: "Heart", "Joe". */
  readonly name: string;
  /** BCP 47, region included where it is known: `en-US`, `pt-BR`. */
  readonly language: string;
  readonly gender: 'female' | 'male' | 'unknown';
};

/** A model that an engine could load now, read without loading it. */
export type SpeechModelInfo = {
  /** `kokoro`, `flite`, or for Piper the voice file's name: `en_US-joe-medium`. Unique in the engine. */
  readonly id: string;
  readonly engine: EngineId;
  readonly voices: readonly Voice[];
  readonly sampleRateHz: number;
  /** Bytes of its files; what it takes in memory is known only once it is loaded. */
  readonly fileBytes: number;
  /** Another one wherever its files are, so that what was kept of the old ones' sound is not taken for theirs. */
  readonly revision: string;
};

export type SpeechRequest = {
  /** One sentence (speech/ and the worker split before): well-formed Unicode, normalised, never empty. */
  readonly text: string;
  /** A voice id of the model, or a blend where the engine's capabilities say so: `af_heart:0.6+am_adam:0.4`. */
  readonly voice: string;
  /** 0.25…4; 1 is the voice's own pace. Pitch stays. */
  readonly speed: number;
  /** −12…12 semitones from the voice's own pitch, 0 where absent. Other values than 0 only where `changesPitch`. */
  readonly pitchSemitones?: number;
  /** Stretches of `text` whose sounds the caller gives, in order and disjoint; the rest is read by the engine. */
  readonly pronunciations?: readonly Pronunciation[];
  /** Where somebody hears it while it is made: an engine may size its steps by him. */
  readonly listener?: Listener | undefined;
};

/** What a scheduler of steps knows of the one who hears a stream, at the moment it is asked. */
export type Listener = {
  /** Milliseconds until he falls silent, were all that is made given to him now. */
  readonly aheadMs: () => number;
  /** How long a step may last before another who is served here falls silent; Infinity where there is none. */
  readonly othersWaitMs: () => number;
  /** Streams that take steps of this model in turns, this one included. */
  readonly turns: () => number;
};

/** When one sound of a sentence is heard, from the durations that the model itself predicted. */
export type SoundTiming = {
  /** The model's own symbol, a phoneme or a mark. */
  readonly symbol: string;
  /** UTF-16 offsets into the request's text of the word or mark that the sound belongs to. */
  readonly textStart: number;
  readonly textEnd: number;
  /** Samples since the first sample of this sentence, the end not included; at the model's own rate. */
  readonly startSample: number;
  readonly endSample: number;
};

export type SpeechChunk = PcmChunk & {
  /** On the first chunk of an utterance, where the model tells (`tellsTimings`): when each of its sounds is heard. */
  readonly timings?: readonly SoundTiming[];
  /** To be heard with the first later chunk that is not held: one who began now would run dry, since the rest is made slower than it plays. The last is never held. */
  readonly isHeld?: boolean;
};

export type SpeechCapabilities = {
  /** Can mix voices by weight. */
  readonly blends: boolean;
  /** Gives sound before the sentence is finished. */
  readonly streamsInsideSentence: boolean;
  /** Can speak higher or lower without speaking faster. */
  readonly changesPitch: boolean;
  /** Says when each sound is heard. */
  readonly tellsTimings: boolean;
  /** Takes `pronunciations`. */
  readonly takesPronunciations: boolean;
  /** The execution providers that this runtime could use here, best first. */
  readonly executionProviders: readonly string[];
};

/** A model in memory. */
export interface LoadedSpeechModel {
  readonly info: SpeechModelInfo;
  /** Estimated bytes held while loaded; the residency limit counts them. */
  readonly residentBytes: number;
  /** Where it runs after any fall-back: `cpu`, `cuda`, `wasm`. */
  readonly executionProvider: string;
  /**
   * Speaks one sentence. Each `next()` performs at most one inference step and yields what it made (1 sample or
   * more, all at `info.sampleRateHz`), so that a scheduler which pulls decides who runs next. Between steps the
   * signal is honoured: once aborted, `next()` rejects with the signal's reason and no inference starts.
   * Streams of one model may be interleaved step by step.
   * Errors: voice_unknown, input_empty (nothing pronounceable), input_unsupported (a pitch it cannot change), engine_failed.
   */
  synthesise(request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechChunk>;
  /** Speaks a short fixed sentence so that the first caller does not pay for lazy initialisation. */
  warmUp(): Promise<void>;
  /** Frees native memory. Idempotent; streams still open reject. */
  close(): Promise<void>;
}

/** An engine: knows which models lie on this machine and loads them. */
export interface SpeechEngine {
  readonly id: EngineId;
  readonly capabilities: SpeechCapabilities;
  /** Models whose files are here and readable now. Reads directories and small JSON, never weights. */
  listModels(): Promise<readonly SpeechModelInfo[]>;
  /** Errors: model_unknown, model_not_ready, model_file_invalid. */
  load(modelId: string, signal: AbortSignal): Promise<LoadedSpeechModel>;
}

/** What every engine that hears is given, and what voice activity is told from. */
export const hearingRateHz = 16_000;

/** A model that could be loaded now to write down what is said. */
export type TranscriptionModelInfo = {
  /** Unique in the engine: `base`, `tiny.en`, or the name of a folder that a user dropped. */
  readonly id: string;
  readonly engine: 'whisper';
  /** ISO 639-1 codes that it understands, the most spoken first: `['en']` for an English-only model. */
  readonly languages: readonly string[];
  /** Can give the English meaning of another language. */
  readonly translates: boolean;
  readonly fileBytes: number;
};

export type TranscriptionRequest = {
  /** Mono at `hearingRateHz`, −1…1, 1 to 480,000 samples (30 s). */
  readonly samples: Float32Array;
  /** One of the model's; absent: told from the sound. */
  readonly language?: string;
  /** `translate`: the meaning in English, where the model translates. */
  readonly task: 'transcribe' | 'translate';
  /** Text that came before, or names that may occur; its last 223 tokens count. */
  readonly prompt?: string;
  /** 0…1, the first attempt's. A result that repeats itself or is improbable is tried again at higher ones. Default 0. */
  readonly temperature?: number;
  /** Times of single words are wanted too. */
  readonly words: boolean;
  /** A text of which the model is not sure may take half as long again, to be surer. Default false. */
  readonly careful?: boolean;
};

export type HeardWord = {
  /** With the blank before it, where the model writes one, and the marks behind it: ` Hello,`. */
  readonly text: string;
  /** Seconds since the first sample of the request. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** 0…1 */
  readonly probability: number;
};

export type HeardSegment = {
  /** With its leading blank, as the model writes it. */
  readonly text: string;
  /** Seconds since the first sample of the request. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly tokens: readonly number[];
  /** At which it was accepted. */
  readonly temperature: number;
  /** Mean natural log of its tokens' probabilities. */
  readonly averageLogProbability: number;
  /** Bytes of its text to the same when deflated: above 2.4 it repeats itself. */
  readonly compressionRatio: number;
  /** That nobody speaks, 0…1. */
  readonly noSpeechProbability: number;
  /** Where words were asked for; they join to `text`. */
  readonly words?: readonly HeardWord[];
};

export type HeardSpeech = {
  /** As asked for or told from the sound: ISO 639-1. */
  readonly language: string;
  /** 1 where it was given. */
  readonly languageProbability: number;
  /** In order; none where nobody speaks. */
  readonly segments: readonly HeardSegment[];
};

/** A step of the work was done; the last one brings the result. */
export type TranscriptionStep = { readonly heard?: HeardSpeech };

/** A model in memory that writes down what is said. */
export interface LoadedTranscriptionModel {
  readonly info: TranscriptionModelInfo;
  readonly residentBytes: number;
  readonly executionProvider: string;
  /**
   * Each `next()` performs at most one bounded piece of inference (the encoder once, or some tokens), so that a
   * scheduler which pulls decides who runs next; exactly one step, the last, has `heard`. Between steps the signal is
   * honoured as in speech. Streams of one model may be interleaved step by step.
   * Errors: language_unknown, input_unsupported (a translation it cannot make), engine_failed.
   */
  transcribe(request: TranscriptionRequest, signal: AbortSignal): AsyncIterable<TranscriptionStep>;
  warmUp(): Promise<void>;
  /** Frees native memory. Idempotent; streams still open reject. */
  close(): Promise<void>;
}

export interface TranscriptionEngine {
  readonly id: 'whisper';
  readonly executionProviders: readonly string[];
  /** Models whose files are here and readable now; reads directories and small JSON, never weights. */
  listModels(): Promise<readonly TranscriptionModelInfo[]>;
  /** May write the graphs of a model that is loaded for the first time (seconds). Errors: model_unknown, model_not_ready, model_file_invalid, disk_full. */
  load(modelId: string, signal: AbortSignal): Promise<LoadedTranscriptionModel>;
}

/** Samples that voice activity is told for at once: 32 ms at `hearingRateHz`. */
export const vadFrameSamples = 512;

/** Tells speech from everything else, for one stream of sound. */
export interface VoiceActivityStream {
  /** `samples`: a whole number of frames, the stream's next. Gives the probability of speech of each, 0…1. */
  push(samples: Float32Array): Promise<Float32Array>;
  /** Idempotent. */
  close(): void;
}

export interface VoiceActivityModel {
  /** Streams are independent of each other. */
  openStream(): VoiceActivityStream;
  close(): Promise<void>;
}

/** One contribution to a conversation. */
export type ChatMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

/** The form that an answer must have; `schema` is JSON Schema. */
export type ChatFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | { readonly type: 'json_schema'; readonly name: string; readonly schema: Readonly<Record<string, unknown>> };

export type ChatRequest = {
  /** In the order in which they were said; at least one, the last one not the assistant's. */
  readonly messages: readonly ChatMessage[];
  /** Tokens of the answer; absent: what the context has left, at most what the model's host allows. */
  readonly maxTokens?: number;
  /** 0…2; 0 always takes the likeliest token. Absent: the model's own default. */
  readonly temperature?: number;
  /** 0…1; tokens beyond this share of probability are not drawn. */
  readonly topP?: number;
  /** Same seed, same request, same model: same answer. */
  readonly seed?: number;
  /** The answer ends before the first of these, which is not part of it. */
  readonly stop?: readonly string[];
  /** Default: text. */
  readonly format?: ChatFormat;
};

export type ChatUsage = { readonly promptTokens: number; readonly completionTokens: number };

/** New text of the answer, never empty; or, exactly once and last, how it ended. */
export type ChatDelta =
  | { readonly type: 'chat.text'; readonly text: string }
  | { readonly type: 'chat.end'; readonly finishReason: 'stop' | 'length'; readonly usage: ChatUsage };

/** A model that could be loaded now to converse, read without loading it. */
export type ChatModelInfo = {
  /** Unique in the engine: `smollm2-135m-instruct`, or the name of a file that a user dropped, without its ending. */
  readonly id: string;
  readonly engine: 'llama';
  /** Weights, as the file says; 0 where it does not. */
  readonly parameters: number;
  /** Tokens of prompt and answer together that it was trained on. */
  readonly trainedContextTokens: number;
  readonly fileBytes: number;
};

/** Whoever answers a conversation: a model in memory, a worker that has it, a provider. */
export interface ChatSource {
  /**
   * Gives the answer as it is written. Once the signal is aborted, iteration rejects with its reason and nothing more
   * is computed, in the prompt's processing too.
   * Errors: context_too_long, schema_unsupported, input_invalid, engine_failed; a provider's besides.
   */
  chat(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatDelta>;
}

export interface LoadedChatModel extends ChatSource {
  readonly info: ChatModelInfo;
  readonly residentBytes: number;
  readonly executionProvider: string;
  warmUp(): Promise<void>;
  /** Frees native memory. Idempotent; streams still open reject. */
  close(): Promise<void>;
}

export interface ChatEngine {
  readonly id: 'llama';
  /** Models whose files are here and readable now; reads directories and headers, never weights. */
  listModels(): Promise<readonly ChatModelInfo[]>;
  /** Errors: model_unknown, model_not_ready, model_file_invalid. */
  load(modelId: string, signal: AbortSignal): Promise<LoadedChatModel>;
}

export type EmbeddingModelInfo = {
  /** `all-minilm-l6-v2`. Unique in the engine. */
  readonly id: string;
  readonly engine: 'minilm';
  readonly dimensions: number;
  /** What a text has beyond this is not looked at, as in the reference implementation. */
  readonly maxTokens: number;
  readonly fileBytes: number;
};

export type Embeddings = {
  /** One a text, in order, of length 1. */
  readonly vectors: readonly Float32Array[];
  /** Of all texts. */
  readonly tokens: number;
};

/** Whoever turns texts into vectors that lie close where the meanings do. */
export interface EmbeddingSource {
  /** `texts`: at least one, none empty. Errors: input_empty, engine_failed; a provider's besides. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Embeddings>;
}

export interface LoadedEmbeddingModel extends EmbeddingSource {
  readonly info: EmbeddingModelInfo;
  readonly residentBytes: number;
  readonly executionProvider: string;
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

export interface EmbeddingEngine {
  readonly id: 'minilm';
  listModels(): Promise<readonly EmbeddingModelInfo[]>;
  /** May write the graph of a model that is loaded for the first time. Errors: model_unknown, model_not_ready, model_file_invalid, disk_full. */
  load(modelId: string, signal: AbortSignal): Promise<LoadedEmbeddingModel>;
}
