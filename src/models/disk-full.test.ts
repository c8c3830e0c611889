import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { freeBytes } from './free-space.ts';
import { openPartFile } from './part-file.ts';
import { createModelStore } from './store.ts';
import { hubSource, patternBytes, sha256, startTestHub, testArtefact } from './test-hub.ts';

const mountPoint = mkdtempSync(path.join(tmpdir(), 'antiphon-small-disk-'));
const problem = mountSmallDisk('1m');

/** Why there is no small disk to fill here, or undefined where there is. */
function mountSmallDisk(size: string): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux may mount a small disk';
  try {
    runTool('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', mountPoint]);
    return undefined;
  } catch (thrown) {
    return `mount failed: ${String(thrown)}`;
  }
}

function runTool(tool: 'mount' | 'umount', toolArguments: readonly string[]): void {
  execFileSync(tool, toolArguments, { stdio: 'pipe' });
}

afterAll(() => {
  if (problem === undefined) runTool('umount', [mountPoint]);
  rmSync(mountPoint, { recursive: true, force: true });
});

describe.skipIf(problem !== undefined)(`a full disk${problem === undefined ? '' : ` (${problem})`}`, () => {
  const modelsDir = path.join(mountPoint, 'models');

  beforeEach(() => {
    rmSync(modelsDir, { recursive: true, force: true });
    mkdirSync(modelsDir, { recursive: true });
  });

  it('is foreseen before a byte is asked for, with the need, the room and the setting', async () => {
    const hub = await startTestHub();
    try {
      const bytes = patternBytes(3_000_000, 1);
      hub.routes.set('model.bin', { bytes });
      const artefact = testArtefact('too-big', [{ path: 'model.bin', bytes, sources: [hubSource(hub.base, 'model.bin')] }]);
      await expect(createModelStore({ modelsDir, catalog: [artefact], offline: false }).pull('too-big')).rejects.toMatchObject({
        code: 'disk_full',
        param: 'ANTIPHON_MODELS_DIR',
        message: expect.stringMatching(/needs 19\.8 MB free.* has 1\.0 MB.*ANTIPHON_MODELS_DIR/s),
      });
      expect(hub.requests).toEqual([]);
      expect(await readdir(path.join(modelsDir, '.work'))).toEqual([]);
    } finally {
      await hub.close();
    }
  });

  it('that fills up while a part is written gives the room back', async () => {
    const bytes = patternBytes(2_000_000, 1);
    const partPath = path.join(modelsDir, 'model.bin.part');
    const before = await freeBytes(mountPoint);
    const part = await openPartFile({ path: partPath, expectedBytes: bytes.length, sha256: sha256(bytes), resume: false, signal: new AbortController().signal });
    const writeAll = async () => {
      for (let at = 0; at < bytes.length; at += 65_536) await part.write(bytes.subarray(at, at + 65_536));
    };
    await expect(writeAll()).rejects.toMatchObject({ code: 'disk_full', param: 'ANTIPHON_MODELS_DIR' });
    expect(await readdir(modelsDir)).toEqual([]);
    expect(await freeBytes(mountPoint)).toBe(before);
  });

  it('that cannot even hold a lock is told as a full disk', async () => {
    writeFileSync(path.join(modelsDir, 'filler'), Buffer.alloc(await freeBytes(mountPoint)));
    const artefact = testArtefact('any', [{ path: 'model.bin', bytes: patternBytes(10, 1), sources: [hubSource('http://127.0.0.1:9', 'x')] }]);
    await expect(createModelStore({ modelsDir, catalog: [artefact], offline: false }).pull('any')).rejects.toMatchObject({ code: 'disk_full' });
  });
});
