/** Text in, encoded speech out: the story of a speech request, told once for every client. */
import { createEncoder, encodeStream } from '../audio/encoder.ts';
import { audioFormats, outputRateFor, type AudioFormatId } from '../audio/formats.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { RequestRegistry } from '../dispatch/request-registry.ts';
import type { SpeechPool } from '../dispatch/speech-pool.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { toTraceparent, type TraceContext } from '../telemetry/trace-context.ts';
import type { Dictionary } from '../text/pronunciation/dictionary.ts';
import { chooseVoice, type ChosenVoice } from './choose-voice.ts';
import { growSentences } from './grow-sentences.ts';
import type { Markup } from './passages-of.ts';
import { prepareText, type PlannedSentence, type PrepareTextOptions } from './prepare-text.ts';
import { createAccount, type Account } from './speech-account.ts';
import { synthesisePlan, type SynthesisPlan } from './synthesise-plan.ts';
import type { SpeechPart, TimedSentence } from './timed-sentence.ts';
import type { VoiceCatalog } from './voice-catalog.ts';

export type SpeakRequest = {
  readonly requestId: string;
  readonly trace: TraceContext;
  /** Whole, or still being written: then each sentence is spoken as soon as it is complete. */
  readonly text: string | AsyncIterable<string>;
  /** Where a dialect promises more than speech.maxInputCharacters. */
  readonly maxCharacters?: number;
  /** Default: `none`, which a text that is still being written always is. */
  readonly markup?: Markup;
  /** False: numbers and signs are left to the engine. Default: true. */
  readonly normalise?: boolean;
  /** `tts-1`, an engine, or a model of one. */
  readonly model: string;
  readonly voice?: string | undefined;
  /** 0.25…4. */
  readonly speed: number;
  readonly format: AudioFormatId;
  readonly sampleRateHz?: number | undefined;
  readonly bitrateBps?: number | undefined;
};

export type Speech = {
  readonly contentType: string;
  readonly fileExtension: string;
  readonly voice: ChosenVoice;
  readonly outputRateHz: number;
  /** Of the text; of one that is still being written, so far. */
  readonly characters: number;
  /** The model says when each sound is heard; else sentences come without words. */
  readonly tellsTimings: boolean;
  /** Encoded audio as it is made, and what is said in it. Leaving the loop early cancels the inference. */
  readonly parts: AsyncGenerator<SpeechPart>;
  /** The audio of `parts` alone; read one or the other. */
  readonly bytes: AsyncGenerator<Uint8Array>;
  /** Figures so far, whole once `bytes` has ended. */
  readonly progress: () => SpeechProgress;
};

export type SpeechProgress = {
  /** From the request in hand to the first encoded audio; undefined before. */
  readonly firstAudioMs: number | undefined;
  readonly audioSeconds: number;
  readonly elapsedMs: number;
};

export type SpeechRecord = {
  readonly requestId: string;
  readonly engine: string;
  readonly voice: string;
  readonly format: string;
  readonly characters: number;
  readonly audioSeconds: number;
  readonly firstAudioMs: number | undefined;
  readonly durationMs: number;
  /** `ok` or an error code. */
  readonly outcome: string;
};

export type SpeakDependencies = {
  readonly config: Config['speech'];
  readonly catalog: VoiceCatalog;
  readonly pool: SpeechPool;
  readonly requests: RequestRegistry;
  /** The user's own pronunciations. */
  readonly dictionary: () => Dictionary | undefined;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Takes the outcome of every request; must not block. */
  readonly record: (record: SpeechRecord) => void;
};

export type Speak = (request: SpeakRequest, caller: AbortSignal) => Promise<Speech>;

/**
 * The returned function checks everything that can be checked without inference and gives the stream; what goes
 * wrong later rejects from `bytes`. Errors: those of prepareText, chooseVoice, outputRateFor and the pool.
 */
