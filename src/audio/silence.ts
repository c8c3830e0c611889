/** Silence, fades, and the trimming of a stream's silent edges, for joining sentences without gaps or clicks. */

/** How long the cut tail takes to fade out. */
const tailFadeMs = 5;

export type EdgeTrimmer = {
  /** What may be sent now; may be empty. The input is not kept. */
  push(samples: Float32Array): Float32Array;
  /** The silence held back, cut to `keepTrailingMs` and faded out at its end. Call it once. */
  finish(): Float32Array;
  /** Samples of the input that were dropped before the first that was given out; final once something was. */
  droppedLeading(): number;
};

export type EdgeTrimmerOptions = {
  readonly sampleRateHz: number;
  /** dBFS of a sample's magnitude, e.g. −50. What is louder is sound and is never dropped. */
  readonly thresholdDb: number;
  /** Silence left before the first sound. */
  readonly keepLeadingMs: number;
  /** Silence left after the last sound. */
  readonly keepTrailingMs: number;
};

/**
 * Trims the silence at both ends of one stream, whatever the chunks' sizes. Silence between sounds passes whole, but
 * only once the next sound has come, because until then it may be the end. A stream of nothing but silence gives
 * what `keepTrailingMs` allows of it.
 */
export function createEdgeTrimmer(options: EdgeTrimmerOptions): EdgeTrimmer {
  const threshold = 10 ** (options.thresholdDb / 20);
  const keepLeading = samplesOf(options.keepLeadingMs, options.sampleRateHz);
  const keepTrailing = samplesOf(options.keepTrailingMs, options.sampleRateHz);
  const held = createHeldSilence();
  let soundSeen = false;
  let silentLead = 0;
  let dropped = 0;

  return {
    droppedLeading: () => dropped,
    push(samples) {
      const first = soundSeen ? 0 : samples.findIndex((sample) => Math.abs(sample) > threshold);
      const last = samples.findLastIndex((sample) => Math.abs(sample) > threshold);
      if (last < 0) {
        held.add(samples);
        if (soundSeen) return new Float32Array(0);
        // Before the first sound only the newest part can still be needed.
        held.keepLast(Math.max(keepLeading, keepTrailing));
        silentLead += samples.length;
        return new Float32Array(0);
      }
      held.add(samples.subarray(0, first));
      if (!soundSeen) {
        held.keepLast(keepLeading);
        dropped = silentLead + first - held.length();
      }
      soundSeen = true;
      const out = joinSamples([held.take(), samples.subarray(first, last + 1)]);
      held.add(samples.subarray(last + 1));
      return out;
    },
    finish() {
      const tail = held.take();
      const kept = soundSeen ? tail.slice(0, keepTrailing) : tail.slice(Math.max(0, tail.length - keepTrailing));
      if (!soundSeen) dropped = silentLead - kept.length;
      return applyFadeOut(kept, samplesOf(tailFadeMs, options.sampleRateHz));
    },
  };
}

/** So many milliseconds of nothing. */
export function silence(durationMs: number, sampleRateHz: number): Float32Array {
  return new Float32Array(samplesOf(durationMs, sampleRateHz));
}

/** Raises the first `fadeSamples` from nothing, in place, along a quarter of a raised cosine. Returns the same array. */
export function applyFadeIn(samples: Float32Array, fadeSamples: number): Float32Array {
  const length = Math.min(fadeSamples, samples.length);
  for (let i = 0; i < length; i++) samples[i]! *= fadeGain(i, length);
  return samples;
}

/** Lowers the last `fadeSamples` to nothing, in place. Returns the same array. */
export function applyFadeOut(samples: Float32Array, fadeSamples: number): Float32Array {
  const length = Math.min(fadeSamples, samples.length);
  for (let i = 0; i < length; i++) samples[samples.length - 1 - i]! *= fadeGain(i, length);
  return samples;
}

export function joinSamples(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function fadeGain(index: number, length: number): number {
  return 0.5 - 0.5 * Math.cos((Math.PI * index) / length);
}

function samplesOf(durationMs: number, sampleRateHz: number): number {
  return Math.max(0, Math.round((durationMs * sampleRateHz) / 1000));
}

function createHeldSilence(): { add(samples: Float32Array): void; keepLast(count: number): void; take(): Float32Array; length(): number } {
  let parts: Float32Array[] = [];
  let length = 0;
  return {
    add(samples) {
      if (samples.length === 0) return;
      parts.push(samples.slice());
      length += samples.length;
    },
    keepLast(count) {
      while (parts.length > 0 && length - parts[0]!.length >= count) length -= parts.shift()!.length;
      const excess = length - count;
      if (parts.length === 0 || excess <= 0) return;
      parts[0] = parts[0]!.slice(excess);
      length = count;
    },
    length: () => length,
    take() {
      const all = joinSamples(parts);
      parts = [];
      length = 0;
      return all;
    },
  };
}
