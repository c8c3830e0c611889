/** Pace, pitch and loudness as SSML writes them, turned into what a manner of speaking holds. */
import type { Manner } from '../passage.ts';

/** A value that cannot be used: what to say about it, without the place. */
export type Refusal = { readonly problem: string };

const rates: Readonly<Record<string, number>> = { 'x-slow': 0.5, slow: 0.75, medium: 1, default: 1, fast: 1.25, 'x-fast': 1.75 };
const pitches: Readonly<Record<string, number>> = { 'x-low': -6, low: -3, medium: 0, default: 0, high: 3, 'x-high': 6 };
const volumes: Readonly<Record<string, number>> = { silent: -Infinity, 'x-soft': -12, soft: -6, medium: 0, default: 0, loud: 3, 'x-loud': 6 };
const number = String.raw`(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})`;
const ratePattern = new RegExp(`^([+-]?)(${number})(%?)$`, 'u');
const pitchPattern = new RegExp(`^([+-]${number})(st|%)$`, 'u');
const volumePattern = new RegExp(`^([+-]${number})dB$`, 'iu');

const minRate = 0.25;
const maxRate = 4;
const maxSemitones = 12;
const minVolumeDb = -60;
const maxVolumeDb = 20;

/** Rates multiply, pitch and volume add to those around. Refuses what goes past 0.25…4, ±12 semitones, −60…+20 dB. */
export function withProsody(around: Manner, { rate, pitch, volume }: { rate?: string; pitch?: string; volume?: string }): Manner | Refusal {
  const factor = rate === undefined ? 1 : parseRate(rate.trim());
  if (typeof factor !== 'number') return factor;
  const semitones = pitch === undefined ? 0 : parsePitch(pitch.trim());
  if (typeof semitones !== 'number') return semitones;
  const decibels = volume === undefined ? 0 : parseVolume(volume.trim());
  if (typeof decibels !== 'number') return decibels;
  const manner = { ...around, rate: around.rate * factor, pitchSemitones: around.pitchSemitones + semitones, volumeDb: around.volumeDb + decibels };
  if (manner.rate < minRate || manner.rate > maxRate) return { problem: `the rate of <prosody> with those around it is outside of ${minRate}…${maxRate} times the normal` };
  if (Math.abs(manner.pitchSemitones) > maxSemitones) return { problem: `the pitch of <prosody> with those around it is outside of −${maxSemitones}…+${maxSemitones} semitones` };
  if (manner.volumeDb !== -Infinity && (manner.volumeDb < minVolumeDb || manner.volumeDb > maxVolumeDb)) return { problem: `the volume of <prosody> with those around it is outside of ${minVolumeDb}…+${maxVolumeDb} dB` };
  return manner;
}

/** `150%` and `1.5` are times the normal, as SSML has them; `+50%` is a change, as Azure and others write it. */
function parseRate(value: string): number | Refusal {
  if (Object.hasOwn(rates, value)) return rates[value]!;
  const [, sign, amount, percent] = ratePattern.exec(value) ?? [];
  if (amount === undefined || (sign !== '' && percent === '')) return { problem: 'the rate of <prosody> must be x-slow, slow, medium, fast, x-fast, default, a percentage as 150% or +50%, or a factor as 1.5' };
  const share = Number(amount) / (percent === '' ? 1 : 100);
  return sign === '' ? share : sign === '+' ? 1 + share : 1 - share;
}

function parsePitch(value: string): number | Refusal {
  if (Object.hasOwn(pitches, value)) return pitches[value]!;
  if (/hz$/iu.test(value)) return { problem: 'the pitch of <prosody> cannot be given in Hz, which depends on the voice; write a change as +2st or -10%' };
  const [, amount, unit] = pitchPattern.exec(value) ?? [];
  if (amount === undefined) return { problem: 'the pitch of <prosody> must be x-low, low, medium, high, x-high, default, or a change with its sign as +2st or -10%' };
  return unit === 'st' ? Number(amount) : 12 * Math.log2(Math.max(0, 1 + Number(amount) / 100));
}

function parseVolume(value: string): number | Refusal {
  if (Object.hasOwn(volumes, value)) return volumes[value]!;
  const amount = volumePattern.exec(value)?.[1];
  if (amount === undefined) return { problem: 'the volume of <prosody> must be silent, x-soft, soft, medium, loud, x-loud, default, or a change with its sign as +6dB; numbers from 0 to 100 are not part of SSML 1.1' };
  return Number(amount);
}

const emphases: Readonly<Record<string, { rate: number; volumeDb: number }>> = {
  strong: { rate: 0.9, volumeDb: 3 },
  moderate: { rate: 0.95, volumeDb: 1.5 },
  none: { rate: 1, volumeDb: 0 },
  reduced: { rate: 1.05, volumeDb: -2 },
};

/** A little slower and louder, or the other way round. */
export function withEmphasis(around: Manner, level = 'moderate'): Manner | Refusal {
  if (!Object.hasOwn(emphases, level)) return { problem: 'the level of <emphasis> must be strong, moderate, none or reduced' };
  const { rate, volumeDb } = emphases[level]!;
  return { ...around, rate: around.rate * rate, volumeDb: around.volumeDb + volumeDb };
}

const strengthsMs: Readonly<Record<string, number>> = { none: 0, 'x-weak': 100, weak: 250, medium: 500, strong: 800, 'x-strong': 1200 };
const timePattern = new RegExp(`^\\+?(${number})(ms|s)$`, 'u');

/** The length of a break in ms; `time` decides over `strength`. */
export function breakMs({ time, strength = 'medium' }: { time?: string; strength?: string }, maxMs: number): number | Refusal {
  if (!Object.hasOwn(strengthsMs, strength)) return { problem: 'the strength of <break> must be none, x-weak, weak, medium, strong or x-strong' };
  if (time === undefined) return strengthsMs[strength]!;
  const [, amount, unit] = timePattern.exec(time.trim()) ?? [];
  if (amount === undefined) return { problem: 'the time of <break> must be seconds or milliseconds, as 1.5s or 300ms' };
  const ms = Number(amount) * (unit === 's' ? 1000 : 1);
  return ms > maxMs ? { problem: `a <break> may last ${maxMs / 1000} s at most` } : ms;
}
