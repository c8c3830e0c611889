/** A piece of sound as providers want it: not shorter than they refuse. */
import { toS16le } from '../../audio/pcm.ts';
import { wavHeader } from '../../audio/wav.ts';
import { hearingRateHz } from '../kinds.ts';

/** OpenAI and ElevenLabs refuse less than 0.1 s. */
const leastSamples = 0.1 * hearingRateHz;

/** 16-bit samples, made as long with silence as the vendors ask. */
export function uploadedSamples(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const padded = new Float32Array(Math.max(samples.length, leastSamples));
  padded.set(samples);
  return new Uint8Array(toS16le(padded));
}

export function uploadedWav(samples: Float32Array): Blob {
  const data = uploadedSamples(samples);
  const header = new Uint8Array(wavHeader({ sampleRateHz: hearingRateHz, dataBytes: data.length }));
  return new Blob([header, data], { type: 'audio/wav' });
}
