#!/usr/bin/env node
// Runs the command under the project's own Node 24 with the settings it is meant to run with, whatever started it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const [major = 0] = process.versions.node.split('.').map(Number);
const own = fileURLToPath(import.meta.url);

// A small nursery gives buffers of audio that has been sent back at once, not 16 MB of objects later.
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--use-env-proxy', '--max-semi-space-size=2'];
// One arena: encoders come and go, and glibc's many arenas kept a third of their memory. Others ignore these.
const allocator = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' };

if (major < 24) runUnderOwnNode();
else if (process.env['MALLOC_ARENA_MAX'] === undefined && process.platform === 'linux' && typeof process.execve === 'function') becomeConfigured();
else await runHere();

/** The same process, begun anew: settings of the allocator are read at its start only. */
function becomeConfigured() {
  process.emitWarning = () => undefined;
  process.execve(process.execPath, [process.execPath, ...nodeFlags, own, ...process.argv.slice(2)], { ...process.env, ...allocator });
}

/** Compiled code is kept: without it every process would hold the compiler for types, 20 MB of it, and start later. */
async function runHere() {
  process.env['NODE_COMPILE_CACHE'] ??= path('node_modules/.cache/antiphon');
  // Not a name that every Node which may run this file knows.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(process.env['NODE_COMPILE_CACHE']);
  await import('../src/cli/main.ts');
}

function runUnderOwnNode() {
  const ownNode = path('node_modules/.bin/node');
  if (!existsSync(ownNode)) {
    const setup = spawnSync(process.execPath, [path('scripts/setup.mjs')], { stdio: ['inherit', 2, 2] });
    if (setup.status !== 0) process.exit(setup.status ?? 1);
  }
  const child = spawn(ownNode, [...nodeFlags, own, ...process.argv.slice(2)], { stdio: 'inherit', env: { ...allocator, ...process.env } });
  // A Ctrl-C reaches the child by itself (same process group); a signal sent to this process alone is passed on.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
