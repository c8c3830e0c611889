/** Starts the real server as users do, on free ports and with a data folder of its own, for tests that cross rooms. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type ProcessEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type SpawnedServer = {
  /** `http://127.0.0.1:43211`, without a slash at the end. */
  readonly url: string;
  /** It leads a process group of its own, so this is the group's number, too. */
  readonly pid: number;
  readonly dataDir: string;
  /** Everything it has written to stdout and stderr so far. */
  readonly output: () => string;
  readonly ended: Promise<ProcessEnd>;
  /** Ends it as `kill` would, by force after a while, and removes its data. Idempotent. */
  readonly stop: () => Promise<void>;
};

/** One that serves. */
export type StartedServer = SpawnedServer;

export type StartServerOptions = {
  /** Settings as environment variables, over those of this process. Models come from ANTIPHON_MODELS_DIR or the default folder. */
  readonly env?: Readonly<Record<string, string>>;
  /** Does what must be done to the data folder before; more settings may depend on it. */
  readonly prepare?: (dataDir: string) => Promise<Readonly<Record<string, string>>>;
  /** How long it may take to be ready. */
  readonly readyTimeoutMs?: number;
};

const main = fileURLToPath(new URL('../../bin/antiphon.mjs', import.meta.url));
const stopTimeoutMs = 30_000;

/** Resolves when /health/ready says so; rejects with the server's output where it ends or stays silent. */
export async function startServer({ env = {}, prepare, readyTimeoutMs = 90_000 }: StartServerOptions = {}): Promise<StartedServer> {
  const server = await spawnServer({ env, ...(prepare === undefined ? {} : { prepare }) });
  let ended = false;
  void server.ended.then(() => { ended = true; });
  const deadline = Date.now() + readyTimeoutMs;
  while (!await isReady(server.url)) {
    if (ended || Date.now() > deadline) {
      await server.stop();
      throw new Error(`The server ${ended ? 'ended' : 'was not ready in time'}. Its output:\n${server.output()}`);
    }
    await delay(50);
  }
  return server;
}

/** The same without waiting for it: for servers that are not meant to come up. */
export async function spawnServer({ env: given = {}, prepare }: Pick<StartServerOptions, 'env' | 'prepare'> = {}): Promise<SpawnedServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'antiphon-test-'));
  // What is tested is nearly always how something is made; who tests what was kept turns it on.
  const env: Record<string, string> = { ANTIPHON_CACHE_ENABLED: 'false', ...given, ...await prepare?.(dataDir) };
  const port = env['ANTIPHON_SERVER_PORT'] ?? String(await freePort());
  const child = spawn(process.execPath, [main, 'serve'], {
    // A group of its own: a test can look for what is left of it, and a Ctrl-C meant for the test does not end it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ANTIPHON_SERVER_PORT: port,
      ANTIPHON_SERVER_HEALTH_PORT: '0',
      ANTIPHON_SERVER_METRICS_PORT: '0',
      ANTIPHON_LANES_PRIORITY_PORT: '0',
      ANTIPHON_LANES_FREE_PORT: '0',
      ANTIPHON_DATA_DIR: dataDir,
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
  const ended = new Promise<ProcessEnd>((resolve) => { child.once('exit', (code, signal) => resolve({ code, signal })); });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  void ended.then(() => process.off('exit', killOnExit));
  await once(child, 'spawn');

  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(force);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  let stopping: Promise<void> | undefined;
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? -1, dataDir, output: () => output, ended, stop: () => (stopping ??= stop()) };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Free at this moment; whoever takes it before the server does makes the test fail with a clear message. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
