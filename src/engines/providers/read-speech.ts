/** Spoken sound of a provider as it arrives: headerless 16-bit PCM, or WAV where a server sends that whatever was asked for. */
import { fromS16le } from '../../audio/pcm.ts';
import { createResampler, type Resampler } from '../../audio/resample.ts';
import { parseWavHead, type WavHead } from '../../audio/wav.ts';
import type { AntiphonError } from '../../errors.ts';
import type { SpeechChunk } from '../kinds.ts';
import type { ProviderAnswer } from './http-client.ts';
import { unusable } from './provider-errors.ts';
import { notExpected } from './read-answer.ts';

/** Of every chunk, whatever the server speaks at. */
export const providerSpeechRateHz = 24_000;

/** Of one sentence: more than twenty minutes at 24 kHz. */
const mostBytes = 64 * 1_048_576;

/** The caller closes the answer. Errors: provider_failed for what is no sound, or none at all, and those of the client. */
export async function* readSpeech(answer: ProviderAnswer, id: string): AsyncGenerator<SpeechChunk, void, undefined> {
  if (!mayBeSound(answer.contentType)) throw await notExpected(answer, { id, due: 'sound' });
  const sound = createSoundReader({ id, contentType: answer.contentType });
  let length = 0;
  let heard = false;
  try {
    for await (const piece of answer.pieces) {
      length += piece.length;
      if (length > mostBytes) throw unusable(id, 'with more than 64 MiB of sound to one sentence');
      const samples = sound.push(piece);
      if (samples.length === 0) continue;
      heard = true;
      yield { samples, sampleRateHz: providerSpeechRateHz };
    }
    const rest = sound.finish();
    if (rest.length > 0) yield { samples: rest, sampleRateHz: providerSpeechRateHz };
    else if (!heard) throw unusable(id, 'with no sound at all');
  } finally {
    sound.close();
  }
}

type SoundReader = {
  /** All samples that are whole by now, at `providerSpeechRateHz`. May be empty. */
  readonly push: (bytes: Uint8Array) => Float32Array;
  readonly finish: () => Float32Array;
  readonly close: () => void;
};

type SampleFormat = Pick<WavHead, 'sampleType' | 'channels' | 'sampleRateHz' | 'dataBytes'>;

const none = new Float32Array(0);
/** Enough to tell what it is. */
const magicBytes = 12;
/** Players' pictures and the like may stand before the samples. */
const longestHead = 1_048_576;
// Mono and little-endian: what OpenAI's and ElevenLabs' `pcm` is.
const headerless: SampleFormat = { sampleType: 's16le', channels: 1, sampleRateHz: providerSpeechRateHz, dataBytes: undefined };

function createSoundReader({ id, contentType }: { readonly id: string; readonly contentType: string }): SoundReader {
  /** Not read yet: a head that is not whole, or half a sample. */
  let pending: Uint8Array = new Uint8Array(0);
  let format: SampleFormat | undefined;
  let bytesLeft = Number.POSITIVE_INFINITY;
  let resampler: Resampler | undefined;

  function begin(known: SampleFormat, start: number): void {
    format = known;
    bytesLeft = known.dataBytes ?? Number.POSITIVE_INFINITY;
    pending = pending.subarray(start);
    if (known.sampleRateHz !== providerSpeechRateHz) resampler = createResampler({ fromHz: known.sampleRateHz, toHz: providerSpeechRateHz });
  }

  function recognise(isEnd: boolean): void {
    if (format !== undefined || (pending.length < magicBytes && !isEnd)) return;
    if (isCompressed(pending, contentType)) throw refuseFormat(id);
    if (!isRiff(pending)) return begin(headerless, 0);
    const head = readHead(pending, id);
    if (head !== undefined) begin(head, head.dataStart);
    else if (pending.length > longestHead) throw refuseFormat(id);
  }

  function take(): Float32Array {
    if (format === undefined) return none;
    const frameBytes = (format.sampleType === 's16le' ? 2 : 4) * format.channels;
    const length = Math.min(pending.length, bytesLeft);
    const whole = length - (length % frameBytes);
    const samples = toMono(pending.subarray(0, whole), format);
    bytesLeft -= whole;
    // What stands behind a WAV's samples is not for the ear.
    pending = bytesLeft < frameBytes ? new Uint8Array(0) : pending.slice(whole);
    return resampler === undefined ? samples : resampler.push(samples);
  }

  return {
    push(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      recognise(false);
      return take();
    },
    finish() {
      recognise(true);
      const rest = take();
      const tail = resampler?.finish() ?? none;
      return Float32Array.of(...rest, ...tail);
    },
    close: () => resampler?.close(),
  };
}

function readHead(bytes: Uint8Array, id: string): WavHead | undefined {
  try {
    return parseWavHead(bytes);
  } catch {
    throw refuseFormat(id);
  }
}

function toMono(bytes: Uint8Array, { sampleType, channels }: SampleFormat): Float32Array {
  const interleaved = sampleType === 's16le' ? fromS16le(bytes) : fromF32le(bytes);
  const out = new Float32Array(interleaved.length / channels);
  for (let frame = 0; frame < out.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += interleaved[frame * channels + channel]!;
    out[frame] = Math.min(1, Math.max(-1, sum / channels));
  }
  return out;
}

function fromF32le(bytes: Uint8Array): Float32Array {
  const copy = bytes.slice();
  return new Float32Array(copy.buffer, 0, copy.length / 4);
}

function isRiff(bytes: Uint8Array): boolean {
  return bytes.length >= magicBytes && ascii(bytes, 0) === 'RIFF' && ascii(bytes, 8) === 'WAVE';
}

/** A stream that is called compressed is believed where it looks like it; ElevenLabs' documentation calls even PCM `audio/mpeg`. */
function isCompressed(bytes: Uint8Array, contentType: string): boolean {
  const magic = ascii(bytes, 0);
  if (magic.startsWith('ID3') || magic === 'OggS' || magic === 'fLaC') return true;
  const isFrameSync = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0;
  return isFrameSync && /mpeg|mp3|aac/.test(contentType);
}

function mayBeSound(contentType: string): boolean {
  return contentType === '' || contentType === 'application/octet-stream' || contentType.startsWith('audio/');
}

function refuseFormat(id: string): AntiphonError {
  return unusable(id, 'with sound in a format that is not understood here; it has to give 16-bit PCM or WAV');
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
