/** Writes the mark into speech while it is being made: gains of a decibel or two, 24 bands wide, changing every 10 ms by a secret pattern. */
import { createRealFft } from '../real-fft.ts';
import { bandCount, bandEdgesHz, bandWeights, cellsPerBlock, slotsPerBlock, slotsPerSecond } from './bands.ts';
import { createPayloadCode } from './payload-code.ts';
import { createSequence, pilot } from './sequence.ts';

export const markedRatesHz = { lowest: 8_000, highest: 96_000 } as const;
export const usualStrengthDb = 2;

export type MarkerOptions = {
  /** 8,000…96,000. */
  readonly sampleRateHz: number;
  /** At least 32 secret bytes. */
  readonly key: Uint8Array;
  /** 32 bits. */
  readonly payload: number;
  /** Where in the key's sequence the first sample lies, in slots of 10 ms; need not be whole. What was used once should not be used again. */
  readonly startSlot: number;
  /** Of the gains, up and down; less below 1.2 kHz and more above 3.5. Default: 2. */
  readonly strengthDb?: number;
};

export type Marker = {
  /** What is complete of the marked samples: at most 20 ms are held back. A new array, possibly empty. */
  readonly mark: (samples: Float32Array) => Float32Array;
  /** The rest: as many samples have come out then as went in. Nothing may be marked afterwards. */
  readonly end: () => Float32Array;
  /** Where in the key's sequence the last sample that was taken ends: another marker may go on there. */
  readonly position: () => number;
};

/**
 * Frames of two slots under a square root of Hann's window, before and after (so that unchanged frames add up to what
 * went in), a gain for each band, and the frames added up again. Gains multiply, so silence stays silent. Where a slot
 * is no whole number of samples, frames begin on the nearest one. Errors: RangeError for a rate that cannot be marked.
 */
export function createMarker(options: MarkerOptions): Marker {
  const { sampleRateHz, key, payload, startSlot, strengthDb = usualStrengthDb } = options;
  if (!canMark(sampleRateHz)) throw new RangeError(`Speech at ${sampleRateHz} Hz cannot be marked.`);
  const pattern = createPattern({ key, payload });
  const shaper = createShaper(sampleRateHz);
  const centreOf = (frame: number): number => Math.round((frame * sampleRateHz) / slotsPerSecond);
  const longest = Math.ceil(sampleRateHz / slotsPerSecond);
  const firstSlot = Math.floor(startSlot);
  /** The sound begins so far behind the centre of the first frame; what comes out of that is nobody's. */
  const lead = Math.round(((startSlot - firstSlot) * sampleRateHz) / slotsPerSecond);
  /** From the centre of the frame before the next one on. */
  let waiting = new Float32Array(8 * longest);
  let filled = longest + lead;
  let unwanted = lead;
  /** The falling half of the frame before. */
  const tail = new Float32Array(longest);
  let frame = 0;
  let taken = 0;
  let given = 0;

  const hopBefore = (which: number): number => (which === 0 ? longest : centreOf(which) - centreOf(which - 1));
  const hopAfter = (which: number): number => centreOf(which + 1) - centreOf(which);

  /** Adds the next frame; gives how many samples became complete, which then stand in `target` from `at` on. */
  function nextFrame(target: Float32Array, at: number): number {
    const before = hopBefore(frame);
    const after = hopAfter(frame);
    const gainsDb = pattern(firstSlot + frame);
    const shaped = shaper(waiting, { before, after, gainsDb, strengthDb });
    // What lies before the first frame's centre is nobody's sound.
    const isFirst = frame === 0;
    if (!isFirst) for (let i = 0; i < before; i++) target[at + i] = tail[i]! + shaped[i]!;
    for (let i = 0; i < after; i++) tail[i] = shaped[before + i]!;
    waiting.copyWithin(0, before, filled);
    filled -= before;
    frame += 1;
    return isFirst ? 0 : before;
  }

  function push(samples: Float32Array): Float32Array {
    const needed = filled + samples.length;
    if (needed > waiting.length) {
      const larger = new Float32Array(2 * needed);
      larger.set(waiting.subarray(0, filled));
      waiting = larger;
    }
    waiting.set(samples, filled);
    filled = needed;
    const output = new Float32Array(needed);
    let made = 0;
    while (filled >= hopBefore(frame) + hopAfter(frame)) made += nextFrame(output, made);
    const skipped = Math.min(unwanted, made);
    unwanted -= skipped;
    return output.subarray(skipped, made);
  }

  return {
    mark(samples) {
      taken += samples.length;
      const output = push(samples);
      given += output.length;
      return output;
    },
    end() {
      const missing = taken - given;
      if (missing === 0) return new Float32Array(0);
      return push(new Float32Array(missing + 2 * longest)).subarray(0, missing);
    },
    position: () => startSlot + (taken * slotsPerSecond) / sampleRateHz,
  };
}

