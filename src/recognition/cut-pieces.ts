/** A recording as the pieces in which somebody speaks, while it is still being read: hours take no more memory than one piece. */
import { hearingRateHz, vadFrameSamples } from '../engines/kinds.ts';
import type { VoiceActivityStream } from '../engines/kinds.ts';
import { createPiecePlan } from './piece-plan.ts';
import type { PiecePlanOptions, PlannedPiece } from './piece-plan.ts';
import { createSampleWindow } from './sample-window.ts';

export type SpeechPiece = {
  /** Mono at `hearingRateHz`; what was said in it at `t` seconds was said at `startSample / hearingRateHz + t`. */
  readonly samples: Float32Array;
  readonly startSample: number;
  /** Of it somebody speaks for so long. */
  readonly speechSamples: number;
};

export type CutEvent = {
  /** In order and disjoint. Absent: only silence went by. */
  readonly piece?: SpeechPiece;
  /** All of the recording before it has been given in pieces or is silent; the last event's is the recording's length. */
  readonly readSamples: number;
};

export type CutPiecesOptions = PiecePlanOptions & {
  /** At its beginning; the caller closes it. */
  readonly voice: VoiceActivityStream;
};

/** Longer chunks are looked at in parts, so that what is held does not grow with them. */
const lookSamples = 31 * vadFrameSamples;
/** Silence is told about once a second. */
const tellSamples = hearingRateHz;

/**
 * `audio`: mono at `hearingRateHz`, in chunks of any length; it is read no further than is needed for the next event,
 * and its abort ends this too. Errors: those of `audio` and of `voice`.
 */
export async function* cutPieces(audio: AsyncIterable<Float32Array>, { voice, ...options }: CutPiecesOptions): AsyncGenerator<CutEvent> {
  const plan = createPiecePlan(options);
  const window = createSampleWindow();
  let told = 0;
  let followed = 0;

  function piece({ startSample, endSample, speechSamples }: PlannedPiece): CutEvent {
    told = endSample;
    return { piece: { samples: window.slice(startSample, endSample), startSample, speechSamples }, readSamples: endSample };
  }

  /** Frames that are whole by now; each at its place in the window. */
  async function* follow(frames: Float32Array): AsyncGenerator<CutEvent> {
    const probabilities = await voice.push(frames);
    for (const [i, probability] of probabilities.entries()) {
      const frame = frames.subarray(i * vadFrameSamples, (i + 1) * vadFrameSamples);
      for (const planned of plan.push({ probability, rms: rmsOf(frame) })) yield piece(planned);
    }
    window.dropBefore(Math.min(plan.settledSample(), followed));
    if (plan.settledSample() - told >= tellSamples) yield { readSamples: told = plan.settledSample() };
  }

  for await (const chunk of audio) {
    for (let at = 0; at < chunk.length; at += lookSamples) {
      window.append(chunk.subarray(at, at + lookSamples));
      const whole = window.endSample() - (window.endSample() - followed) % vadFrameSamples;
      if (whole === followed) continue;
      const frames = window.slice(followed, whole);
      followed = whole;
      yield* follow(frames);
    }
  }
  const total = window.endSample();
  if (total > followed) {
    const frame = new Float32Array(vadFrameSamples);
    frame.set(window.slice(followed, total));
    followed = total;
    yield* follow(frame);
  }
  for (const planned of plan.finish(total)) yield piece(planned);
  if (told !== total || total === 0) yield { readSamples: total };
}

function rmsOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}
