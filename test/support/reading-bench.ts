/** A long reading on real files and a real database, with a voice that is scripted: each sentence a tone of its own length. */
import { mkdtempSync } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { buildMarks } from '../../src/build-marks.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { SpeechTask } from '../../src/dispatch/speech-pool.ts';
import type { SpeechChunk } from '../../src/engines/kinds.ts';
import type { Job } from '../../src/jobs/job.ts';
import type { OpenFile } from '../../src/jobs/job-files.ts';
import { createJobRunner, type JobRunner } from '../../src/jobs/runner.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createJobStore } from '../../src/store/jobs.ts';
import { createSilentLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { CatalogModel, VoiceCatalog } from '../../src/speech/voice-catalog.ts';
import { createLongFormKind, outputFolder } from '../../src/speech/long-form/long-form-kind.ts';
import { longFormProgressSchema, type LongFormProgress } from '../../src/speech/long-form/long-form-progress.ts';
import { createLongFormPlanner, type LongFormRequest } from '../../src/speech/long-form/plan-long-form.ts';

export const toneRateHz = 8_000;
const owner = 'local';
const model = { modelId: 'flite', engine: 'flite', sampleRateHz: toneRateHz, executionProvider: 'wasm', changesPitch: false, tellsTimings: false, takesPronunciations: false, revision: '1', voices: [{ id: 'cmu_us_slt', name: 'SLT', language: 'en-US', gender: 'female' }] } as CatalogModel;
const catalog: VoiceCatalog = { models: async () => [model], refresh: async () => [model], refreshForCaller: async () => [model] };

/** 10 ms a character, so that a sentence can be told by its length. */
export function toneSamples(text: string): number {
  return text.length * (toneRateHz / 100);
}

export type ReadingBench = {
  readonly runner: JobRunner;
  readonly clock: VirtualClock;
  readonly begin: (request: Partial<LongFormRequest> & { text: string }) => Promise<Job>;
  readonly progress: (job: Job) => Promise<LongFormProgress>;
  readonly files: (job: Job) => Promise<Readonly<Record<string, Buffer>>>;
  /** Another one on the same data, as after a restart. */
  readonly restart: (options?: BenchOptions) => Promise<ReadingBench>;
  readonly close: () => Promise<void>;
};

export type BenchOptions = {
  /** What happens before a sentence is spoken: it may throw, or wait. */
  readonly beforeSentence?: (text: string, signal: AbortSignal) => Promise<void> | void;
  readonly onTask?: (task: SpeechTask) => void;
  readonly openFile?: OpenFile;
  readonly dataDir?: string;
};

export async function openBench(options: BenchOptions = {}): Promise<ReadingBench> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'antiphon-reading-'));
  const clock = createVirtualClock();
  const config = configSchema.parse({ dataDir });
  const database = await openDatabase(config);

  async function* synthesise(task: SpeechTask, signal: AbortSignal): AsyncGenerator<SpeechChunk> {
    options.onTask?.(task);
    await options.beforeSentence?.(task.text, signal);
    signal.throwIfAborted();
    yield { samples: Float32Array.from({ length: toneSamples(task.text) }, (_, i) => (i % 2 === 0 ? 0.3 : -0.3)), sampleRateHz: toneRateHz };
  }

  const kind = createLongFormKind({ catalog, pool: { synthesise }, dictionaryOf: async () => undefined, config: config.speech, sentencesAhead: 4, clock, metrics: createMetrics(), marks: buildMarks({ config, database }), ...(options.openFile ? { openFile: options.openFile } : {}) });
  const runner = createJobRunner({ store: createJobStore(database), kinds: [kind], dataDir, place: 'server', concurrency: 1, maxOpen: 3, clock, log: createSilentLogger() });
  const planner = createLongFormPlanner({ catalog, config });
  await runner.start();
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= runner.close().then(() => database.destroy()));
  return {
    runner,
    clock,
    begin: async (request) => runner.submit({ owner, ...(await planner.plan({ model: 'flite', speed: 1, format: 'wav', output: 'split', chapters: 'auto', captions: [], ...request })) }),
    progress: async (job) => longFormProgressSchema.parse((await runner.get(job)).progress),
    files: async (job) => {
      const folder = outputFolder(runner.folderOf(job.id));
      const names = (await readdir(folder)).toSorted();
      return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
    },
    restart: async (again = {}) => {
      await close();
      return openBench({ ...again, dataDir });
    },
    close,
  };
}

/** A disk on which so many bytes fit, over all files that are opened through it. */
export function smallDisk(bytes: number): OpenFile {
  let left = bytes;
  const take = (length: number): void => {
    left -= length;
    if (left < 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return async (...given) => {
    const file = await open(...given);
    const write = file.write.bind(file) as (buffer: Uint8Array, at: number, length: number, position?: number) => ReturnType<typeof file.write>;
    const append = file.appendFile.bind(file);
    return Object.assign(file, {
      write: async (buffer: Uint8Array, at: number, length: number, position?: number) => {
        take(length);
        return write(buffer, at, length, position);
      },
      appendFile: async (data: Uint8Array) => {
        take(data.length);
        return append(data);
      },
    });
  };
}
