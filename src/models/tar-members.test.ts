import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readTarMembers } from './tar-members.ts';
import { patternBytes } from './test-hub.ts';

const folder = 'a-folder-with-quite-a-long-name/'.repeat(5);
const contents = new Map([
  ['package/package.json', Buffer.from('{"name":"sample","version":"1.0.0"}')],
  ['package/empty.bin', Buffer.alloc(0)],
  ['package/voices/one.bin', patternBytes(512 * 3, 1)],
  ['package/voices/two.bin', patternBytes(300_001, 2)],
  // Longer than the 100 and the 255 characters of the header's fields.
  [`package/${folder}three.bin`, patternBytes(77, 3)],
  [`package/${folder}${'x'.repeat(120)}.bin`, patternBytes(78, 4)],
  ['package/voices/ünïcode.bin', patternBytes(79, 5)],
]);

let scratchDir: string;
let archivePath: string;

beforeAll(async () => {
  scratchDir = await mkdtemp(path.join(tmpdir(), 'antiphon-tar-'));
  for (const [name, bytes] of contents) {
    const filePath = path.join(scratchDir, name);
    await mkdir(path.dirname(filePath), { recursive: true });
    await writeFile(filePath, bytes);
  }
  // The packer whose archives are read in earnest.
  await promisify(execFile)('npm', ['pack', './package', '--pack-destination', scratchDir, '--ignore-scripts'], { cwd: scratchDir, shell: process.platform === 'win32' });
  archivePath = path.join(scratchDir, (await readdir(scratchDir)).find((name) => name.endsWith('.tgz')) ?? '');
});

afterAll(() => rm(scratchDir, { recursive: true, force: true }));

async function readAll(archive: string, wants: (name: string) => boolean): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  await readTarMembers({
    archivePath: archive,
    wants,
    signal: new AbortController().signal,
    onMember: async (name, content) => {
      found.set(name, Buffer.concat(await Array.fromAsync(content)));
    },
  });
  return found;
}

describe('readTarMembers', () => {
  it('gives every member of an npm tarball with its bytes, long and foreign names included', async () => {
    const found = await readAll(archivePath, (name) => name !== 'package/package.json');
    const expected = new Map([...contents].filter(([name]) => name !== 'package/package.json'));
    expect([...found.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    for (const [name, bytes] of expected) expect(found.get(name)?.equals(bytes), name).toBe(true);
  });

  it('skips what is not wanted and what a reader leaves unread', async () => {
    const seen: string[] = [];
    await readTarMembers({
      archivePath,
      wants: (name) => name.startsWith('package/voices/'),
      signal: new AbortController().signal,
      onMember: async (name, content) => {
        seen.push(name);
        for await (const _ of content) break;
      },
    });
    expect(seen.toSorted()).toEqual(['package/voices/one.bin', 'package/voices/two.bin', 'package/voices/ünïcode.bin']);
  });

  it('rejects an archive that ends too early', async () => {
    const cut = path.join(scratchDir, 'cut.tgz');
    await writeFile(cut, await readFile(archivePath));
    await truncate(cut, 100_000);
    await expect(readAll(cut, () => true)).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
  });
});
