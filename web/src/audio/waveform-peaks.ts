/** The loudest sample of every 10 ms, kept as the audio arrives, and read at whatever width the canvas has. */

export type WaveformPeaks = {
  readonly add: (samples: Int16Array) => void;
  /** The peak, 0…1, of each of `count` equal parts of the first `spanSeconds`; 0 where nothing has come yet. */
  readonly columns: (count: number, spanSeconds: number) => Float32Array;
};

const bucketsPerSecond = 100;

export function createWaveformPeaks(sampleRateHz: number): WaveformPeaks {
  const bucketSamples = Math.round(sampleRateHz / bucketsPerSecond);
  const buckets: number[] = [];
  let inBucket = 0;
  let loudest = 0;

  return {
    add: (samples) => {
      for (const sample of samples) {
        loudest = Math.max(loudest, Math.abs(sample));
        if (++inBucket < bucketSamples) continue;
        buckets.push(loudest / 32_768);
        inBucket = 0;
        loudest = 0;
      }
    },
    columns: (count, spanSeconds) => {
      const columns = new Float32Array(count);
      const perColumn = (spanSeconds * bucketsPerSecond) / count;
      for (let column = 0; column < count; column++) {
        const from = Math.floor(column * perColumn);
        const to = Math.max(from + 1, Math.floor((column + 1) * perColumn));
        for (let bucket = from; bucket < to && bucket < buckets.length; bucket++) {
          columns[column] = Math.max(columns[column]!, buckets[bucket]!);
        }
      }
      return columns;
    },
  };
}
