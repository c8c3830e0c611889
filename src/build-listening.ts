/** What hears, built for the runtime: the pool of the workers' engines, voice activity, decoding, and the use cases on them. */
import { join } from 'node:path';
import { createMediaDecoder } from './audio/media/open-media.ts';
import type { Providers } from './build-providers.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import type { Lanes } from './dispatch/lanes.ts';
import type { RequestRegistry } from './dispatch/request-registry.ts';
import { createTranscriptionPool, type TranscriptionPool } from './dispatch/transcription-pool.ts';
import { createWorkerCatalog, type WorkerCatalog } from './dispatch/worker-catalog.ts';
import type { WorkerRoster } from './dispatch/worker-roster.ts';
import { graphsDir, sileroPath } from './engines/create-listening-engines.ts';
import { createVoiceActivityThread } from './engines/silero/silero-thread.ts';
import { prepareGraphs } from './engines/whisper/prepare-graphs.ts';
import { AntiphonError } from './errors.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { toHearingModel, type HearingModel } from './transcription/choose-model.ts';
import { createListen, type Listen } from './transcription/listen-live.ts';
import { createTranscribe, type TranscribeDependencies } from './transcription/transcribe.ts';
import type { Transcribe } from './transcription/transcript.ts';
import type { UsageBook } from './usage.ts';
import type { WorkerClient } from './worker/client.ts';

export type Listening = {
  readonly catalog: WorkerCatalog<HearingModel>;
  readonly pool: TranscriptionPool;
  readonly transcribe: Transcribe;
  readonly listen: Listen;
  /** Does for a model that was just fetched what its first use would else wait for. Errors: those of the models' own. */
  readonly prepare: (artefactId: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type BuildListeningOptions = {
  readonly config: Config;
  readonly lanes: Lanes;
  readonly roster: WorkerRoster;
  /** Errors: worker_unavailable. */
  readonly anyClient: () => WorkerClient;
  readonly providers: Pick<Providers, 'roster' | 'fallback' | 'books'>;
  readonly requests: RequestRegistry;
  readonly usage: UsageBook;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Takes the outcome of every transcription; must not block. */
  readonly record: TranscribeDependencies['record'];
};

/** A file of which nothing was decoded for this long while somebody waited keeps the decoder busy for nothing. */
const decodeStallMs = 15_000;

export function buildListening({ config, lanes, roster, anyClient, providers, requests, usage, clock, metrics, log, record }: BuildListeningOptions): Listening {
  const { transcription, workers } = config;
  const catalog = createWorkerCatalog({ list: async () => (await anyClient().listTranscriptionModels()).models.map(toHearingModel), clock });
  const pool = createTranscriptionPool({ lanes, roster, maxPiecesPerWorker: transcription.maxPiecesPerWorker, maxWaiting: workers.maxWaiting, waitTimeoutMs: workers.waitTimeoutMs, clock, metrics });
  const voiceActivity = createVoiceActivityThread({ modelPath: sileroPath(config.modelsDir) });
  const closing = new AbortController();
  const dependencies = { config: transcription, catalog, pool, requests, usage, voiceActivity, clock, metrics, log };
  const decoder = createMediaDecoder({ maxOpen: transcription.maxOpen, limits: { maxSeconds: transcription.maxSeconds, memoryBytes: transcription.decoderMemoryBytes, stallMs: decodeStallMs }, clock });
  return {
    catalog,
    pool,
    transcribe: createTranscribe({ ...dependencies, ...providers, piecesAhead: workers.count, decoder, record }),
    listen: createListen(dependencies),
    prepare: async (artefactId) => {
      const id = /^whisper-(.+)$/u.exec(artefactId)?.[1];
      if (id !== undefined) await prepareGraphs({ folder: join(config.modelsDir, artefactId), graphsDir: graphsDir(config.modelsDir), id }, closing.signal);
    },
    close: async () => {
      closing.abort(new AntiphonError('draining', 'The server is shutting down.'));
      await Promise.all([decoder.close(), voiceActivity.close()]);
    },
  };
}
