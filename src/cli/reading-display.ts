/** The progress of a long reading for a person: one line that renews itself on a terminal, a line a chapter elsewhere. */
import type { LongFormProgress } from '../speech/long-form/long-form-progress.ts';

export type ReadingDisplay = {
  readonly show: (progress: LongFormProgress) => void;
  /** Ends the line. Idempotent. */
  readonly close: () => void;
};

export type ReadingDisplayOptions = {
  readonly output: { readonly write: (text: string) => unknown; readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };
  readonly isQuiet: boolean;
};

const barColumns = 20;

export function createReadingDisplay({ output, isQuiet }: ReadingDisplayOptions): ReadingDisplay {
  let isOpen = false;
  const finished = new Set<number>();

  function showLine(progress: LongFormProgress): void {
    // Carriage return and "erase to the end of the line" (ECMA-48 EL).
    output.write(`\r${readingLine(progress).slice(0, (output.columns ?? 80) - 1)}\u001b[K`);
    isOpen = true;
  }

  function showChapters({ chapters }: LongFormProgress): void {
    for (const [index, { title, state, audioSeconds }] of chapters.entries()) {
      if (state !== 'done' || finished.has(index)) continue;
      finished.add(index);
      output.write(`${index + 1} of ${chapters.length}: ${title} (${formatDuration(audioSeconds)})\n`);
    }
  }

  return {
    show: (progress) => {
      if (isQuiet) return;
      if (output.isTTY === true) showLine(progress);
      else showChapters(progress);
    },
    close: () => {
      if (isOpen) output.write('\r\u001b[K');
      isOpen = false;
    },
  };
}

/** `[#######-------------] 34 %  chapter 3 of 12  1:12:03 of speech, 18.2×  2:10 left` */
export function readingLine({ charactersDone, charactersTotal, chapters, audioSeconds, realTimeFactor, secondsLeft }: LongFormProgress): string {
  const share = charactersTotal === 0 ? 1 : charactersDone / charactersTotal;
  const filled = Math.round(share * barColumns);
  const at = chapters.findIndex(({ state }) => state === 'speaking');
  const isEncoding = share === 1 && chapters.some(({ state }) => state === 'encoding');
  return [
    `[${'#'.repeat(filled)}${'-'.repeat(barColumns - filled)}] ${Math.floor(share * 100)} %`,
    ...(chapters.length > 1 && at >= 0 ? [`chapter ${at + 1} of ${chapters.length}`] : []),
    `${formatDuration(audioSeconds)} of speech${realTimeFactor === null ? '' : `, ${realTimeFactor.toFixed(1)}×`}`,
    ...(isEncoding ? ['writing files'] : secondsLeft === null ? [] : [`${formatDuration(secondsLeft)} left`]),
  ].join('  ');
}

/** `0:07`, `12:03`, `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}` : `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}
