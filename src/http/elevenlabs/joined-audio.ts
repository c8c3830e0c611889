/** Stretches of speech made one after the other, as one stream of one encoder: no header twice, no gap of a codec between them. */
import { createEncoder } from '../../audio/encoder.ts';
import { fromS16le } from '../../audio/pcm.ts';
import type { OutputFormat } from './output-formats.ts';

export type JoinedAudio = {
  /** 16-bit samples at the output's rate; bytes as soon as the codec has them. Errors: encoding_failed. */
  readonly add: (s16le: Uint8Array) => Promise<Uint8Array | undefined>;
  readonly addSilence: (durationMs: number) => Promise<Uint8Array | undefined>;
  /** Pushes what the codec holds back out with a little silence, which then counts as a part of the next pause. */
  readonly settle: () => Promise<Uint8Array | undefined>;
  /** Silence that `settle` has already given since speech was last added. */
  readonly settledMs: () => number;
  readonly finish: () => Promise<Uint8Array | undefined>;
  /** Seconds taken so far. */
  readonly seconds: () => number;
  readonly close: () => void;
};

/** Longer than the look-ahead of LAME at its lowest rate here (1,105 samples and a frame at 22.05 kHz) or of Opus. */
const codecTailMs = 120;

export function createJoinedAudio({ format, sampleRateHz, bitrateBps }: OutputFormat): JoinedAudio {
  const encoder = createEncoder({ format, inputRateHz: sampleRateHz, outputRateHz: sampleRateHz, bitrateBps });
  const holdsBack = !['pcm', 'ulaw', 'alaw', 'wav'].includes(format);
  let samplesTaken = 0;
  let settledMs = 0;

  async function take(samples: Float32Array): Promise<Uint8Array | undefined> {
    samplesTaken += samples.length;
    return encoder.encode(samples);
  }
  const silence = (durationMs: number) => new Float32Array(Math.round((durationMs / 1000) * sampleRateHz));

  return {
    add: (s16le) => {
      settledMs = 0;
      return take(fromS16le(s16le));
    },
    addSilence: (durationMs) => take(silence(durationMs)),
    settle: async () => {
      if (!holdsBack || settledMs > 0) return undefined;
      settledMs = codecTailMs;
      return take(silence(codecTailMs));
    },
    settledMs: () => settledMs,
    finish: () => encoder.finish(),
    seconds: () => samplesTaken / sampleRateHz,
    close: () => encoder.close(),
  };
}
