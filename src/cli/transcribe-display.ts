/** How far a transcription is, on one line of a terminal that renews itself. */
import { formatDuration } from './reading-display.ts';

export type TranscribeProgress = {
  readonly doneSeconds: number;
  /** undefined: the file does not tell. */
  readonly expectedSeconds: number | undefined;
  readonly elapsedSeconds: number;
};

export type TranscribeDisplay = {
  readonly show: (name: string, progress: TranscribeProgress) => void;
  /** Takes the line away, so that something else can be written. Idempotent. */
  readonly clear: () => void;
};

type DisplayOutput = { readonly write: (text: string) => unknown; readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };

const barColumns = 20;

/** Shows nothing where nobody watches. */
export function createTranscribeDisplay({ output, isQuiet }: { readonly output: DisplayOutput; readonly isQuiet: boolean }): TranscribeDisplay {
  let isShown = false;
  return {
    show: (name, progress) => {
      if (isQuiet || output.isTTY !== true) return;
      // Carriage return and "erase to the end of the line" (ECMA-48 EL).
      output.write(`\r${transcribeLine(name, progress).slice(0, (output.columns ?? 80) - 1)}\u001b[K`);
      isShown = true;
    },
    clear: () => {
      if (isShown) output.write('\r\u001b[K');
      isShown = false;
    },
  };
}

/** `[#####---------------] 25 %  0:30 of 2:00, 8.2×  0:11 left  talk.mp3` */
export function transcribeLine(name: string, { doneSeconds, expectedSeconds, elapsedSeconds }: TranscribeProgress): string {
  const factor = elapsedSeconds > 0 ? doneSeconds / elapsedSeconds : 0;
  const speed = factor > 0 ? `, ${factor.toFixed(1)}×` : '';
  if (expectedSeconds === undefined || expectedSeconds <= 0) return `${formatDuration(doneSeconds)} done${speed}  ${name}`;
  const share = Math.min(1, doneSeconds / expectedSeconds);
  const filled = Math.round(share * barColumns);
  return [
    `[${'#'.repeat(filled)}${'-'.repeat(barColumns - filled)}] ${Math.floor(share * 100)} %`,
    `${formatDuration(doneSeconds)} of ${formatDuration(expectedSeconds)}${speed}`,
    ...(factor > 0 ? [`${formatDuration(Math.max(0, expectedSeconds - doneSeconds) / factor)} left`] : []),
    name,
  ].join('  ');
}
