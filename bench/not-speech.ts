/** Sounds in which nobody says anything, from a seed: silence, noise, music. Mono, 16 kHz, s16le in a WAV. */
import { wavHeader } from '../src/audio/wav.ts';

export const notSpeechRateHz = 16_000;

export type NotSpeech = 'silence' | 'noise' | 'music';

export function notSpeech(kind: NotSpeech, seconds: number): Buffer {
  const next = { silence: () => 0, noise: noise(), music: music() }[kind];
  const samples = Buffer.alloc(seconds * notSpeechRateHz * 2);
  for (let i = 0; i < seconds * notSpeechRateHz; i++) samples.writeInt16LE(Math.round(32_767 * Math.max(-1, Math.min(1, next(i)))), i * 2);
  return Buffer.concat([wavHeader({ sampleRateHz: notSpeechRateHz, dataBytes: samples.length }), samples]);
}

function random(seed: number): () => number {
  let state = seed;
  // A linear congruential generator: the same noise in every run.
  return () => ((state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 31) - 1;
}

/** White, brown, and a hum, each swelling and fading. */
function noise(): (i: number) => number {
  const white = random(1);
  let brown = 0;
  return (i) => {
    const value = white();
    brown = 0.995 * brown + 0.02 * value;
    const phase = i / notSpeechRateHz / 20;
    return 0.1 * value * (0.5 + 0.5 * Math.sin(phase)) + 0.5 * brown + 0.02 * Math.sin((2 * Math.PI * 50 * i) / notSpeechRateHz);
  };
}

/** Four chords, a melody with overtones and vibrato, and a beat, 100 to the minute. */
function music(): (i: number) => number {
  const chords = [[220, 261.6, 329.6], [174.6, 220, 261.6], [196, 246.9, 293.7], [164.8, 207.7, 246.9]];
  const scale = [440, 493.9, 523.3, 587.3, 659.3, 698.5, 784];
  const drum = random(2);
  const pick = random(3);
  let tune = 440;
  return (i) => {
    const t = i / notSpeechRateHz;
    const beat = t / 0.6;
    const inBeat = beat % 1;
    if (i % Math.round(0.6 * notSpeechRateHz) === 0) tune = scale[Math.floor((pick() * 0.5 + 0.5) * scale.length)]!;
    const chord = chords[Math.floor(beat / 4) % 4]!.reduce((sum, hz) => sum + Math.sin(2 * Math.PI * hz * t), 0);
    const phase = 2 * Math.PI * tune * t + 0.6 * Math.sin(2 * Math.PI * 5.5 * t);
    const melody = (Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.25 * Math.sin(3 * phase)) * Math.exp(-2 * inBeat);
    return 0.06 * chord + 0.15 * melody + 0.2 * drum() * Math.exp(-30 * inBeat);
  };
}
