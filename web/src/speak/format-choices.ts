/** The formats of the server with what each is good for. */
import type { AudioFormat } from '../api.ts';

export const formatHints: Readonly<Record<AudioFormat, { readonly label: string; readonly hint: string }>> = {
  mp3: { label: 'MP3', hint: 'Small, plays everywhere.' },
  opus: { label: 'Opus', hint: 'Smallest for its quality; Ogg file.' },
  aac: { label: 'AAC', hint: 'Small; ADTS stream for Apple devices.' },
  flac: { label: 'FLAC', hint: 'Lossless, half the size of WAV.' },
  wav: { label: 'WAV', hint: 'Uncompressed, opens in every editor.' },
  pcm: { label: 'PCM', hint: 'Raw 16-bit little-endian samples, mono, 24 kHz, no header.' },
  ulaw: { label: 'µ-law', hint: 'Telephone, 8 kHz, no header.' },
  alaw: { label: 'A-law', hint: 'Telephone, 8 kHz, no header.' },
};

/** `antiphon-af_heart-20261123-121500.mp3`: what spoke, when, and an extension that tells the truth. */
export function fileName({ voice, format, at }: { readonly voice: string; readonly format: string; readonly at: Date }): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
  return `antiphon-${voice.replaceAll(/[^\w.-]+/g, '-')}-${day}-${time}.${format}`;
}