export function canMark(sampleRateHz: number): boolean {
  return sampleRateHz >= markedRatesHz.lowest && sampleRateHz <= markedRatesHz.highest;
}

/** The sign of each band in a slot, times the band's weight. The array is used again for the next slot. */
function createPattern({ key, payload }: { key: Uint8Array; payload: number }): (slot: number) => Float32Array {
  const sequence = createSequence(key);
  const coded = createPayloadCode(key).encode(payload);
  const signs = new Int8Array(cellsPerBlock);
  const row = new Float32Array(bandCount);
  let current = -1;
  return (slot) => {
    const block = Math.floor(slot / slotsPerBlock);
    if (block !== current) {
      const layout = sequence.layout(block);
      const own = sequence.signs(block);
      for (let cell = 0; cell < cellsPerBlock; cell++) signs[cell] = own[cell]! * (layout[cell] === pilot ? 1 : coded[layout[cell]!]!);
      current = block;
    }
    const at = (slot - block * slotsPerBlock) * bandCount;
    for (let band = 0; band < bandCount; band++) row[band] = signs[at + band]! * bandWeights[band]!;
    return row;
  };
}

type Frame = { readonly before: number; readonly after: number; readonly gainsDb: Float32Array; readonly strengthDb: number };

/** Gives the frame at the start of `samples` with its gains, under its window a second time. The array is used again for the next frame. */
function createShaper(sampleRateHz: number): (samples: Float32Array, frame: Frame) => Float32Array {
  const longest = Math.ceil(sampleRateHz / slotsPerSecond);
  const fft = createRealFft(2 ** Math.ceil(Math.log2(2 * longest)));
  const bins = binsOfBands(sampleRateHz, fft.size);
  const block = new Float32Array(fft.size);
  const re = new Float32Array(fft.size / 2 + 1);
  const im = new Float32Array(fft.size / 2 + 1);
  /** Rising halves by their length; hops differ by a sample where a slot is no whole number of them. */
  const rises = new Map<number, Float32Array>();
  const riseOf = (length: number): Float32Array => {
    const known = rises.get(length) ?? Float32Array.from({ length }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / (2 * length)));
    rises.set(length, known);
    return known;
  };

  return (samples, { before, after, gainsDb, strengthDb }) => {
    const rise = riseOf(before);
    const fall = riseOf(after);
    block.fill(0, before + after);
    for (let i = 0; i < before; i++) block[i] = samples[i]! * rise[i]!;
    for (let i = 0; i < after; i++) block[before + i] = samples[before + i]! * fall[after - 1 - i]!;
    fft.forward(block, re, im);
    const nepers = (strengthDb * Math.LN10) / 20;
    for (let i = 0; i < bins.count; i++) {
      const bin = bins.first + i;
      const gain = Math.exp(nepers * (gainsDb[bins.lower[i]!]! * bins.lowerShare[i]! + gainsDb[bins.upper[i]!]! * bins.upperShare[i]!));
      re[bin]! *= gain;
      im[bin]! *= gain;
    }
    fft.inverse(re, im, block);
    for (let i = 0; i < before; i++) block[i]! *= rise[i]!;
    for (let i = 0; i < after; i++) block[before + i]! *= fall[after - 1 - i]!;
    return block;
  };
}

type Bins = { readonly first: number; readonly count: number; readonly lower: Uint8Array; readonly upper: Uint8Array; readonly lowerShare: Float32Array; readonly upperShare: Float32Array };

/** A bin reaches into one band or two, and beyond the outermost into none; bands that the rate cannot hold have no bin. */
function binsOfBands(sampleRateHz: number, size: number): Bins {
  const widthHz = sampleRateHz / size;
  const first = Math.floor(bandEdgesHz[0]! / widthHz);
  const last = Math.min(size / 2 - 1, Math.ceil(bandEdgesHz.at(-1)! / widthHz));
  const count = last - first + 1;
  const bins = { first, count, lower: new Uint8Array(count), upper: new Uint8Array(count), lowerShare: new Float32Array(count), upperShare: new Float32Array(count) };
  for (let i = 0; i < count; i++) {
    const low = (first + i - 0.5) * widthHz;
    const shares = Array.from({ length: bandCount }, (_, band) => Math.max(0, Math.min(low + widthHz, bandEdgesHz[band + 1]!) - Math.max(low, bandEdgesHz[band]!)) / widthHz);
    const [lower = 0, upper = lower] = shares.flatMap((share, band) => (share > 0 ? [band] : []));
    bins.lower[i] = lower;
    bins.upper[i] = upper;
    bins.lowerShare[i] = shares[lower]!;
    bins.upperShare[i] = upper === lower ? 0 : shares[upper]!;
  }
  return bins;
}
