/** Recordings for tests of what hears: sentences spoken by one of our own voices, which also tells when each word is said. */
import { createResampler } from '../../audio/resample.ts';
import { hearingRateHz } from '../kinds.ts';
import type { LoadedSpeechModel, SoundTiming } from '../kinds.ts';
import type { Recording } from './transcription-engine-kit.ts';

export type SpokenWord = { readonly text: string; readonly startSeconds: number; readonly endSeconds: number };
export type TimedRecording = Recording & { readonly words: readonly SpokenWord[] };

const pauseSeconds = 0.35;

/** Speaks one sentence after the other with the model's first voice, a pause behind each. */
export async function recordSentences(model: LoadedSpeechModel, sentences: readonly string[], voice = model.info.voices[0]!.id): Promise<TimedRecording> {
  const { sampleRateHz } = model.info;
  const resampler = createResampler({ fromHz: sampleRateHz, toHz: hearingRateHz });
  const chunks: Float32Array[] = [];
  const words: SpokenWord[] = [];
  let spoken = 0;
  try {
    for (const text of sentences) {
      const timings: SoundTiming[] = [];
      const begin = spoken;
      for await (const chunk of model.synthesise({ text, voice, speed: 1 }, new AbortController().signal)) {
        timings.push(...(chunk.timings ?? []));
        spoken += chunk.samples.length;
        chunks.push(resampler.push(chunk.samples));
      }
      words.push(...wordsOf(text, timings).map((word) => ({ ...word, startSeconds: (begin + word.startSeconds) / sampleRateHz, endSeconds: (begin + word.endSeconds) / sampleRateHz })));
      const pause = new Float32Array(Math.round(pauseSeconds * sampleRateHz));
      spoken += pause.length;
      chunks.push(resampler.push(pause));
    }
    chunks.push(resampler.finish());
  } finally {
    resampler.close();
  }
  return { samples: joined(chunks), text: sentences.join(' '), words };
}

/** Times in samples yet. */
function wordsOf(text: string, timings: readonly SoundTiming[]): SpokenWord[] {
  return Array.from(text.matchAll(/[\p{L}\p{N}\p{M}'’]+/gu)).flatMap(({ 0: word, index }) => {
    const own = timings.filter(({ textStart, textEnd }) => textEnd > textStart && textStart < index + word.length && textEnd > index);
    return own.length === 0 ? [] : [{ text: word, startSeconds: own[0]!.startSample, endSeconds: own.at(-1)!.endSample }];
  });
}

function joined(chunks: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
