/** Shows a pull to a person: one line that renews itself on a terminal, a line every few seconds in a log. */
import type { PullPhase, PullProgress } from './progress.ts';

/** The part of a stream like `process.stderr` that is written to. */
export type ProgressOutput = {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal. */
  readonly columns?: number | undefined;
};

export type ProgressBar = {
  /** Give it to `pull` as onProgress. */
  update(progress: PullProgress): void;
  /** Ends the line, so that what follows starts on its own. Idempotent. */
  close(): void;
};

const verbs: Record<PullPhase, string> = {
  waiting: 'waiting for',
  checking: 'checking',
  downloading: 'fetching from',
  extracting: 'unpacking on',
  ready: 'ready on',
};
const barColumns = 20;

/** Lines without a terminal come at every change of phase and else every `lineEveryMs`. */
export function createProgressBar(options: { output: ProgressOutput; lineEveryMs?: number; nowMs?: () => number }): ProgressBar {
  const { output, lineEveryMs = 5000, nowMs = () => performance.now() } = options;
  const terminal = output.isTTY === true;
  let lastKey = '';
  let lastLineAtMs = -Infinity;
  let open = false;

  function update(progress: PullProgress): void {
    if (terminal) {
      const line = fit(terminalLine(progress), (output.columns ?? 80) - 1);
      // Carriage return and "erase to the end of the line" (ECMA-48 EL).
      output.write(`\r${line}\u001b[K`);
      open = true;
      if (progress.phase === 'ready') close();
      return;
    }
    const key = `${progress.artefactId} ${progress.phase} ${progress.source}`;
    const atMs = nowMs();
    if (key === lastKey && atMs - lastLineAtMs < lineEveryMs) return;
    lastKey = key;
    lastLineAtMs = atMs;
    output.write(`${plainLine(progress)}\n`);
  }

  function close(): void {
    if (open) output.write('\n');
    open = false;
  }

  return { update, close };
}

function terminalLine(progress: PullProgress): string {
  const share = shareOf(progress);
  const filled = Math.round(share * barColumns);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(barColumns - filled)}`;
  return `${progress.artefactId} ${bar} ${percent(share)} ${amounts(progress)} · ${verbs[progress.phase]} ${progress.source}`;
}

function plainLine(progress: PullProgress): string {
  return `${progress.artefactId}: ${percent(shareOf(progress))} ${amounts(progress)}, ${verbs[progress.phase]} ${progress.source}`;
}

function amounts(progress: PullProgress): string {
  const done = `${megabytes(progress.receivedBytes)}/${megabytes(progress.totalBytes)} MB`;
  if (progress.bytesPerSecond <= 0 || progress.phase === 'ready') return done;
  const left = progress.etaSeconds === undefined ? '' : `, ${duration(progress.etaSeconds)} left`;
  return `${done}, ${megabytes(progress.bytesPerSecond)} MB/s${left}`;
}

function shareOf(progress: PullProgress): number {
  return progress.totalBytes === 0 ? 1 : Math.min(1, Math.max(0, progress.receivedBytes / progress.totalBytes));
}

/** Rounded down: 100 % means all of it. */
function percent(share: number): string {
  return `${String(Math.floor(share * 100)).padStart(3)} %`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function fit(line: string, columns: number): string {
  const characters = Array.from(line);
  return characters.length <= columns ? line : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}
