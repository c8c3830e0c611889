import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyFadeIn, applyFadeOut, createEdgeTrimmer, joinSamples, silence } from './silence.ts';
import { inChunks } from './test-signals.ts';

const settings = { sampleRateHz: 1000, thresholdDb: -40, keepLeadingMs: 7, keepTrailingMs: 11 };
const threshold = 0.01;

function trimmed(chunks: readonly Float32Array[], options = settings): Float32Array {
  const trimmer = createEdgeTrimmer(options);
  return joinSamples([...chunks.map((chunk) => trimmer.push(chunk)), trimmer.finish()]);
}

/** Runs of silence and of sound, as speech has them. */
const stream = fc
  .array(fc.record({ loud: fc.boolean(), length: fc.integer({ min: 1, max: 60 }) }), { maxLength: 12 })
  .map((runs) => Float32Array.from(runs.flatMap((run, r) => Array.from({ length: run.length }, (_, i) => (run.loud ? 0.5 : 0.002) * ((r + i) % 2 ? 1 : -1)))));
const sizes = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 8 });

describe('the edge trimmer', () => {
  it('gives the same samples whatever the chunks', () => {
    fc.assert(
      fc.property(stream, sizes, (samples, cut) => {
        expect(trimmed(inChunks(samples, cut))).toEqual(trimmed([samples]));
      }),
    );
  });

  it('never drops or changes what is louder than the threshold, nor the silence between', () => {
    fc.assert(
      fc.property(stream, sizes, (samples, cut) => {
        const isLoud = (sample: number): boolean => Math.abs(sample) > threshold;
        const core = samples.slice(Math.max(0, samples.findIndex(isLoud)), samples.findLastIndex(isLoud) + 1);
        const out = trimmed(inChunks(samples, cut));
        const outCore = out.slice(Math.max(0, out.findIndex(isLoud)), out.findLastIndex(isLoud) + 1);
        expect(outCore).toEqual(core);
      }),
    );
  });

  it('leaves no more silence at the edges than it was told, and all of it where there was less', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), sizes, (leading, trailing, cut) => {
        const samples = joinSamples([silence(leading, 1000), new Float32Array(20).fill(0.5), silence(trailing, 1000)]);
        expect(trimmed(inChunks(samples, cut)).length).toBe(Math.min(leading, 7) + 20 + Math.min(trailing, 11));
      }),
    );
  });

  it('gives sound as it comes and holds only silence back', () => {
    const trimmer = createEdgeTrimmer(settings);
    expect(trimmer.push(new Float32Array(50)).length).toBe(0);
    expect(trimmer.push(new Float32Array(10).fill(0.5)).length).toBe(17);
    expect(trimmer.push(new Float32Array(30)).length).toBe(0);
    expect(trimmer.push(new Float32Array(5).fill(0.5)).length).toBe(35);
    expect(trimmer.finish().length).toBe(0);
  });

  it('ends its tail at zero', () => {
    const tail = joinSamples([new Float32Array(10).fill(0.5), new Float32Array(100).fill(0.009)]);
    const out = trimmed([tail]);
    expect(out.length).toBe(21);
    expect(out.at(-1)).toBe(0);
    expect(out[10]).toBeCloseTo(0.009);
  });

  it('does not keep the array it was given', () => {
    const trimmer = createEdgeTrimmer(settings);
    const reused = new Float32Array(5).fill(0.5);
    reused[4] = 0.001;
    trimmer.push(reused);
    reused.fill(0.9);
    expect(Math.max(...trimmer.finish())).toBeLessThan(threshold);
  });

  it('makes at most the kept tail of a stream that is only silence', () => {
    expect(trimmed([new Float32Array(500), new Float32Array(3)]).length).toBe(11);
  });
});

describe('fades', () => {
  it('start from nothing, end at nothing and leave the rest alone', () => {
    const up = applyFadeIn(new Float32Array(10).fill(1), 4);
    const down = applyFadeOut(new Float32Array(10).fill(1), 4);
    expect(up[0]).toBe(0);
    expect([...up].toSorted((a, b) => a - b)).toEqual([...up]);
    expect(up.slice(4)).toEqual(new Float32Array(6).fill(1));
    expect([...down]).toEqual([...up].toReversed());
  });
});

describe('what an edge trimmer dropped in front', () => {
  it('is known with the first sound, so that times still fit', () => {
    const trimmer = createEdgeTrimmer({ sampleRateHz: 1_000, thresholdDb: -40, keepLeadingMs: 10, keepTrailingMs: 10 });
    expect(trimmer.push(new Float32Array(100))).toHaveLength(0);
    const out = trimmer.push(Float32Array.from({ length: 50 }, (_, i) => (i < 25 ? 0 : 0.5)));
    expect(out).toHaveLength(10 + 25);
    expect(trimmer.droppedLeading()).toBe(115);
  });

  it('is nothing where the sound begins at once', () => {
    const trimmer = createEdgeTrimmer({ sampleRateHz: 1_000, thresholdDb: -40, keepLeadingMs: 10, keepTrailingMs: 10 });
    trimmer.push(Float32Array.of(0.5, 0.5));
    expect(trimmer.droppedLeading()).toBe(0);
  });
});
