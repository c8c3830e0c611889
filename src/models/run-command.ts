/** Runs a short-lived tool to its end, watched: it is stopped with its children when the caller leaves or it stalls. */
import { spawn, type ChildProcess } from 'node:child_process';

export type CommandResult = {
  /** -1 where the command could not be started. */
  readonly exitCode: number;
  /** The last few kilobytes, for the log; may hold addresses. */
  readonly stderrTail: string;
  readonly stalled: boolean;
};

const pollMs = 250;
const stderrTailChars = 8192;

/**
 * Starts `command` with the environment of this process plus `env`; stdin is empty, stdout is dropped.
 * `stalled.measure` is asked a few times a second; when its value stays the same for `afterMs`, the tool is ended.
 * Rejects only when `signal` aborts, with its reason, after the tool is gone.
 */
export async function runCommand(options: {
  command: readonly string[];
  cwd: string;
  env: Record<string, string>;
  signal: AbortSignal;
  stalled: { afterMs: number; measure: () => Promise<number> };
}): Promise<CommandResult> {
  options.signal.throwIfAborted();
  const [file = '', ...args] = options.command;
  const windows = process.platform === 'win32';
  const child = spawn(file, args, {
    cwd: options.cwd,
    // Their words go into messages of ours: no colours, even where the terminal asks for them.
    env: { ...withoutColour(process.env), ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, because pip and npm are often wrappers around the process that downloads.
    detached: !windows,
    // npm is a .cmd on Windows, which only a shell starts; no argument here holds a space.
    shell: windows,
  });
  let stderrTail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-stderrTailChars);
  });
  const stall = watchForStall(options.stalled, () => endGroup(child));
  const onAbort = () => endGroup(child);
  options.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const exitCode = await new Promise<number>((resolve) => {
      child.once('error', () => resolve(-1));
      child.once('close', (code) => resolve(code ?? -1));
    });
    options.signal.throwIfAborted();
    return { exitCode, stderrTail, stalled: stall.happened() };
  } finally {
    stall.stop();
    options.signal.removeEventListener('abort', onAbort);
  }
}

function withoutColour(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const quiet: NodeJS.ProcessEnv = { ...environment, NO_COLOR: '1' };
  delete quiet['FORCE_COLOR'];
  return quiet;
}

function watchForStall(
  stalled: { afterMs: number; measure: () => Promise<number> },
  onStall: () => void,
): { happened(): boolean; stop(): void } {
  let lastValue = -1;
  let changedAtMs = performance.now();
  let happened = false;
  let stopped = false;
  let timer = setTimeout(tick, pollMs);

  function tick(): void {
    void stalled.measure().catch(() => lastValue).then((value) => {
      if (stopped) return;
      const nowMs = performance.now();
      if (value !== lastValue) {
        lastValue = value;
        changedAtMs = nowMs;
      } else if (nowMs - changedAtMs > stalled.afterMs && !happened) {
        happened = true;
        onStall();
      }
      timer = setTimeout(tick, pollMs);
    });
  }

  return {
    happened: () => happened,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    // A negative id means the whole group, which exists because of `detached`.
    if (process.platform === 'win32') child.kill();
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
