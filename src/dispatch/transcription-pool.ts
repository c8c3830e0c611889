/**
 * Brings pieces of recordings to the workers that also speak, the soonest answer due first. A piece whose worker dies
 * is heard anew by another: its result comes whole or not at all, so nobody notices.
 */
import type { Clock } from '../clock.ts';
import type { HeardSpeech, TranscriptionRequest } from '../engines/kinds.ts';
import { toAntiphonError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createWorkerPool } from './worker-pool.ts';
import type { WorkerRoster } from './worker-roster.ts';

export type TranscriptionTask = TranscriptionRequest & {
  readonly modelId: string;
  /** Milliseconds from now until somebody needs the answer; asked anew at every attempt. */
  readonly answerDelayMs: () => number;
  /** How long it may wait for a worker; default: the pool's. */
  readonly patienceMs?: number;
  readonly traceparent?: string | undefined;
};

export type TranscriptionPool = {
  /** Errors: worker_lost after three attempts, worker_unavailable, cancelled, and the engine's own. */
  readonly transcribe: (task: TranscriptionTask, signal: AbortSignal) => Promise<HeardSpeech>;
  /** Throws queue_full when the queue is at its bound: asked once a request, before any work. */
  readonly admit: () => void;
  readonly waiting: () => number;
};

export type TranscriptionPoolOptions = {
  readonly roster: WorkerRoster;
  readonly maxPiecesPerWorker: number;
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

const poolName = 'transcription';
const maxAttempts = 3;

export function createTranscriptionPool({ roster, maxPiecesPerWorker, maxWaiting, waitTimeoutMs, clock, metrics }: TranscriptionPoolOptions): TranscriptionPool {
  const pool = createWorkerPool({ name: poolName, unit: 'pieces of recordings', roster, maxPerWorker: maxPiecesPerWorker, maxWaiting, waitTimeoutMs, clock, metrics });

  async function transcribe(task: TranscriptionTask, signal: AbortSignal): Promise<HeardSpeech> {
    for (let attempt = 1; ; attempt++) {
      const slot = await pool.acquire({ modelId: task.modelId, delayMs: task.answerDelayMs(), ...(task.patienceMs === undefined ? {} : { patienceMs: task.patienceMs }) }, signal);
      const startedMs = clock.now();
      try {
        const heard = await slot.client.transcribe({ ...task, answerDelayMs: task.answerDelayMs() }, signal);
        roster.remember(slot.client, task.modelId);
        const ranSeconds = (clock.now() - startedMs) / 1000;
        metrics.recognition.observe({ engine: task.modelId.split('/')[0]! }, ranSeconds);
        slot.release(ranSeconds);
        return heard;
      } catch (error) {
        if (toAntiphonError(error).code !== 'worker_lost') throw error;
        roster.suspect(slot.client);
        if (attempt >= maxAttempts || signal.aborted) throw error;
        metrics.retries.inc({ pool: poolName });
      } finally {
        slot.release();
      }
    }
  }

  return { transcribe, admit: pool.admit, waiting: pool.waiting };
}