export function createSpeak(dependencies: SpeakDependencies): Speak {
  const { config, catalog, pool, clock } = dependencies;
  return async (request, caller) => {
    let startedMs = clock.now();
    checkSpeed(request.speed);
    const voice = await findVoice(request);
    // Of a text that is still being written, what there is to speak begins with its first sentence.
    const text = readText(request, () => { startedMs = clock.now(); }, {
      language: voice.language,
      maxCharacters: Math.max(config.maxInputCharacters, request.maxCharacters ?? 0),
      sentencePauseMs: config.sentencePauseMs,
      paragraphPauseMs: config.paragraphPauseMs,
      speed: request.speed,
      reading: { normalise: request.normalise ?? true, dictionary: dependencies.dictionary(), takesPronunciations: voice.takesPronunciations },
    });
    const outputRateHz = outputRateFor({ format: request.format, sourceRateHz: voice.sampleRateHz, wantedHz: request.sampleRateHz });
    pool.admit();
    const voiceFor = text.whole === undefined ? () => voice.voice : voicesByLanguage(voice, text.whole);
    const characters = (): number => text.written().length;
    const account = createAccount({ dependencies, request, characters, voice, startedMs: () => startedMs });
    const parts = stream({ request, text, voice, voiceFor, outputRateHz, caller, account });
    return {
      contentType: audioFormats[request.format].contentType,
      fileExtension: audioFormats[request.format].fileExtension,
      voice,
      outputRateHz,
      get characters() { return characters(); },
      tellsTimings: voice.tellsTimings,
      parts,
      bytes: bytesOf(parts),
      progress: account.progress,
    };
  };

  async function findVoice({ model, voice }: SpeakRequest): Promise<ChosenVoice> {
    try {
      return chooseVoice({ model, voice, models: await catalog.models(), config });
    } catch (error) {
      if (!['voice_unknown', 'model_unknown', 'model_not_ready', 'worker_unavailable'].includes(toAntiphonError(error).code)) throw error;
      // It may have been dropped into the voices folder a second ago.
      return chooseVoice({ model, voice, models: await catalog.refreshForCaller(), config });
    }
  }

  type StreamOptions = { request: SpeakRequest; text: ReadText; voice: ChosenVoice; voiceFor: (language: string) => string; outputRateHz: number; caller: AbortSignal; account: Account };

  async function* stream({ request, text, voice, voiceFor, outputRateHz, caller, account }: StreamOptions): AsyncGenerator<SpeechPart> {
    const handle = dependencies.requests.begin({ id: request.requestId, kind: 'speech', model: voice.modelId, voice: voice.voice, characters: text.written().length }, caller);
    let news: TimedSentence[] = [];
    const takeNews = (): TimedSentence[] => {
      const taken = news;
      news = [];
      return taken;
    };

    async function* samples(): AsyncGenerator<Float32Array> {
      const plan = { requestText: text.written, sentences: text.sentences, voice, voiceFor, traceparent: toTraceparent(request.trace), delaySeconds: audioFormats[request.format].codecDelaySamples / outputRateHz };
      for await (const part of synthesisePlan(plan, { pool, config, clock }, handle.signal)) {
        news.push(...part.sentences);
        if (part.samples.length === 0) continue;
        account.count(part.samples.length, handle);
        yield part.samples;
      }
    }

    try {
      const encoder = createEncoder({ format: request.format, inputRateHz: voice.sampleRateHz, outputRateHz, bitrateBps: request.bitrateBps });
      for await (const bytes of encodeStream({ encoder, inputRateHz: voice.sampleRateHz, chunks: samples() })) {
        account.sent();
        yield { bytes, sentences: takeNews() };
      }
      if (news.length > 0) yield { bytes: new Uint8Array(0), sentences: takeNews() };
      account.close('ok');
    } catch (error) {
      account.close(toAntiphonError(error).code, error);
      throw error;
    } finally {
      // Reached without either where the reader has left the loop.
      account.close('cancelled');
      handle.end();
    }
  }
}

/** A text on its way to speech. */
type ReadText = {
  readonly sentences: SynthesisPlan['sentences'];
  /** Its sentences where it is whole. */
  readonly whole: readonly PlannedSentence[] | undefined;
  /** So much of it as there is. */
  readonly written: () => string;
};

/** Errors: those of prepareText; of a text that is still being written they come from its sentences. */
function readText({ text, markup = 'none' }: SpeakRequest, onFirst: () => void, options: Omit<PrepareTextOptions, 'text' | 'markup'>): ReadText {
  if (typeof text !== 'string') {
    const growing = growSentences(text, { ...options, onFirst });
    return { sentences: growing.sentences, whole: undefined, written: growing.text };
  }
  const whole = prepareText({ ...options, text, markup });
  return { sentences: whole, whole, written: () => text };
}

async function* bytesOf(parts: AsyncGenerator<SpeechPart>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of parts) if (bytes.length > 0) yield bytes;
}

/** Errors: input_unsupported where a sentence wants a pitch or a language that the voice's model does not have. */
function voicesByLanguage(voice: ChosenVoice, sentences: readonly PlannedSentence[]): (language: string) => string {
  if (!voice.changesPitch && sentences.some(({ pitchSemitones }) => pitchSemitones !== 0)) {
    throw new AntiphonError('input_unsupported', `The voice "${voice.voice}" cannot change its pitch; leave pitch out, or choose a voice of the kokoro engine.`, { param: 'input' });
  }
  const known = new Map<string, string>();
  for (const { language } of sentences) {
    if (language === undefined || known.has(language)) continue;
    const found = voice.inLanguage(language);
    if (found === undefined) throw new AntiphonError('input_unsupported', `The model of "${voice.voice}" has no voice for the language "${language}".`, { param: 'input' });
    known.set(language, found);
  }
  return (language) => known.get(language) ?? voice.voice;
}

function checkSpeed(speed: number): void {
  if (speed >= 0.25 && speed <= 4) return;
  throw new AntiphonError('input_invalid', `speed must be between 0.25 and 4, not ${speed}.`, { param: 'speed' });
}
