/** ADTS framing (ISO 13818-7 section 6.2): the seven bytes before each AAC-LC frame that make it a stream. */
import { AntiphonError } from '../errors.ts';

export const adtsHeaderBytes = 7;

const frequencyIndex = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000];

/** One mono AAC-LC frame with its header. */
export function adtsFrame(packet: Uint8Array, sampleRateHz: number): Uint8Array {
  const rate = frequencyIndex.indexOf(sampleRateHz);
  if (rate < 0) throw new AntiphonError('encoding_failed', `ADTS has no code for ${sampleRateHz} Hz.`);
  const length = packet.length + adtsHeaderBytes;
  const frame = new Uint8Array(length);
  frame[0] = 0xff;
  frame[1] = 0xf1; // Sync word, MPEG-4, no checksum.
  frame[2] = (1 << 6) | (rate << 2); // Profile LC.
  frame[3] = (1 << 6) | (length >> 11); // One channel.
  frame[4] = (length >> 3) & 0xff;
  frame[5] = ((length & 0x07) << 5) | 0x1f; // Buffer fullness 0x7ff: variable rate.
  frame[6] = 0xfc;
  frame.set(packet, adtsHeaderBytes);
  return frame;
}
