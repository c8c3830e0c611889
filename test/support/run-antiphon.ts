/** The `antiphon` command as a user runs it, launcher included. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type CommandEnd = { readonly code: number | null; readonly stdout: Buffer; readonly stderr: string };

export type RunningCommand = {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandEnd>;
  /** What it has written so far, both streams together. */
  readonly output: () => string;
};

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Given to its standard input; without it there is none. */
  readonly input?: string;
  readonly cwd?: string;
};

const root = fileURLToPath(new URL('../../', import.meta.url));

/** In a process group of its own, as a terminal gives every command one. */
export function startAntiphon(args: readonly string[], { env = {}, input, cwd = root }: RunOptions = {}): RunningCommand {
  const child = spawn(process.execPath, [`${root}bin/antiphon.mjs`, ...args], { cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => stdout.push(part));
  child.stderr.on('data', (part: Buffer) => stderr.push(part));
  // A command that refuses its arguments does not read.
  child.stdin.on('error', () => undefined).end(input ?? '');
  const ended = once(child, 'close').then((): CommandEnd => ({ code: child.exitCode, stdout: Buffer.concat(stdout), stderr: String(Buffer.concat(stderr)) }));
  return { child, ended, output: () => String(Buffer.concat([...stdout, ...stderr])) };
}

export async function runAntiphon(args: readonly string[], options?: RunOptions): Promise<CommandEnd> {
  return startAntiphon(args, options).ended;
}
