/** The hearing half of live recognition: cuts endless sound into utterances and keeps of it what is still needed. */
import { hearingRateHz, vadFrameSamples, type VoiceActivityStream } from '../engines/kinds.ts';
import { createLiveUtterance, type DecodeStep, type LiveUtterance } from './live-utterance.ts';
import { createSampleWindow } from './sample-window.ts';
import { createSpeechDetector, type SpeechEvent } from './speech-detector.ts';

export type LiveHearingOptions = {
  readonly voice: VoiceActivityStream;
  readonly onSpeech: (event: SpeechEvent) => void;
  readonly language: string | undefined;
  readonly threshold: number;
  readonly endSilenceMs: number;
  readonly agreement: number;
  readonly windowSeconds: number;
};

export type LiveHearing = {
  /** The stream's next samples. Calls must not overlap. */
  readonly hear: (samples: Float32Array) => Promise<void>;
  /** No sound will come: who speaks has ended. */
  readonly end: () => Promise<void>;
  /** The first utterance that is not complete. */
  readonly oldest: () => LiveUtterance | undefined;
  /** What is to be done about it now. */
  readonly next: () => ReturnType<LiveUtterance['next']>;
  readonly soundOf: (step: DecodeStep) => Float32Array;
  /** That utterance is complete. */
  readonly forgetOldest: () => void;
  /** Sound that is held for decoding. */
  readonly heldSeconds: () => number;
};

const samplesPerMs = hearingRateHz / 1000;
/** Beginnings and ends of words are softer than what counts as speech. */
const paddingMs = 300;
const minSpeechMs = 96;

export function createLiveHearing({ voice, onSpeech, threshold, endSilenceMs, language, agreement, windowSeconds }: LiveHearingOptions): LiveHearing {
  const padding = paddingMs * samplesPerMs;
  /** A beginning is told late by what it takes to be sure of it. */
  const lookBack = (paddingMs + minSpeechMs + endSilenceMs) * samplesPerMs + 2 * vadFrameSamples;
  const window = createSampleWindow();
  const detector = createSpeechDetector({ threshold, minSpeechMs, minSilenceMs: endSilenceMs });
  const utterances: LiveUtterance[] = [];
  let begun = 0;
  let soundTaken = 0;
  let followed = 0;

  async function follow(frames: Float32Array): Promise<void> {
    if (frames.length === 0) return;
    const probabilities = await voice.push(frames);
    followed += frames.length;
    for (const event of detector.push(probabilities)) turn(event);
    window.dropBefore(Math.min(utterances[0]?.neededSample() ?? Infinity, followed - lookBack));
  }

  function turn(event: SpeechEvent): void {
    if (event.type === 'speech_started') {
      const soundStart = Math.max(event.atSample - padding, soundTaken);
      utterances.push(createLiveUtterance({ number: begun++, startSample: event.atSample, soundStart, agreement, windowSamples: windowSeconds * hearingRateHz, language }));
    } else {
      soundTaken = Math.min(event.atSample + padding, window.endSample());
      utterances.at(-1)!.end(event.atSample, soundTaken);
    }
    onSpeech(event);
  }

  return {
    async hear(samples) {
      window.append(samples);
      await follow(window.slice(followed, window.endSample() - (window.endSample() - followed) % vadFrameSamples));
    },
    async end() {
      const total = window.endSample();
      if (total > followed) {
        const frame = new Float32Array(vadFrameSamples);
        frame.set(window.slice(followed, total));
        await follow(frame);
      }
      for (const event of detector.finish(total)) turn(event);
    },
    oldest: () => utterances[0],
    next: () => utterances[0]?.next(Math.min(followed, window.endSample()), detector.speechUntil()),
    soundOf: ({ fromSample, toSample }) => window.slice(fromSample, toSample),
    forgetOldest: () => void utterances.shift(),
    heldSeconds: () => (utterances[0] === undefined ? 0 : (window.endSample() - utterances[0].neededSample()) / hearingRateHz),
  };
}
