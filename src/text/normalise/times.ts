/** Times of the day. */
import { cardinal, belowHundred, twoDigits } from './number-words.ts';
import type { Place, Region, Rule } from './rule.ts';

export type ClockTime = {
  readonly hours: number;
  readonly minutes: number;
  readonly seconds?: number;
  /** "a" or "p", where it was written. */
  readonly half?: string;
};

/** "three oh five P.M", "fifteen hundred", "three o'clock", "twelve thirty and forty-five seconds". */
export function spokenClock({ hours, minutes, seconds, half }: ClockTime, { numbers }: Region): string {
  const tail = `${seconds === undefined ? '' : ` and ${cardinal(String(seconds), numbers)} ${seconds === 1 ? 'second' : 'seconds'}`}${half === undefined ? '' : ` ${half.toUpperCase()}.M`}`;
  const hour = belowHundred(hours);
  if (minutes > 0) return `${hour} ${twoDigits(minutes)}${tail}`;
  if (half !== undefined || (seconds !== undefined && seconds > 0 && hours <= 12)) return `${hour}${tail}`;
  return hours >= 1 && hours <= 12 ? `${hour} o'clock${tail}` : `${hour} hundred${tail}`;
}

const halfDay = String.raw`([apAP])\.?\s?[mM](?:\.|(?![\p{L}\d]))`;
const clock = String.raw`([01]?\d|2[0-4])(?:[:.]([0-5]\d)(?::([0-5]\d))?)?`;
const dash = String.raw`\s?[-–—]\s?`;

function timeOf(hours: string, minutes: string | undefined, seconds: string | undefined, half?: string): ClockTime {
  return {
    hours: Number(hours), minutes: Number(minutes ?? 0),
    ...(seconds !== undefined && { seconds: Number(seconds) }), ...(half !== undefined && { half }),
  };
}

function readHalfDay([, hours, minutes, seconds, half]: RegExpExecArray, { region }: Place): string | undefined {
  return Number(hours) > 23 ? undefined : spokenClock(timeOf(hours!, minutes, seconds, half), region);
}

function readHalfDayRange([, fromHours, fromMinutes, fromSeconds, fromHalf, toHours, toMinutes, toSeconds, toHalf]: RegExpExecArray, { region }: Place): string {
  const from = fromMinutes === undefined && fromHalf === undefined ? belowHundred(Number(fromHours)) : spokenClock(timeOf(fromHours!, fromMinutes, fromSeconds, fromHalf), region);
  return `${from} to ${spokenClock(timeOf(toHours!, toMinutes, toSeconds, toHalf), region)}`;
}

function readClock([, hours, minutes, seconds]: RegExpExecArray, { region }: Place): string {
  return spokenClock(timeOf(hours!, minutes, seconds), region);
}

const strictClock = String.raw`([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?`;

export const timeRules: readonly Rule[] = [
  { name: 'from a.m. to p.m.', class: 'time', at: 'digit', pattern: new RegExp(String.raw`${clock}(?:\s?${halfDay})?${dash}${clock}\s?${halfDay}`, 'uy'), read: readHalfDayRange },
  { name: 'a.m. or p.m.', class: 'time', at: 'digit', pattern: new RegExp(String.raw`${clock}\s?${halfDay}`, 'uy'), read: readHalfDay },
  { name: 'from clock to clock', class: 'time', at: 'digit', pattern: new RegExp(String.raw`${strictClock}${dash}${strictClock}(?![\d:]|[.,]\d)`, 'uy'), read: ([, ...parts], { region }) => `${spokenClock(timeOf(parts[0]!, parts[1], parts[2]), region)} to ${spokenClock(timeOf(parts[3]!, parts[4], parts[5]), region)}` },
  { name: 'clock', class: 'time', at: 'digit', pattern: new RegExp(String.raw`${strictClock}(?:\sh(?:rs?)?\b)?(?![\d:]|[.,]\d|\p{L})`, 'uy'), read: readClock },
];
