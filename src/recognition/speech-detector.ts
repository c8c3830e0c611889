/**
 * From the probabilities of speech of single frames to where speech begins and ends: two thresholds, so that a voice
 * that wavers does not end, and shortest lengths, so that neither a click nor a catch of breath counts.
 */
import { hearingRateHz, vadFrameSamples } from '../engines/kinds.ts';

export type SpeechDetectorOptions = {
  /** Speech begins at this probability. Default 0.5. */
  readonly threshold?: number;
  /** Below it a frame of speech is silent; once silent, `threshold` is needed to speak on. Default `threshold` − 0.15. */
  readonly endThreshold?: number;
  /** What is shorter is no speech; its beginning is told so much later. Default 96 ms, since "no" may take 150. */
  readonly minSpeechMs?: number;
  /** So long it must be silent before speech has ended; its end is told so much later. Default 600 ms. */
  readonly minSilenceMs?: number;
  /** Counted to the speech before its beginning and after its end, as far as sound is there. Default 0. */
  readonly paddingMs?: number;
};

/** `atSample` counts from the beginning of the stream, at `hearingRateHz`. Starts and ends take turns and never go back. */
export type SpeechEvent = { readonly type: 'speech_started' | 'speech_ended'; readonly atSample: number };

export type SpeechDetector = {
  /** The stream's next frames, `vadFrameSamples` each, any number at a time: the events are the same. */
  readonly push: (probabilities: Iterable<number>) => readonly SpeechEvent[];
  /** The end of the last speech in what goes on; undefined while nobody speaks, or is not known to. */
  readonly speechUntil: () => number | undefined;
  /** No frame will come: what is being said ends at `endSample`, at the latest. */
  readonly finish: (endSample: number) => readonly SpeechEvent[];
};

const samplesPerMs = hearingRateHz / 1000;

export function createSpeechDetector(options: SpeechDetectorOptions = {}): SpeechDetector {
  const threshold = options.threshold ?? 0.5;
  const endThreshold = options.endThreshold ?? threshold - 0.15;
  const minSpeech = (options.minSpeechMs ?? 96) * samplesPerMs;
  const minSilence = (options.minSilenceMs ?? 600) * samplesPerMs;
  const padding = Math.round((options.paddingMs ?? 0) * samplesPerMs);

  let heard = 0;
  let lastEnd = 0;
  let isTold = false;
  /** Where the speech that is going on, or may be, begins. */
  let startSample: number | undefined;
  /** Where it fell silent, if it did. */
  let silentSince: number | undefined;

  function follow(probability: number, events: SpeechEvent[]): void {
    const frameStart = heard;
    heard += vadFrameSamples;
    if (probability >= threshold) {
      startSample ??= frameStart;
      silentSince = undefined;
    } else if (startSample !== undefined && probability < endThreshold) {
      silentSince ??= frameStart;
    }
    if (startSample === undefined) return;
    if (!isTold && (silentSince ?? heard) - startSample >= minSpeech) {
      isTold = true;
      events.push({ type: 'speech_started', atSample: Math.max(startSample - padding, lastEnd) });
    }
    if (silentSince !== undefined && heard - silentSince >= minSilence) end(silentSince, heard, events);
  }

  function end(atSample: number, latest: number, events: SpeechEvent[]): void {
    if (isTold) {
      lastEnd = Math.min(atSample + padding, latest);
      events.push({ type: 'speech_ended', atSample: lastEnd });
    }
    isTold = false;
    startSample = undefined;
    silentSince = undefined;
  }

  return {
    push(probabilities) {
      const events: SpeechEvent[] = [];
      for (const probability of probabilities) follow(probability, events);
      return events;
    },
    speechUntil: () => (isTold ? silentSince ?? heard : undefined),
    finish(endSample) {
      const events: SpeechEvent[] = [];
      end(Math.min(silentSince ?? heard, endSample), endSample, events);
      return events;
    },
  };
}
