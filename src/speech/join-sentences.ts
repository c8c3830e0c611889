/** Sentences become one stream: the engine's own silence at the edges is replaced by the pause that the text asks for. */
import type { PcmChunk } from '../audio/pcm.ts';
import { createEdgeTrimmer, silence } from '../audio/silence.ts';

/** Below this a sample counts as silence: under the softest fricative of the voices here, above their noise floor. */
const silenceThresholdDb = -52;
/** Kept at the edges, so that no soft onset or decay is cut. */
const keepEdgeMs = 30;

export type JoinOptions = {
  /** Each sentence's audio, in order. */
  readonly sentences: AsyncIterable<AsyncIterable<PcmChunk>>;
  /** Silence after each sentence. */
  readonly pausesAfterMs: readonly number[];
  readonly sampleRateHz: number;
};

/** One continuous stream of samples, none of them empty. */
export async function* joinSentences({ sentences, pausesAfterMs, sampleRateHz }: JoinOptions): AsyncGenerator<Float32Array> {
  let index = 0;
  for await (const sentence of sentences) {
    const trimmer = createEdgeTrimmer({ sampleRateHz, thresholdDb: silenceThresholdDb, keepLeadingMs: keepEdgeMs, keepTrailingMs: keepEdgeMs });
    for await (const { samples } of sentence) {
      const ready = trimmer.push(samples);
      if (ready.length > 0) yield ready;
    }
    const tail = trimmer.finish();
    if (tail.length > 0) yield tail;
    const pauseMs = (pausesAfterMs[index++] ?? 0) - 2 * keepEdgeMs;
    if (pauseMs > 0) yield silence(pauseMs, sampleRateHz);
  }
}
