/** Two processes that share a models folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createModelStore } from './store.ts';
import { hubSource, patternBytes, startTestHub, testArtefact, type TestHub } from './test-hub.ts';

const big = patternBytes(700_000, 1);
const program = fileURLToPath(new URL('test-pull-process.ts', import.meta.url));

let hub: TestHub;
let modelsDir: string;
let children: ChildProcess[];

beforeEach(async () => {
  hub = await startTestHub();
  modelsDir = await mkdtemp(path.join(tmpdir(), 'antiphon-models-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await hub.close();
  await rm(modelsDir, { recursive: true, force: true });
});

function startPull(): { child: ChildProcess; output: Promise<string> } {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, modelsDir, hub.base], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { child, output: once(child, 'close').then(() => text) };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('two processes', () => {
  it('fetch an artefact once: the second waits and then finds it ready', async () => {
    hub.routes.set('model.bin', { bytes: big, pieceDelayMs: 150 });
    const first = startPull();
    await until(() => hub.requests.length === 1);
    const second = startPull();
    const [one, two] = await Promise.all([first.output, second.output]);
    expect(JSON.parse(one.trim().split('\n').at(-1)!)).toEqual({ phases: ['checking', 'downloading', 'ready'], status: 'ready' });
    expect(JSON.parse(two.trim().split('\n').at(-1)!)).toEqual({ phases: ['waiting'], status: 'ready' });
    expect(hub.requests).toHaveLength(1);
  });

  it('let the living go on where a killed one stopped', async () => {
    hub.routes.set('model.bin', { bytes: big, pieceDelayMs: 150 });
    const artefact = testArtefact('shared', [{ path: 'model.bin', bytes: big, sources: [hubSource(hub.base, 'model.bin')] }]);
    const store = createModelStore({ modelsDir, catalog: [artefact], offline: false });
    const first = startPull();
    await until(async () => (await store.state('shared')).bytes > 100_000);
    expect((await store.state('shared')).status).toBe('fetching');
    first.child.kill('SIGKILL');
    await first.output;
    expect((await store.state('shared')).status).toBe('partial');
    await store.pull('shared');
    expect(hub.requests.at(-1)).toMatch(/bytes=\d{5,}-/);
    expect((await store.state('shared')).status).toBe('ready');
  });
});
