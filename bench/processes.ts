/** Starts the servers that are compared, waits until they speak, and weighs them. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export type RunningProcess = {
  readonly url: string;
  /** Memory of the process and all it has started. */
  readonly residentBytes: () => number;
  /** Of the process alone. */
  readonly ownBytes: () => number;
  readonly stop: () => Promise<void>;
};

export const modelsDir = process.env['ANTIPHON_MODELS_DIR'] ?? join(homedir(), '.antiphon', 'models');
export const fastVoiceFile = join(modelsDir, 'piper-en_US-joe-medium', 'en_US-joe-medium.onnx');

/** `env`: settings over the usual ones. */
export async function startAntiphon(env: Readonly<Record<string, string>> = {}): Promise<RunningProcess> {
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'antiphon-bench-'));
  const child = spawn(process.execPath, ['bin/antiphon.mjs', 'serve'], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ANTIPHON_SERVER_PORT: String(port), ANTIPHON_SERVER_HEALTH_PORT: '0', ANTIPHON_SERVER_METRICS_PORT: '0', ANTIPHON_LANES_PRIORITY_PORT: '0', ANTIPHON_LANES_FREE_PORT: '0', ANTIPHON_DATA_DIR: dataDir, ANTIPHON_CACHE_ENABLED: 'false', ANTIPHON_MODELS_DIR: modelsDir, ANTIPHON_LOG_FORMAT: 'json', ...env },
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/health/ready`, child);
  return { url, residentBytes: () => residentBytes(child.pid!), ownBytes: () => ownBytes(child.pid!), stop: async () => { await stop(child, 'SIGTERM'); rmSync(dataDir, { recursive: true, force: true }); } };
}

/** The peer: `python -m piper.http_server` with the same voice file. */
export async function startPiperServer(python: string): Promise<RunningProcess> {
  const port = await freePort();
  const child = spawn(python, ['-m', 'piper.http_server', '-m', fastVoiceFile, '--host', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/voices`, child);
  return { url, residentBytes: () => residentBytes(child.pid!), ownBytes: () => ownBytes(child.pid!), stop: () => stop(child, 'SIGKILL') };
}

/** A Python with piper-tts and its server: the given one, or one made for the purpose (needs python3 and its index). */
export function pythonWithPiper(given: string | undefined): string | undefined {
  if (given !== undefined) return given;
  const folder = join(tmpdir(), 'antiphon-bench-piper');
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  if (spawnSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' }).status !== 0) return undefined;
  return spawnSync(python, ['-m', 'pip', 'install', '-q', 'piper-tts[http]==1.8.0'], { stdio: 'ignore' }).status === 0 ? python : undefined;
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`The server for ${url} ended with code ${child.exitCode}.`);
    if (await fetch(url).then((answer) => answer.ok, () => false)) return;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  throw new Error(`${url} did not answer in 60 s.`);
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  child.kill(signal);
  await ended;
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Proportional set size of a process tree (Linux): shared pages count once, as they lie in memory once. */
function residentBytes(pid: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => parentOf(name) === pid);
  return ownBytes(pid) + children.reduce((sum, child) => sum + residentBytes(Number(child)), 0);
}

function ownBytes(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(match?.[1] ?? 0) * 1024;
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return -1;
  }
}
