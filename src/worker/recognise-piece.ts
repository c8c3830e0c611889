/** Hears one piece of a recording: the model's steps in the scheduler's order, to one answer. */
import type { HeardSpeech, LoadedTranscriptionModel, TranscriptionRequest } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import type { Residency } from './residency.ts';
import type { StepScheduler } from './step-scheduler.ts';

export type RecognisedPiece = { readonly heard: HeardSpeech; /** Of inference, others' turns not counted. */ readonly inferenceSeconds: number };

export type RecognisePiece = (request: TranscriptionRequest & { readonly modelId: string; readonly deadlineMs: number; readonly laneWeight: number }, signal: AbortSignal) => Promise<RecognisedPiece>;

export type RecognisePieceDependencies = { readonly residency: Residency<LoadedTranscriptionModel>; readonly scheduler: StepScheduler };

/** Errors: model_unknown and those of the model. */
export function createRecognisePiece({ residency, scheduler }: RecognisePieceDependencies): RecognisePiece {
  return async ({ modelId, deadlineMs, laneWeight, ...request }, signal) => {
    const { model, release } = await residency.acquire(modelId, signal);
    try {
      let heard: HeardSpeech | undefined;
      let inferenceMs = 0;
      await scheduler.run({
        deadlineMs,
        isAnswer: true,
        laneWeight,
        onStep: (durationMs) => { inferenceMs += durationMs; },
        costName: modelId,
        source: () => model.transcribe(request, signal)[Symbol.asyncIterator](),
        signal,
        durationMs: () => 0,
        deliver: (step) => { heard = step.heard ?? heard; },
      });
      if (heard === undefined) throw new AntiphonError('engine_failed', 'The model ended without a result.');
      return { heard, inferenceSeconds: inferenceMs / 1000 };
    } finally {
      release();
    }
  };
}
