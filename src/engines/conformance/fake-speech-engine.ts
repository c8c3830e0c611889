/**
 * A speech engine without a model, for tests of what lies above engines: each voice is a pure tone, a text lasts as
 * long as it has letters (pronunciations change nothing), and delays and failures follow a script. It passes the same kit as the real ones.
 */
import { systemClock } from '../../clock.ts';
import type { Clock } from '../../clock.ts';
import { AntiphonError } from '../../errors.ts';
import type { EngineId, LoadedSpeechModel, SoundTiming, SpeechChunk, SpeechEngine, SpeechModelInfo, SpeechRequest } from '../kinds.ts';

export type FakeStep = {
  readonly text: string;
  readonly voice: string;
  /** 0 for the first step of a stream. */
  readonly index: number;
};

/** What shall happen in a step: wait, and then go on or fail. */
export type FakeEvent = { readonly delayMs?: number; readonly failure?: Error };

export type FakeSpeechEngineOptions = {
  /** Whose place it takes. Default `flite`. */
  readonly id?: EngineId;
  /** Default ['fake']. */
  readonly modelIds?: readonly string[];
  /** Listed, and refused at loading with model_file_invalid. Default none. */
  readonly damagedModelIds?: readonly string[];
  /** Default 24,000. */
  readonly sampleRateHz?: number;
  /** Sound made by one step. Default 200. */
  readonly stepAudioMs?: number;
  readonly residentBytes?: number;
  readonly script?: (step: FakeStep) => FakeEvent | undefined;
  readonly loadScript?: (modelId: string) => FakeEvent | undefined;
  /** Virtual in tests of timing. Default: the system's. */
  readonly clock?: Pick<Clock, 'sleep'>;
};

export type FakeSpeechEngine = SpeechEngine & {
  /** Steps begun in all models so far. */
  stepsBegun(): number;
  /** Models in memory now. */
  loadedModels(): readonly string[];
};

/** Frequencies of the tones in Hz; the voices are called `tone_220` and so on. */
export const fakeToneHz = [220, 330, 440] as const;
/** Sound for one letter or digit at speed 1. */
export const fakeLetterMs = 70;
const amplitude = 0.25;

type Engine = {
  readonly options: FakeSpeechEngineOptions;
  readonly clock: Pick<Clock, 'sleep'>;
  steps: number;
  readonly loaded: Map<symbol, string>;
};

export function createFakeSpeechEngine(options: FakeSpeechEngineOptions = {}): FakeSpeechEngine {
  const modelIds = options.modelIds ?? ['fake'];
  const damaged = options.damagedModelIds ?? [];
  const engine: Engine = {
    options,
    clock: options.clock ?? systemClock,
    steps: 0,
    loaded: new Map(),
  };
  const infos = [...modelIds, ...damaged].map((id) => describeModel(id, options));

  return {
    id: options.id ?? 'flite',
    capabilities: { blends: false, streamsInsideSentence: true, changesPitch: true, tellsTimings: true, takesPronunciations: true, executionProviders: ['cpu'] },
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

function describeModel(id: string, options: FakeSpeechEngineOptions): SpeechModelInfo {
  return {
    id,
    engine: options.id ?? 'flite',
    voices: fakeToneHz.map((hz) => ({ id: `tone_${hz}`, name: `Tone ${hz}`, language: 'en-US', gender: 'unknown' })),
    sampleRateHz: options.sampleRateHz ?? 24_000,
    fileBytes: 0,
    revision: '1',
  };
}

function loadFake(info: SpeechModelInfo, engine: Engine): LoadedSpeechModel {
  const key = Symbol(info.id);
  engine.loaded.set(key, info.id);
  const isOpen = (): boolean => engine.loaded.has(key);
  return {
    info,
    residentBytes: engine.options.residentBytes ?? 1_000_000,
    executionProvider: 'cpu',
    synthesise: (request, signal) => tone(request, { info, engine, isOpen, signal }),
    async warmUp() {
      if (!isOpen()) throw unloaded();
    },
    async close() {
      engine.loaded.delete(key);
    },
  };
}

type Stream = { readonly info: SpeechModelInfo; readonly engine: Engine; readonly isOpen: () => boolean; readonly signal: AbortSignal };

async function* tone(request: SpeechRequest, { info, engine, isOpen, signal }: Stream): AsyncGenerator<SpeechChunk, void, undefined> {
  signal.throwIfAborted();
  const hz = fakeToneHz.find((candidate) => `tone_${candidate}` === request.voice);
  if (hz === undefined) throw new AntiphonError('voice_unknown', 'The fake model has no voice of that name.', { param: 'voice' });
  const total = fakeSampleCount(request, info.sampleRateHz);
  if (total === 0) throw new AntiphonError('input_empty', 'Nothing in the text can be spoken.', { param: 'input' });
  const toneHz = hz * 2 ** ((request.pitchSemitones ?? 0) / 12);
  const stepSamples = Math.max(1, Math.round(((engine.options.stepAudioMs ?? 200) * info.sampleRateHz) / 1000));
  for (let start = 0, index = 0; start < total; start += stepSamples, index++) {
    signal.throwIfAborted();
    if (!isOpen()) throw unloaded();
    engine.steps++;
    await perform(engine.options.script?.({ text: request.text, voice: request.voice, index }), { engine, signal });
    const samples = new Float32Array(Math.min(stepSamples, total - start));
    for (let i = 0; i < samples.length; i++) samples[i] = amplitude * Math.sin((2 * Math.PI * toneHz * (start + i)) / info.sampleRateHz);
    const chunk = { samples, sampleRateHz: info.sampleRateHz };
    yield index === 0 ? { ...chunk, timings: fakeTimings(request.text, total) } : chunk;
  }
}

/** How many samples the fake makes of a request: by letters and digits, whatever the alphabet. */
export function fakeSampleCount(request: Pick<SpeechRequest, 'text' | 'speed'>, sampleRateHz: number): number {
  const letters = request.text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  return Math.round((letters * fakeLetterMs * sampleRateHz) / 1000 / request.speed);
}

/** The letters and digits share the sound evenly. */
function fakeTimings(text: string, total: number): SoundTiming[] {
  const words = Array.from(text.matchAll(/[\p{L}\p{N}\p{M}]+/gu));
  const sounds = words.flatMap(({ 0: word, index }) => Array.from(word.matchAll(/[\p{L}\p{N}]/gu), ([symbol]) => ({ symbol, textStart: index, textEnd: index + word.length })));
  return sounds.map((sound, i) => ({ ...sound, startSample: Math.round((i * total) / sounds.length), endSample: Math.round(((i + 1) * total) / sounds.length) }));
}

async function perform(event: FakeEvent | undefined, { engine, signal }: { engine: Engine; signal: AbortSignal }): Promise<void> {
  if (event?.delayMs !== undefined) await engine.clock.sleep(event.delayMs, signal);
  if (event?.failure !== undefined) throw event.failure;
}

function unloaded(): AntiphonError {
  return new AntiphonError('engine_failed', 'The model was unloaded.');
}
