/** The real companion with its real database, files, sentences and codecs; only the models at its edges say and hear what a test wrote down. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localCaller } from '../../src/caller.ts';
import { buildCompanion, type Companion } from '../../src/build-companion.ts';
import { buildProviders } from '../../src/build-providers.ts';
import { systemClock, type Clock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/schema.ts';
import { createRequestRegistry, type RequestRegistry } from '../../src/dispatch/request-registry.ts';
import { createFakeSpeechEngine, type FakeSpeechEngineOptions } from '../../src/engines/conformance/fake-speech-engine.ts';
import { createSpeak } from '../../src/speech/speak.ts';
import { openDatabase, type Database } from '../../src/store/database.ts';
import { createSilentLogger } from '../../src/telemetry/logger.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';
import { continueTrace } from '../../src/telemetry/trace-context.ts';
import type { TurnAsk } from '../../src/companion/turn.ts';
import type { Transcribe } from '../../src/transcription/transcript.ts';
import { createScriptedChat, orAborted, type ScriptedChat } from './scripted-chat.ts';

export type CompanionRoom = {
  readonly companion: Companion;
  readonly model: ScriptedChat;
  readonly metrics: Metrics;
  readonly requests: RequestRegistry;
  readonly database: Database;
  readonly dataDir: string;
  /** What the next recordings say; an error in its place is thrown. */
  readonly hear: (heard: string | Error, pause?: Promise<void>) => void;
  /** Texts that were given to the voice, one a sentence. */
  readonly spoken: readonly string[];
  /** Names of the files of spoken replies. */
  readonly replyFiles: () => Promise<readonly string[]>;
  readonly ask: (sessionId: string, said: TurnAsk['said'], more?: Partial<TurnAsk>) => TurnAsk;
  readonly close: () => Promise<void>;
};

export type CompanionRoomOptions = {
  readonly companion?: Partial<Config['companion']>;
  readonly voice?: FakeSpeechEngineOptions['script'];
  /** Settings of other rooms, as environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly now?: () => Date;
  /** One that a room before has left. */
  readonly dataDir?: string;
};

export async function openCompanionRoom({ companion: given = {}, voice, environment = {}, clock = systemClock, now, dataDir: before }: CompanionRoomOptions = {}): Promise<CompanionRoom> {
  const dataDir = before ?? await mkdtemp(join(tmpdir(), 'antiphon-companion-'));
  const loaded = loadConfig({ environment: { ...environment, ANTIPHON_DATA_DIR: dataDir } });
  const { config: defaults } = loaded;
  const config: Config = { ...defaults, companion: { ...defaults.companion, ...given } };
  const database = await openDatabase(config);
  const metrics = createMetrics();
  const log = createSilentLogger();
  const requests = createRequestRegistry({ onCount: () => undefined });
  const providers = await buildProviders({ loaded, database, clock, metrics, log });
  const spoken: string[] = [];
  const engine = await createFakeSpeechEngine(voice === undefined ? {} : { script: voice }).load('fake', new AbortController().signal);
  const models = [{ modelId: 'piper/fake', engine: 'piper', sampleRateHz: engine.info.sampleRateHz, voices: engine.info.voices, executionProvider: 'cpu', changesPitch: false, tellsTimings: false, takesPronunciations: false, revision: '1' }];
  const speak = createSpeak({
    config: config.speech,
    catalog: { models: async () => models, refresh: async () => models, refreshForCaller: async () => models },
    pool: {
      admit: () => undefined,
      waiting: () => 0,
      waitingToBegin: () => 0,
      synthesise: async function* (task, signal) {
        spoken.push(task.text);
        yield* engine.synthesise({ text: task.text, voice: task.voice, speed: task.speed }, signal);
      },
    },
    ...providers, requests, usage: { open: async () => ({ settle: async () => undefined }) }, dictionary: async () => undefined, marks: { begin: async () => undefined }, clock, metrics, log, record: () => undefined,
  });
  const model = createScriptedChat();
  let heard: string | Error = 'Good morning.';
  let pause: Promise<void> | undefined;
  const transcribe: Transcribe = async (request, caller) => {
    if (heard instanceof Error) throw heard;
    const text = heard;
    return {
      provider: 'local', model: 'whisper/base', insteadOf: undefined, expectedSeconds: 1,
      parts: (async function* () {
        await orAborted(pause, caller);
        caller.throwIfAborted();
        yield { doneSeconds: 1, segments: text === '' ? [] : [{ index: 0, text: ` ${text}`, startSeconds: 0, endSeconds: 1, tokens: [1], temperature: 0, averageLogProbability: 0, compressionRatio: 1, noSpeechProbability: 0 }] };
      })(),
      summary: () => ({ language: request.language, languageProbability: 1, durationSeconds: 1, speechSeconds: 1 }),
    };
  };
  const companion = buildCompanion({ config, database, transcribe, chat: model.chat, speak, clock, metrics, log, ...(now === undefined ? {} : { now }) });
  let count = 0;
  return {
    companion, model, metrics, requests, database, dataDir, spoken,
    hear: (next, wait) => {
      heard = next;
      pause = wait;
    },
    replyFiles: () => readdir(join(dataDir, 'replies')).catch(() => []),
    ask: (sessionId, said, more = {}) => ({ requestId: `turn-${++count}`, trace: continueTrace(undefined), caller: localCaller, sessionId, said, format: 'pcm', ...more }),
    close: async () => {
      await companion.close();
      await providers.close();
      await database.destroy();
      if (before === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
