/** What an ear would notice first about a piece of audio: how long it is, and whether there is anything in it. */
import { decodeTrustedAudio, type RawAudioKind } from '../../src/audio/decode.ts';
import { durationSeconds, fromS16le } from '../../src/audio/pcm.ts';

export type Heard = {
  readonly seconds: number;
  readonly sampleRateHz: number;
  /** Root mean square over all of it; speech lies between 0.02 and 0.3, silence under 0.001. */
  readonly rms: number;
};

const headerless: Readonly<Record<string, RawAudioKind>> = {
  pcm: { sampleType: 's16le', sampleRateHz: 24_000 },
  ulaw: { sampleType: 'mulaw', sampleRateHz: 8_000 },
  alaw: { sampleType: 'alaw', sampleRateHz: 8_000 },
};

/** `format` as a client names it. */
export async function hear(bytes: Uint8Array, format: string): Promise<Heard> {
  const raw = headerless[format];
  const audio = await decodeTrustedAudio({ bytes, ...(raw ? { raw } : {}) });
  return { seconds: durationSeconds(audio), sampleRateHz: audio.sampleRateHz, rms: rmsOf(audio.samples) };
}

export function hearPcm(bytes: Uint8Array, sampleRateHz = 24_000): Heard {
  const samples = fromS16le(bytes);
  return { seconds: samples.length / sampleRateHz, sampleRateHz, rms: rmsOf(samples) };
}

function rmsOf(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
