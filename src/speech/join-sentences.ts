/** Sentences become one stream: the engine's own silence at the edges is replaced by the pause that the text asks for. */
import { amplify, factorOf } from '../audio/gain.ts';
import { createEdgeTrimmer, silence } from '../audio/silence.ts';
import type { SoundTiming, SpeechChunk } from '../engines/kinds.ts';

/** Below this a sample counts as silence: under the softest fricative of the voices here, above their noise floor. */
const silenceThresholdDb = -52;
/** Kept at the edges, so that no soft onset or decay is cut. */
export const keepEdgeMs = 30;

/** What the joining needs to know of a sentence. */
export type JoinedSentence = {
  /** As the model reads it. */
  readonly said: () => { readonly text: string };
  /** Silence around it, in ms of the finished stream. */
  readonly pauseBeforeMs: number;
  readonly pauseAfterMs: number;
  readonly volumeDb: number;
};

/** A sentence's sounds on the clock of the stream: timing t lies at `originSample + t.startSample`. */
export type HeardSentence = {
  readonly index: number;
  readonly originSample: number;
  /** Where its audio begins, what was kept of the silence before it included. */
  readonly startSample: number;
  /** Of its last sound; only estimated from the timings where the sentence is still being made. */
  readonly endSample: number;
  /** Empty where the model tells none. */
  readonly timings: readonly SoundTiming[];
};

/** Never without samples, but for the last of a sentence, which may only tell that it ended. */
export type JoinedPart = {
  readonly samples: Float32Array;
  readonly heard: readonly HeardSentence[];
  /** The last part of a sentence, the pause behind it included: what is kept sentence by sentence is cut here. */
  readonly endsSentence: boolean;
};

export type JoinOptions = {
  /** Each sentence's audio, in order. */
  readonly audio: AsyncIterable<AsyncIterable<SpeechChunk>>;
  /** May grow: each is there before its audio. */
  readonly sentences: readonly JoinedSentence[];
  readonly sampleRateHz: number;
};

/**
 * One continuous stream. A sentence is told of with the first sound of it, or, where the model does not say until
 * later when its last word comes, as soon as that is known.
 */
export async function* joinSentences({ audio, sentences, sampleRateHz }: JoinOptions): AsyncGenerator<JoinedPart> {
  let sent = 0;
  let index = 0;
  for await (const chunks of audio) {
    const sentence = sentences[index]!;
    const gain = factorOf(sentence.volumeDb);
    const trimmer = createEdgeTrimmer({ sampleRateHz, thresholdDb: silenceThresholdDb, keepLeadingMs: keepEdgeMs, keepTrailingMs: keepEdgeMs });
    const before = silence(sentence.pauseBeforeMs, sampleRateHz);
    if (before.length > 0) yield { samples: before, heard: [], endsSentence: false };
    sent += before.length;
    const beganAt = sent;
    const timings: SoundTiming[] = [];
    let isTold = false;
    const tell = (): HeardSentence[] => {
      isTold = true;
      const originSample = beganAt - trimmer.droppedLeading();
      return [{ index, originSample, startSample: beganAt, endSample: timings.length > 0 ? originSample + timings.at(-1)!.endSample : sent, timings }];
    };

    for await (const chunk of chunks) {
      timings.push(...(chunk.timings ?? []));
      const trimmed = trimmer.push(chunk.samples);
      const samples = gain === 1 ? trimmed : amplify(trimmed, gain);
      if (samples.length === 0) continue;
      sent += samples.length;
      yield { samples, heard: !isTold && covers(timings, sentence.said().text) ? tell() : [], endsSentence: false };
    }
    const tail = trimmer.finish();
    const pauseMs = index === sentences.length - 1 ? sentence.pauseAfterMs : sentence.pauseAfterMs - 2 * keepEdgeMs;
    const rest = [tail, silence(pauseMs, sampleRateHz)].filter(({ length }) => length > 0);
    for (const [at, samples] of rest.entries()) {
      sent += samples.length;
      yield { samples, heard: isTold ? [] : tell(), endsSentence: at === rest.length - 1 };
    }
    if (rest.length === 0) yield { samples: new Float32Array(0), heard: isTold ? [] : tell(), endsSentence: true };
    index++;
  }
}

/** True once the sounds reach the last word of the text. */
function covers(timings: readonly SoundTiming[], text: string): boolean {
  const last = timings.at(-1)?.textEnd ?? 0;
  return timings.length > 0 && !/[\p{L}\p{N}]/u.test(text.slice(last));
}
