/**
 * Speech without a voice and a recogniser without a model, for tests: a script says which word is spoken when; the
 * sound tells by its values where it is in the stream, so that the recogniser knows what it was given. Words that the
 * sound cuts are misheard, as a model would.
 */
import { hearingRateHz, type HeardSpeech, type HeardWord, type TranscriptionRequest, type VoiceActivityStream } from '../engines/kinds.ts';
import { vadFrameSamples } from '../engines/kinds.ts';

export type ScriptedWord = { readonly text: string; readonly startSeconds: number; readonly endSeconds: number };

/** One value a millisecond: whole numbers up to 2^24 are exact, which is four hours. */
const samplesPerValue = hearingRateHz / 1000;

/** Sound from `from` to `to` (samples of the stream); positive while a word is spoken. `script` in order. */
export function scriptedSound(script: readonly ScriptedWord[], from: number, to: number): Float32Array {
  const samples = new Float32Array(to - from);
  for (let i = 0; i < samples.length; i++) samples[i] = -1 - Math.floor((from + i) / samplesPerValue);
  for (const { startSeconds, endSeconds } of script) {
    const start = Math.max(0, Math.round(startSeconds * hearingRateHz) - from);
    const end = Math.min(samples.length, Math.round(endSeconds * hearingRateHz) - from);
    for (let i = start; i < end; i++) samples[i] = Math.abs(samples[i]!);
  }
  return samples;
}

export function createScriptedVoice(): VoiceActivityStream {
  return {
    push: async (samples) => Float32Array.from({ length: samples.length / vadFrameSamples }, (_, i) => (samples[i * vadFrameSamples + vadFrameSamples / 2]! > 0 ? 0.95 : 0.02)),
    close() {},
  };
}

export type ScriptedHearing = {
  readonly script: readonly ScriptedWord[];
  /** Added to the times of words, in turn. Default none. */
  readonly jitterSeconds?: readonly number[];
  /** Words that are misheard although they are whole: the times of hearing `attempt` and word decide. Default none. */
  readonly mishears?: (word: ScriptedWord, attempt: number) => boolean;
};

/** What a model would make of that sound. */
export function hearScripted({ samples }: Pick<TranscriptionRequest, 'samples'>, { script, jitterSeconds = [0], mishears = () => false }: ScriptedHearing, attempt: number): HeardSpeech {
  const startSeconds = (Math.abs(samples[0]!) - 1) / 1000;
  const endSeconds = startSeconds + samples.length / hearingRateHz;
  const words = script.flatMap((word, index): HeardWord[] => {
    const from = Math.max(word.startSeconds, startSeconds);
    const to = Math.min(word.endSeconds, endSeconds);
    if (to - from < 0.06) return [];
    const isWhole = to - from > word.endSeconds - word.startSeconds - 0.03;
    const jitter = jitterSeconds[(index + attempt) % jitterSeconds.length]!;
    return [{
      text: isWhole && !mishears(word, attempt) ? ` ${word.text}` : ` ${word.text.slice(0, 1)}~${attempt}`,
      startSeconds: Math.max(0, from - startSeconds + jitter),
      endSeconds: Math.max(0.01, to - startSeconds + jitter),
      probability: isWhole ? 0.9 : 0.3,
    }];
  });
  const segment = { text: words.map(({ text }) => text).join(''), startSeconds: 0, endSeconds: endSeconds - startSeconds, tokens: [], temperature: 0, averageLogProbability: -0.2, compressionRatio: 1, noSpeechProbability: 0, words };
  return { language: 'en', languageProbability: 1, segments: words.length === 0 ? [] : [segment] };
}
