/**
 * A transcription engine without a model, for tests of what lies above engines: each loud second of the sound is a
 * segment with the word `word<second>`, and steps, delays, failures and other results follow a script. It passes the
 * same kit as the real one.
 */
import { systemClock } from '../../clock.ts';
import type { Clock } from '../../clock.ts';
import { AntiphonError } from '../../errors.ts';
import { hearingRateHz } from '../kinds.ts';
import type { HeardSegment, HeardSpeech, LoadedTranscriptionModel, TranscriptionEngine, TranscriptionModelInfo, TranscriptionRequest, TranscriptionStep } from '../kinds.ts';
import type { FakeEvent } from './fake-speech-engine.ts';
import { rms } from './hearing.ts';

export type FakeHearingStep = {
  readonly request: TranscriptionRequest;
  /** 0 for the first step of a stream. */
  readonly index: number;
};

export type FakeTranscriptionEngineOptions = {
  /** Default ['fake']. */
  readonly modelIds?: readonly string[];
  /** Listed, and refused at loading with model_file_invalid. Default none. */
  readonly damagedModelIds?: readonly string[];
  /** Default en, de, fr. What is not told is heard as the first, with a probability of 0.9. */
  readonly languages?: readonly string[];
  /** Default true. */
  readonly translates?: boolean;
  /** Steps of one request, 1 or more; the last brings the result. Default 3. */
  readonly steps?: number;
  readonly residentBytes?: number;
  /** What is heard, instead of a word a loud second. */
  readonly hear?: (request: TranscriptionRequest) => HeardSpeech;
  readonly script?: (step: FakeHearingStep) => FakeEvent | undefined;
  readonly loadScript?: (modelId: string) => FakeEvent | undefined;
  /** Virtual in tests of timing. Default: the system's. */
  readonly clock?: Pick<Clock, 'sleep'>;
};

export type FakeTranscriptionEngine = TranscriptionEngine & {
  /** Steps begun in all models so far. */
  stepsBegun(): number;
  /** Models in memory now. */
  loadedModels(): readonly string[];
};

/** A second that is louder than this (root mean square, about −46 dBFS) holds a word. */
const loudRms = 0.005;

type Engine = {
  readonly options: FakeTranscriptionEngineOptions;
  readonly clock: Pick<Clock, 'sleep'>;
  steps: number;
  readonly loaded: Map<symbol, string>;
};

export function createFakeTranscriptionEngine(options: FakeTranscriptionEngineOptions = {}): FakeTranscriptionEngine {
  const damaged = options.damagedModelIds ?? [];
  const engine: Engine = { options, clock: options.clock ?? systemClock, steps: 0, loaded: new Map() };
  const infos = [...(options.modelIds ?? ['fake']), ...damaged].map((id) => describeModel(id, options));

  return {
    id: 'whisper',
    executionProviders: ['cpu'],
    listModels: async () => infos,
    stepsBegun: () => engine.steps,
    loadedModels: () => [...engine.loaded.values()],
    async load(modelId, signal) {
      signal.throwIfAborted();
      const info = infos.find((candidate) => candidate.id === modelId);
      if (info === undefined) throw new AntiphonError('model_unknown', 'The fake engine has no model of that name.', { param: 'model' });
      await perform(options.loadScript?.(modelId), { engine, signal });
      if (damaged.includes(modelId)) throw new AntiphonError('model_file_invalid', 'The fake model is scripted as damaged.');
      return loadFake(info, engine);
    },
  };
}

function describeModel(id: string, { languages = ['en', 'de', 'fr'], translates = true }: FakeTranscriptionEngineOptions): TranscriptionModelInfo {
  return { id, engine: 'whisper', languages, translates, fileBytes: 0 };
}

function loadFake(info: TranscriptionModelInfo, engine: Engine): LoadedTranscriptionModel {
  const key = Symbol(info.id);
  engine.loaded.set(key, info.id);
  const isOpen = (): boolean => engine.loaded.has(key);
  return {
    info,
    residentBytes: engine.options.residentBytes ?? 1_000_000,
    executionProvider: 'cpu',
    transcribe: (request, signal) => listen(request, { info, engine, isOpen, signal }),
    async warmUp() {
      if (!isOpen()) throw unloaded();
    },
    async close() {
      engine.loaded.delete(key);
    },
  };
}

type Stream = { readonly info: TranscriptionModelInfo; readonly engine: Engine; readonly isOpen: () => boolean; readonly signal: AbortSignal };

async function* listen(request: TranscriptionRequest, { info, engine, isOpen, signal }: Stream): AsyncGenerator<TranscriptionStep, void, undefined> {
  signal.throwIfAborted();
  if (request.language !== undefined && !info.languages.includes(request.language)) {
    throw new AntiphonError('language_unknown', 'The fake model does not understand that language.', { param: 'language' });
  }
  if (request.task === 'translate' && !info.translates) throw new AntiphonError('input_unsupported', 'The fake model does not translate.', { param: 'task' });
  const { steps = 3, script, hear = (asked: TranscriptionRequest) => wordsOfLoudSeconds(asked, info) } = engine.options;
  for (let index = 0; index < steps; index++) {
    signal.throwIfAborted();
    if (!isOpen()) throw unloaded();
    engine.steps++;
    await perform(script?.({ request, index }), { engine, signal });
    yield index === steps - 1 ? { heard: hear(request) } : {};
  }
}

function wordsOfLoudSeconds(request: TranscriptionRequest, info: TranscriptionModelInfo): HeardSpeech {
  const segments: HeardSegment[] = [];
  for (let second = 0; second * hearingRateHz < request.samples.length; second++) {
    const samples = request.samples.subarray(second * hearingRateHz, (second + 1) * hearingRateHz);
    if (rms(samples) <= loudRms) continue;
    const text = ` word${second}`;
    const times = { startSeconds: second, endSeconds: second + samples.length / hearingRateHz };
    segments.push({
      text,
      ...times,
      tokens: [second],
      temperature: request.temperature ?? 0,
      averageLogProbability: -0.1,
      compressionRatio: 1,
      noSpeechProbability: 0.01,
      ...(request.words && { words: [{ text, ...times, probability: 0.9 }] }),
    });
  }
  return { language: request.language ?? info.languages[0]!, languageProbability: request.language === undefined ? 0.9 : 1, segments };
}

async function perform(event: FakeEvent | undefined, { engine, signal }: { engine: Engine; signal: AbortSignal }): Promise<void> {
  if (event?.delayMs !== undefined) await engine.clock.sleep(event.delayMs, signal);
  if (event?.failure !== undefined) throw event.failure;
}

function unloaded(): AntiphonError {
  return new AntiphonError('engine_failed', 'The model was unloaded.');
}
