/**
 * Brings sentences to workers, whoever must be heard first before the others. A sentence whose worker dies before it
 * gave a sound is begun anew elsewhere, unseen; after that the loss is the caller's.
 */
import type { LaneId } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { SpeechChunk } from '../engines/kinds.ts';
import { toAntiphonError } from '../errors.ts';
import type { Pronunciation } from '../text/passage.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { laneWeight, type Asker, type Lanes } from './lanes.ts';
import { createWorkCosts } from './work-costs.ts';
import { createWorkerPool } from './worker-pool.ts';
import type { WorkerRoster } from './worker-roster.ts';

export type SpeechTask = {
  readonly asker: Asker;
  /** The first sentence of a request, before which nothing is heard of it. */
  readonly opens: boolean;
  readonly modelId: string;
  readonly voice: string;
  readonly text: string;
  readonly speed: number;
  /** As in the engines' request: −12…12, for models that change pitch. */
  readonly pitchSemitones?: number;
  /** Offsets into `text`. */
  readonly pronunciations?: readonly Pronunciation[];
  /** Milliseconds from now until the listener needs the first sample; asked anew at every attempt. */
  readonly playoutDelayMs: () => number;
  /** Told, as it grows, how many seconds of inference the sentence has taken; a sentence that is begun anew begins at 0. */
  readonly onInference?: ((seconds: number) => void) | undefined;
  readonly traceparent?: string | undefined;
};

export type SpeechPool = {
  /** Errors: worker_lost after the first chunk, worker_unavailable, queue_full, cancelled, and the engine's own. */
  readonly synthesise: (task: SpeechTask, signal: AbortSignal) => AsyncGenerator<SpeechChunk>;
  /** Throws queue_full when the lane is at its bound: asked once a request, before any work. */
  readonly admit: (lane: LaneId) => void;
  readonly waiting: () => number;
  /** Requests of a lane that wait to begin. */
  readonly waitingToBegin: (lane: LaneId) => number;
};

export type SpeechPoolOptions = {
  readonly lanes: Lanes;
  readonly roster: WorkerRoster;
  readonly maxStreamsPerWorker: number;
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

const poolName = 'speech';
const maxAttempts = 3;
/** A step of inference takes about this long. */
const busyPauseMs = 50;

export function createSpeechPool({ lanes, roster, maxStreamsPerWorker, maxWaiting, waitTimeoutMs, clock, metrics }: SpeechPoolOptions): SpeechPool {
  const pool = createWorkerPool({ name: poolName, lanes, roster, maxPerWorker: maxStreamsPerWorker, maxWaiting, waitTimeoutMs, clock, metrics });

  const costs = createWorkCosts();

  async function* synthesise(task: SpeechTask, signal: AbortSignal): AsyncGenerator<SpeechChunk> {
    const arrivedMs = clock.now();
    for (let attempt = 1; ; attempt++) {
      const slot = await pool.acquire({ modelId: task.modelId, asker: task.asker, opens: task.opens, delayMs: task.playoutDelayMs(), costSeconds: costs.expect(task.modelId, task.text.length) }, signal);
      const startedMs = clock.now();
      let begun = false;
      let inferenceSeconds = 0;
      const onInference = (seconds: number): void => {
        inferenceSeconds = seconds;
        task.onInference?.(seconds);
      };
      try {
        for await (const chunk of slot.client.synthesise({ ...task, laneWeight: laneWeight(task.asker.lane, lanes), onInference, playoutDelayMs: task.playoutDelayMs() }, signal)) {
          begun = true;
          yield chunk;
        }
        roster.remember(slot.client, task.modelId);
        const ranSeconds = (clock.now() - startedMs) / 1000;
        metrics.synthesis.observe({ engine: task.modelId.split('/')[0]! }, ranSeconds);
        if (inferenceSeconds > 0) costs.learn(task.modelId, task.text.length, inferenceSeconds);
        slot.release(ranSeconds);
        return;
      } catch (error) {
        const { code } = toAntiphonError(error);
        if (code === 'queue_full' && !begun && clock.now() - arrivedMs < waitTimeoutMs) {
          // In the middle of a step it has not noticed yet that others have left; their places are free in a moment.
          await clock.sleep(busyPauseMs, signal);
          attempt--;
          continue;
        }
        if (code !== 'worker_lost') throw error;
        roster.suspect(slot.client);
        if (begun || attempt >= maxAttempts || signal.aborted) throw error;
        metrics.retries.inc({ pool: poolName });
      } finally {
        slot.release();
      }
    }
  }

  return { synthesise, admit: pool.admit, waiting: pool.waiting, waitingToBegin: pool.waitingToBegin };
}
