/** Sound at 16 kHz with known stretches of speech in it, spoken by flite; for tests only. */
import { createFliteEngine } from '../flite/flite-engine.ts';
import { hearingRateHz } from '../kinds.ts';

const never = new AbortController().signal;

export const fourSentences = [
  'The old keeper climbed the winding stairs every evening to light the lamp for passing ships.',
  'Nobody had told him that the harbour was closed.',
  'Yes.',
  'In the morning he would walk down to the village and buy bread, cheese and a newspaper.',
];

export type SpokenStretch = { readonly startSample: number; readonly endSample: number };

/** Each sentence with that much silence before it and after the last. The stretches include flite's own short edges of silence. */
export async function speakSentences({ sentences, gapSeconds }: { sentences: readonly string[]; gapSeconds: number }): Promise<{ samples: Float32Array; stretches: readonly SpokenStretch[] }> {
  const model = await createFliteEngine().load('flite', never);
  try {
    const spoken: Float32Array[] = [];
    for (const text of sentences) {
      const chunks = await Array.fromAsync(model.synthesise({ text, voice: 'cmu_us_slt', speed: 1 }, never));
      spoken.push(joinSamples(chunks.map(({ samples }) => samples)));
    }
    const gap = new Float32Array(Math.round(gapSeconds * hearingRateHz));
    const stretches: SpokenStretch[] = [];
    let at = gap.length;
    for (const { length } of spoken) {
      stretches.push({ startSample: at, endSample: at + length });
      at += length + gap.length;
    }
    return { samples: joinSamples([gap, ...spoken.flatMap((samples) => [samples, gap])]), stretches };
  } finally {
    await model.close();
  }
}

export function joinSamples(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** White noise of that root mean square, the same at every call. */
export function whiteNoise({ length, rms }: { length: number; rms: number }): Float32Array {
  let seed = 1;
  return Float32Array.from({ length }, () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (seed / 0x7fffffff * 2 - 1) * Math.sqrt(3) * rms;
  });
}

/** Four chords that fade, each half a second, over and over. */
export function chords({ length }: { length: number }): Float32Array {
  const rootsHz = [220, 196, 261.6, 174.6];
  return Float32Array.from({ length }, (_, i) => {
    const seconds = i / hearingRateHz;
    const root = rootsHz[Math.floor(seconds / 0.5) % rootsHz.length]!;
    let sum = 0;
    for (const interval of [1, 1.26, 1.5]) {
      for (let harmonic = 1; harmonic < 5; harmonic++) sum += Math.sin(2 * Math.PI * root * interval * harmonic * seconds) / harmonic;
    }
    return 0.1 * Math.exp(-3 * (seconds % 0.5)) * sum;
  });
}
