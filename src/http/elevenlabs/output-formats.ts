/** ElevenLabs' names of formats, codec_rate_bitrate, and what each of them is here. */
import type { AudioFormatId } from '../../audio/formats.ts';

export type OutputFormat = { readonly format: AudioFormatId; readonly sampleRateHz: number; readonly bitrateBps: number | undefined };

export const defaultOutputFormat = 'mp3_44100_128';

const pcmRatesHz = [8000, 16000, 22050, 24000, 32000, 44100, 48000];

/** Every name that the vendor documents; WAV it documents for whole answers only, here it streams too. */
export const outputFormatNames: readonly string[] = [
  'mp3_22050_32', 'mp3_24000_48', 'mp3_44100_32', 'mp3_44100_64', 'mp3_44100_96', 'mp3_44100_128', 'mp3_44100_192',
  ...pcmRatesHz.map((rateHz) => `pcm_${rateHz}`),
  ...pcmRatesHz.map((rateHz) => `wav_${rateHz}`),
  'ulaw_8000', 'alaw_8000',
  ...[32, 64, 96, 128, 192].map((kbps) => `opus_48000_${kbps}`),
];

/** For one of `outputFormatNames`. */
export function outputFormatOf(name: string): OutputFormat {
  const [codec, rateHz, kbps] = name.split('_');
  return { format: codec as AudioFormatId, sampleRateHz: Number(rateHz), bitrateBps: kbps === undefined ? undefined : Number(kbps) * 1000 };
}
