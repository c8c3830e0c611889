/** From a clean clone, with every package cache cold, to the first audio; with the parts it consists of. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Figure } from './main.ts';
import { freePort } from './processes.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));

export async function benchClone(): Promise<readonly Figure[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'antiphon-clone-'));
  const clone = join(scratch, 'antiphon');
  const port = await freePort();
  const startedMs = performance.now();
  const sinceStart = () => (performance.now() - startedMs) / 1000;
  const parts: { readonly second: number; readonly line: string }[] = [];
  if (spawnSync('git', ['clone', '--quiet', repository, clone], { stdio: 'inherit' }).status !== 0) throw new Error('git clone failed');
  parts.push({ second: sinceStart(), line: 'git clone' });
  const child = spawn('npm', ['start'], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...hostEnvironment(), HOME: scratch, npm_config_cache: join(scratch, 'npm'), PIP_CACHE_DIR: join(scratch, 'pip'), ANTIPHON_SERVER_PORT: String(port), ANTIPHON_SERVER_HEALTH_PORT: '0', ANTIPHON_SERVER_METRICS_PORT: '0' },
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => parts.push({ second: sinceStart(), line }));
  try {
    const firstAudioSeconds = await untilFirstAudio(`http://127.0.0.1:${port}`, sinceStart, () => child.exitCode !== null);
    for (const { second, line } of parts) if (line.trim() !== '' && !line.startsWith('{')) console.log(`${second.toFixed(1).padStart(6)} s  ${line}`);
    return [{ what: 'clean clone to first audio of the fast voice, package caches cold', value: `${firstAudioSeconds.toFixed(1)} s`, aim: '≤ 90 s', met: firstAudioSeconds <= 90 }];
  } finally {
    const ended = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill('SIGTERM');
    if (child.exitCode === null) await ended;
    // A fetch that was under way may still be tidying up.
    rmSync(scratch, { recursive: true, force: true, maxRetries: 50, retryDelay: 200 });
  }
}

/** Without what this process was started with, so that the clone's own Node and settings are used. */
function hostEnvironment(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules')).join(':');
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|ANTIPHON_|NODE)/.test(name));
  return { ...Object.fromEntries(kept), PATH: path };
}

async function untilFirstAudio(url: string, sinceStart: () => number, hasEnded: () => boolean): Promise<number> {
  while (!hasEnded()) {
    const answer = await fetch(`${url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'piper', input: 'Hello from a clean clone.' }) }).catch(() => undefined);
    if (answer?.ok && (await answer.body!.getReader().read()).value) return sinceStart();
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
  throw new Error('npm start ended before it spoke');
}
