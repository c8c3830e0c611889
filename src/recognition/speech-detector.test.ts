import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vadFrameSamples } from '../engines/kinds.ts';
import { createSpeechDetector } from './speech-detector.ts';
import type { SpeechDetectorOptions, SpeechEvent } from './speech-detector.ts';

/** 32 ms a frame: ten frames are 320 ms. */
function detect(frames: readonly number[], options: SpeechDetectorOptions = {}): readonly (readonly [string, number])[] {
  const detector = createSpeechDetector({ minSpeechMs: 96, minSilenceMs: 320, ...options });
  const events = [...detector.push(frames), ...detector.finish(frames.length * vadFrameSamples)];
  return events.map(({ type, atSample }) => [type, atSample / vadFrameSamples] as const);
}

const times = (count: number, probability: number) => Array.from({ length: count }, () => probability);

describe('the speech detector', () => {
  it('tells where speech begins and where it ends', () => {
    expect(detect([...times(10, 0.1), ...times(20, 0.9), ...times(30, 0.1)])).toEqual([['speech_started', 10], ['speech_ended', 30]]);
  });

  it('does not end speech in a pause shorter than the shortest silence', () => {
    expect(detect([...times(10, 0.9), ...times(9, 0), ...times(10, 0.9), ...times(10, 0)])).toEqual([['speech_started', 0], ['speech_ended', 29]]);
    expect(detect([...times(10, 0.9), ...times(10, 0), ...times(10, 0.9), ...times(10, 0)])).toHaveLength(4);
  });

  it('takes what is shorter than the shortest speech for a click', () => {
    expect(detect([...times(5, 0), 1, 1, ...times(20, 0)])).toEqual([]);
    expect(detect([...times(5, 0), 1, 1, 1, ...times(20, 0)])).toEqual([['speech_started', 5], ['speech_ended', 8]]);
  });

  it('goes on between the two thresholds, but does not begin there', () => {
    expect(detect([...times(10, 0.4), ...times(5, 0.6), ...times(30, 0.4), ...times(10, 0.3)])).toEqual([['speech_started', 10], ['speech_ended', 45]]);
    expect(detect([...times(10, 0.6), ...times(5, 0.1), ...times(20, 0.4)])).toEqual([['speech_started', 0], ['speech_ended', 10]]);
  });

  it('pads both sides, into neither the beginning nor the speech before', () => {
    expect(detect([...times(20, 0), ...times(10, 1), ...times(20, 0)], { paddingMs: 64 })).toEqual([['speech_started', 18], ['speech_ended', 32]]);
    expect(detect([0, ...times(10, 1), ...times(10, 0), ...times(5, 1)], { paddingMs: 192 })).toEqual([['speech_started', 0], ['speech_ended', 17], ['speech_started', 17], ['speech_ended', 26]]);
  });

  it('tells the beginning as soon as it is sure, and the end once the silence has lasted', () => {
    const detector = createSpeechDetector({ minSpeechMs: 96, minSilenceMs: 320 });
    const after: number[] = [];
    [...times(5, 0.9), ...times(12, 0)].forEach((probability, i) => { if (detector.push([probability]).length > 0) after.push(i + 1); });
    expect(after).toEqual([3, 15]);
  });

  it('says the same however the frames are cut', () => {
    fc.assert(fc.property(
      fc.array(fc.oneof(fc.constantFrom(0, 0.4, 0.9), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 200 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 }),
      fc.record({ minSpeechMs: fc.integer({ min: 0, max: 300 }), minSilenceMs: fc.integer({ min: 0, max: 600 }), paddingMs: fc.integer({ min: 0, max: 300 }) }),
      (frames, sizes, options) => {
        const whole = createSpeechDetector(options);
        const expected = [...whole.push(frames), ...whole.finish(frames.length * vadFrameSamples)];
        const cut = createSpeechDetector(options);
        const events: SpeechEvent[] = [];
        for (let at = 0, turn = 0; at < frames.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          events.push(...cut.push(frames.slice(at, at + size)));
          at += size;
        }
        events.push(...cut.finish(frames.length * vadFrameSamples));
        expect(events).toEqual(expected);
        // Starts and ends take turns and never go back.
        events.forEach(({ type, atSample }, i) => {
          expect(type).toBe(i % 2 === 0 ? 'speech_started' : 'speech_ended');
          expect(atSample).toBeGreaterThanOrEqual(events[i - 1]?.atSample ?? 0);
          expect(atSample).toBeLessThanOrEqual(frames.length * vadFrameSamples);
        });
        expect(events.length % 2).toBe(0);
      },
    ));
  });
});
