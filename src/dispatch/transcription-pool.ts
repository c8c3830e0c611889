/**
 * Brings pieces of recordings to the workers that also speak, the soonest answer due first. A piece whose worker dies
 * is heard anew by another: its result comes whole or not at all, so nobody notices.
 */
import type { LaneId } from '../caller.ts';
import type { Clock } from '../clock.ts';
import { hearingRateHz, type HeardSpeech, type TranscriptionRequest } from '../engines/kinds.ts';
import { toAntiphonError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { laneWeight, type Asker, type Lanes } from './lanes.ts';
import { createWorkerPool } from './worker-pool.ts';
import type { WorkerRoster } from './worker-roster.ts';

export type TranscriptionTask = TranscriptionRequest & {
  readonly asker: Asker;
  readonly modelId: string;
  /** Milliseconds from now until somebody needs the answer; asked anew at every attempt. */
  readonly answerDelayMs: () => number;
  /** How long it may wait for a worker; default: the pool's. */
  readonly patienceMs?: number;
  /** Told how many seconds of inference it took. */
  readonly onInference?: ((seconds: number) => void) | undefined;
  readonly traceparent?: string | undefined;
};

export type TranscriptionPool = {
  /** Errors: worker_lost after three attempts, worker_unavailable, cancelled, and the engine's own. */
  readonly transcribe: (task: TranscriptionTask, signal: AbortSignal) => Promise<HeardSpeech>;
  /** Throws queue_full when the queue is at its bound: asked once a request, before any work. */
  readonly admit: (lane: LaneId) => void;
  readonly waiting: () => number;
};

export type TranscriptionPoolOptions = {
  readonly lanes: Lanes;
  readonly roster: WorkerRoster;
  readonly maxPiecesPerWorker: number;
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

const poolName = 'transcription';
const maxAttempts = 3;
/** What hearing takes of a worker, about: base on a core of a small server. */
const secondsPerAudioSecond = 0.05;

export function createTranscriptionPool({ lanes, roster, maxPiecesPerWorker, maxWaiting, waitTimeoutMs, clock, metrics }: TranscriptionPoolOptions): TranscriptionPool {
  const pool = createWorkerPool({ name: poolName, lanes, roster, maxPerWorker: maxPiecesPerWorker, maxWaiting, waitTimeoutMs, clock, metrics });

  async function transcribe(task: TranscriptionTask, signal: AbortSignal): Promise<HeardSpeech> {
    for (let attempt = 1; ; attempt++) {
      // By when its answer is due, and so is whoever has not begun: a sentence goes before a lecture.
      const slot = await pool.acquire({ modelId: task.modelId, asker: task.asker, opens: false, delayMs: task.answerDelayMs(), costSeconds: secondsPerAudioSecond * (task.samples.length / hearingRateHz), patienceMs: task.patienceMs ?? waitTimeoutMs }, signal);
      const startedMs = clock.now();
      try {
        const heard = await slot.client.transcribe({ ...task, laneWeight: laneWeight(task.asker.lane, lanes), answerDelayMs: task.answerDelayMs() }, signal);
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
