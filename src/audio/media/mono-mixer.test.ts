import { expect, test } from 'vitest';
import { joinSamples } from '../silence.ts';
import { rms, sine } from '../test-signals.ts';
import { createMonoMixer } from './mono-mixer.ts';

const sampleRateHz = 16_000;
const voice = sine({ hz: 300, sampleRateHz, durationMs: 4000, peak: 0.4 });
const other = sine({ hz: 457, sampleRateHz, durationMs: 4000, peak: 0.4 });
const nothing = new Float32Array(voice.length);

function mix(channels: readonly Float32Array[], weights = channels.map(() => 1)): Float32Array {
  return createMonoMixer({ weights, sampleRateHz }).mix(channels.map((channel) => Float32Array.from(channel)));
}

function levelDb(samples: Float32Array): number {
  return 20 * Math.log10(rms(samples) / rms(voice));
}

test('one channel, and two that are alike, pass unchanged', () => {
  const close = (samples: Float32Array): number => Math.max(...samples.map((sample, i) => Math.abs(sample - voice[i]!)));
  expect(close(mix([voice]))).toBeLessThan(1e-6);
  expect(close(mix([voice, voice]))).toBeLessThan(1e-6);
});

test('a dead channel costs nothing, from the first sample on', () => {
  expect(mix([voice, nothing]).every((sample, i) => Math.abs(sample - voice[i]!) < 1e-6)).toBe(true);
  expect(levelDb(mix([nothing, voice]))).toBeCloseTo(0, 3);
});

test('a dead channel that hums at −60 dB costs nothing either', () => {
  const hum = other.map((sample) => sample / 1000);
  expect(levelDb(mix([voice, hum]))).toBeCloseTo(0, 1);
});

test('opposite phase does not cancel, nor does it where one side is weaker', () => {
  expect(levelDb(mix([voice, voice.map((sample) => -sample)]))).toBeCloseTo(0, 1);
  expect(levelDb(mix([voice, voice.map((sample) => -0.5 * sample)]))).toBeCloseTo(0, 1);
});

test('two people, each on a side of his own, are both heard at their level', () => {
  const half = voice.length / 2;
  const left = joinSamples([voice.subarray(0, half), nothing.subarray(0, half)]);
  const right = joinSamples([nothing.subarray(0, half), voice.subarray(0, half)]);
  const mixed = mix([left, right]);
  expect(levelDb(mixed.subarray(0, half))).toBeCloseTo(0, 1);
  // He who comes second is never more than 3 dB down, and that for less than half a second.
  expect(levelDb(mixed.subarray(half, half + sampleRateHz / 2))).toBeGreaterThan(-3);
  expect(levelDb(mixed.subarray(half + sampleRateHz / 2))).toBeGreaterThan(-0.8);
});

test('two that speak at once keep their power, and full scale is not exceeded', () => {
  expect(levelDb(mix([voice, other]))).toBeCloseTo(0, 0);
  const loud = mix([voice.map((sample) => sample * 9), nothing]);
  expect(Math.max(...loud.map(Math.abs))).toBe(1);
});

test('the centre of a 5.1 mix keeps its level, low notes are left out', () => {
  const weights = [1, 1, 1, 0, 0.5, 0.5];
  expect(levelDb(mix([nothing, nothing, voice, nothing, nothing, nothing], weights))).toBeCloseTo(0, 3);
  expect(rms(mix([nothing, nothing, nothing, voice, nothing, nothing], weights))).toBe(0);
  expect(levelDb(mix([voice, voice, voice, other, voice, voice], weights))).toBeCloseTo(0, 1);
});

test('what comes in pieces is mixed as what comes whole', () => {
  const whole = mix([voice, other]);
  const mixer = createMonoMixer({ weights: [1, 1], sampleRateHz });
  const block = sampleRateHz / 50;
  const pieces: Float32Array[] = [];
  for (let at = 0; at < voice.length; at += 5 * block) pieces.push(mixer.mix([voice.slice(at, at + 5 * block), other.slice(at, at + 5 * block)]));
  expect(joinSamples(pieces)).toEqual(whole);
});

test('what is no number becomes silence, and what comes behind it is heard', () => {
  const broken = Float32Array.from(voice);
  broken[100] = NaN;
  broken[200] = Infinity;
  const mixed = mix([broken, broken]);
  expect(mixed.every(Number.isFinite)).toBe(true);
  expect(mixed[100]).toBe(0);
  expect(levelDb(mixed.subarray(voice.length / 2))).toBeCloseTo(0, 0);
});
