/** A plan's sentences as one stream of samples, and when each of their words is heard. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { SpeechPool } from '../dispatch/speech-pool.ts';
import type { Asker } from '../dispatch/lanes.ts';
import type { SpeechChunk } from '../engines/kinds.ts';
import { hasSpeakableContent } from '../text/speakable.ts';
import type { ChosenVoice } from './choose-voice.ts';
import { joinSentences } from './join-sentences.ts';
import type { PlannedSentence } from './prepare-text.ts';
import { synthesiseInOrder, type SentenceEstimate } from './sentence-pipeline.ts';
import { timeSentence } from './time-sentence.ts';
import type { TimedSentence } from './timed-sentence.ts';
import type { UsageMeter } from './usage-meter.ts';

export type SynthesisPlan = {
  /** All of it that is written so far. */
  readonly requestText: () => string;
  /** In order; of a text that is still being written, as they become known. */
  readonly sentences: readonly PlannedSentence[] | AsyncIterable<PlannedSentence>;
  readonly voice: ChosenVoice;
  readonly asker: Asker;
  /** Told what the sentences take. */
  readonly meter?: Pick<UsageMeter, 'computed'>;
  /** The voice that says a sentence in another language than the chosen one's. */
  readonly voiceFor: (language: string) => string;
  readonly traceparent?: string | undefined;
  /** Added to all times: what the encoder behind it delays the sound by. Default 0. */
  readonly delaySeconds?: number;
};

export type SynthesisDependencies = {
  readonly pool: Pick<SpeechPool, 'synthesise'>;
  readonly config: Pick<Config['speech'], 'sentencesAhead' | 'bufferSeconds'>;
  readonly clock: Clock;
};

/** `samples` are at the voice's own rate; empty only where nothing but news of a sentence came. */
export type SpokenPart = {
  readonly samples: Float32Array;
  readonly sentences: readonly TimedSentence[];
  /** The last part of a sentence, the pause behind it included. */
  readonly endsSentence: boolean;
};

/** Leaving the loop early cancels what is in work. Errors: the pool's. */
export async function* synthesisePlan(plan: SynthesisPlan, { pool, config, clock }: SynthesisDependencies, signal: AbortSignal): AsyncGenerator<SpokenPart> {
  const { voice } = plan;
  const isWhole = Symbol.iterator in plan.sentences;
  /** Grows where the text does; every sentence is there before its audio. */
  const sentences: PlannedSentence[] = Symbol.iterator in plan.sentences ? [...plan.sentences] : [];

  async function* estimates(): AsyncGenerator<SentenceEstimate> {
    for await (const sentence of plan.sentences) {
      if (!isWhole) sentences.push(sentence);
      const { written, speed, pauseAfterMs } = sentence;
      yield { characters: written.text.length, speed, pauseAfterMs };
    }
  }

  async function* silent(): AsyncGenerator<SpeechChunk> {}

  function synthesise(index: number, playoutDelayMs: () => number, stop: AbortSignal): AsyncIterable<SpeechChunk> {
    const { said, speed, pitchSemitones, language } = sentences[index]!;
    const { text, pronunciations } = said();
    if (!hasSpeakableContent(text)) return silent();
    return pool.synthesise({
      asker: plan.asker,
      opens: index === 0,
      modelId: voice.modelId,
      voice: language === undefined ? voice.voice : plan.voiceFor(language),
      text,
      pronunciations,
      speed,
      pitchSemitones,
      playoutDelayMs,
      onInference: (seconds) => plan.meter?.computed(index, seconds),
      traceparent: plan.traceparent,
    }, stop);
  }

  const audio = synthesiseInOrder({
    sentences: estimates(),
    ahead: config.sentencesAhead,
    bufferSeconds: config.bufferSeconds,
    clock,
    signal,
    synthesise,
  });
  for await (const { samples, heard, endsSentence } of joinSentences({ audio, sentences, sampleRateHz: voice.sampleRateHz })) {
    yield {
      samples,
      endsSentence,
      sentences: heard.map((one) => timeSentence({ heard: one, spoken: sentences[one.index]!.said().aligned, requestText: plan.requestText(), share: sentences[one.index]!.share, sampleRateHz: voice.sampleRateHz, delaySeconds: plan.delaySeconds ?? 0 })),
    };
  }
}
