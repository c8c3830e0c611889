import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Artefact } from './catalog.ts';
import type { PullProgress } from './progress.ts';
import { createModelStore, type ModelStore, type ModelStoreOptions } from './store.ts';
import { hubSource, patternBytes, startTestHub, testArtefact, type Route, type TestHub } from './test-hub.ts';

const big = patternBytes(700_000, 1);
const small = patternBytes(5000, 2);

let hub: TestHub;
let mirrorHub: TestHub;
let modelsDir: string;

beforeEach(async () => {
  hub = await startTestHub();
  mirrorHub = await startTestHub();
  modelsDir = await mkdtemp(path.join(tmpdir(), 'antiphon-models-'));
});

afterEach(async () => {
  await Promise.all([hub.close(), mirrorHub.close()]);
  await rm(modelsDir, { recursive: true, force: true });
});

function storeOf(artefact: Artefact, options: Partial<ModelStoreOptions> = {}): ModelStore {
  return createModelStore({
    modelsDir,
    catalog: [artefact],
    offline: false,
    hubLimits: { connectTimeoutMs: 400, stallTimeoutMs: 400, retryDelayMs: 10 },
    ...options,
  });
}

/** One big file, on the first hub as `route` says and rightly on the second. */
function twoSources(route: Route): Artefact {
  hub.routes.set('model.bin', route);
  mirrorHub.routes.set('other/model.bin', { bytes: big });
  return testArtefact('two-sources', [
    { path: 'model.bin', bytes: big, sources: [hubSource(hub.base, 'model.bin'), hubSource(mirrorHub.base, 'other/model.bin')] },
  ]);
}

function oneSource(route: Route): Artefact {
  hub.routes.set('model.bin', route);
  return testArtefact('one-source', [{ path: 'model.bin', bytes: big, sources: [hubSource(hub.base, 'model.bin')] }]);
}

const pulled = (id: string, file: string) => readFile(path.join(modelsDir, id, file));

describe('pull', () => {
  it('brings every file with its right bytes and leaves nothing unfinished', async () => {
    hub.routes.set('a', { bytes: big });
    hub.routes.set('b', { bytes: small });
    const artefact = testArtefact('whole', [
      { path: 'model.bin', bytes: big, sources: [hubSource(hub.base, 'a')] },
      { path: 'sub/config.json', bytes: small, sources: [hubSource(hub.base, 'b')] },
    ]);
    const store = storeOf(artefact);
    expect(await store.state('whole')).toEqual({ status: 'absent', bytes: 0, totalBytes: 705_000 });
    await store.pull('whole');
    expect((await pulled('whole', 'model.bin')).equals(big)).toBe(true);
    expect((await readFile(store.path('whole', 'sub/config.json'))).equals(small)).toBe(true);
    expect(await store.state('whole')).toEqual({ status: 'ready', bytes: 705_000, totalBytes: 705_000 });
    expect(await readdir(path.join(modelsDir, '.work'))).toEqual([]);
    expect((await readdir(path.join(modelsDir, 'whole'))).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('goes on from where a cut connection ended, without asking for a byte twice', async () => {
    const store = storeOf(oneSource({ bytes: big, cut: { afterBytes: 200_000, times: 2 } }));
    await store.pull('one-source');
    expect((await pulled('one-source', 'model.bin')).equals(big)).toBe(true);
    expect(hub.requests).toHaveLength(3);
    expect(hub.requests[0]).toBe('model.bin -');
    const starts = hub.requests.slice(1).map((line) => Number(/bytes=(\d+)-/.exec(line)?.[1]));
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[1]).toBeGreaterThan(starts[0]!);
  });

  it('goes on from what an earlier, aborted pull left', async () => {
    const artefact = oneSource({ bytes: big, pieceDelayMs: 30 });
    const leave = new AbortController();
    const aborted = storeOf(artefact).pull('one-source', {
      signal: leave.signal,
      onProgress: ({ receivedBytes }) => receivedBytes > 100_000 && leave.abort(new Error('left')),
    });
    await expect(aborted).rejects.toThrow('left');
    const again = storeOf(artefact);
    const state = await again.state('one-source');
    expect(state.status).toBe('partial');
    expect(state.bytes).toBeGreaterThan(100_000);
    await again.pull('one-source');
    expect(hub.requests.at(-1)).toBe(`model.bin bytes=${state.bytes}-`);
    expect((await pulled('one-source', 'model.bin')).equals(big)).toBe(true);
  });

  it('starts again where the hub knows no ranges', async () => {
    const store = storeOf(oneSource({ bytes: big, misbehaves: 'no-range', cut: { afterBytes: 100_000, times: 1 } }));
    await store.pull('one-source');
    expect((await pulled('one-source', 'model.bin')).equals(big)).toBe(true);
  });

  it('fetches the whole once more where a part from elsewhere spoilt it', async () => {
    const artefact = oneSource({ bytes: big });
    await mkdir(path.join(modelsDir, 'one-source'), { recursive: true });
    await writeFile(path.join(modelsDir, 'one-source', 'model.bin.part'), patternBytes(1000, 9));
    await storeOf(artefact).pull('one-source');
    expect(hub.requests).toEqual(['model.bin bytes=1000-', 'model.bin -']);
    expect((await pulled('one-source', 'model.bin')).equals(big)).toBe(true);
  });

  it('puts a file with a wrong digest into quarantine and asks the next source', async () => {
    const wrong = patternBytes(big.length, 7);
    await storeOf(twoSources({ bytes: wrong })).pull('two-sources');
    expect((await pulled('two-sources', 'model.bin')).equals(big)).toBe(true);
    expect((await pulled('quarantine', 'two-sources--model.bin')).equals(wrong)).toBe(true);
  });

  it.each<[string, Route]>([
    ['answers 404', { bytes: big, misbehaves: { status: 404 } }],
    ['answers 503', { bytes: big, misbehaves: { status: 503 } }],
    ['never answers', { bytes: big, misbehaves: 'hang' }],
    ['falls silent in the middle', { bytes: big, misbehaves: 'stall' }],
    ['offers another length', { bytes: small }],
    ['sends more than there is', { bytes: Buffer.concat([big, small]), misbehaves: 'no-length' }],
    ['is cut again and again', { bytes: big, cut: { afterBytes: 0, times: 100 } }],
  ])('asks the next source where the first %s', async (_, route) => {
    await storeOf(twoSources(route)).pull('two-sources');
    expect((await pulled('two-sources', 'model.bin')).equals(big)).toBe(true);
  });

  it('is patient with a slow hub that keeps sending', async () => {
    const store = storeOf(twoSources({ bytes: big, pieceDelayMs: 100 }));
    await store.pull('two-sources');
    expect(mirrorHub.requests).toEqual([]);
  });

  it('asks a hub that did not answer no second time for the other files', async () => {
    const paths = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    for (const name of paths) {
      hub.routes.set(name, { bytes: small, misbehaves: 'hang' });
      mirrorHub.routes.set(name, { bytes: small });
    }
    const artefact = testArtefact('many', paths.map((name) => (
      { path: name, bytes: small, sources: [hubSource(hub.base, name), hubSource(mirrorHub.base, name)] })));
    await storeOf(artefact).pull('many');
    // Four were under way when the first one learned of it.
    expect(hub.requests).toHaveLength(4);
    expect(mirrorHub.requests).toHaveLength(10);
  });

  it('says of every source why it did not serve', async () => {
    const store = storeOf(testArtefact('none', [{ path: 'model.bin', bytes: big, sources: [hubSource(hub.base, 'gone'), hubSource('http://127.0.0.1:9', 'x')] }]));
    await expect(store.pull('none')).rejects.toMatchObject({
      code: 'model_source_unreachable',
      message: expect.stringMatching(/127\.0\.0\.1:\d+: answered HTTP 404; 127\.0\.0\.1:9: no connection/),
    });
    expect((await store.state('none')).status).toBe('absent');
  });

  it('calls the file invalid where a source answered with wrong bytes and none with right ones', async () => {
    await expect(storeOf(oneSource({ bytes: patternBytes(big.length, 7) })).pull('one-source')).rejects.toMatchObject({ code: 'model_file_invalid' });
  });

  it('takes the mirror in place of every hub and keeps the paths', async () => {
    mirrorHub.routes.set('models/rhasspy/model.bin', { bytes: big });
    const artefact = testArtefact('mirrored', [{ path: 'model.bin', bytes: big, sources: [hubSource('https://hub.invalid', 'rhasspy/model.bin')] }]);
    await storeOf(artefact, { mirror: `${mirrorHub.base}/models/` }).pull('mirrored');
    expect(mirrorHub.requests).toEqual(['models/rhasspy/model.bin -']);
  });

  it('refuses a mirror that is no web address', () => {
    expect(() => storeOf(oneSource({ bytes: big }), { mirror: 'hub.example' })).toThrow(expect.objectContaining({ code: 'config_invalid', param: 'ANTIPHON_MODELS_MIRROR' }));
  });

  it('touches no network offline and names the setting', async () => {
    const store = storeOf(oneSource({ bytes: big }), { offline: true });
    await expect(store.pull('one-source')).rejects.toMatchObject({ code: 'model_source_unreachable', param: 'ANTIPHON_MODELS_OFFLINE' });
    expect(hub.requests).toEqual([]);
  });

  it('takes files that were copied here by hand, offline too', async () => {
    const store = storeOf(oneSource({ bytes: big }), { offline: true });
    await mkdir(path.join(modelsDir, 'one-source'));
    await writeFile(store.path('one-source', 'model.bin'), big);
    expect((await store.state('one-source')).status).toBe('partial');
    await store.pull('one-source');
    expect((await store.state('one-source')).status).toBe('ready');
  });

  it('is one fetch for callers who ask at the same time, and goes on when one of them leaves', async () => {
    const store = storeOf(oneSource({ bytes: big, pieceDelayMs: 20 }));
    const leave = new AbortController();
    const seen: PullProgress[] = [];
    const first = store.pull('one-source', { signal: leave.signal, onProgress: () => leave.abort(new Error('left')) });
    const second = store.pull('one-source', { onProgress: (progress) => seen.push(progress) });
    await expect(first).rejects.toThrow('left');
    expect((await store.state('one-source')).status).toBe('fetching');
    await second;
    expect(hub.requests).toHaveLength(1);
    expect(seen.at(-1)).toMatchObject({ phase: 'ready', receivedBytes: big.length });
  });

  it('reports bytes that only grow, up to all of them', async () => {
    const seen: PullProgress[] = [];
    await storeOf(oneSource({ bytes: big, pieceDelayMs: 40 })).pull('one-source', { onProgress: (progress) => seen.push(progress) });
    const received = seen.filter(({ phase }) => phase === 'downloading').map(({ receivedBytes }) => receivedBytes);
    expect(received).toEqual(received.toSorted((a, b) => a - b));
    expect(received.length).toBeGreaterThan(2);
    expect(received.at(-1)).toBe(big.length);
    expect(seen.some(({ bytesPerSecond, etaSeconds }) => bytesPerSecond > 0 && etaSeconds !== undefined)).toBe(true);
  });
});

describe('state, verify and remove', () => {
  it('a truncated file is no longer ready, verify names it, and the next pull fetches it alone', async () => {
    hub.routes.set('a', { bytes: big });
    hub.routes.set('b', { bytes: small });
    const store = storeOf(testArtefact('pair', [
      { path: 'a.bin', bytes: big, sources: [hubSource(hub.base, 'a')] },
      { path: 'b.bin', bytes: small, sources: [hubSource(hub.base, 'b')] },
    ]));
    await store.pull('pair');
    await truncate(store.path('pair', 'a.bin'), 1234);
    expect((await store.state('pair')).status).toBe('partial');
    expect(await store.verify('pair')).toEqual([{ file: 'a.bin', problem: 'wrong_size' }]);
    hub.requests.length = 0;
    await store.pull('pair');
    expect(hub.requests).toEqual(['a -']);
    expect(await store.verify('pair')).toEqual([]);
  });

  it('verify finds a changed byte, after which the artefact is not ready', async () => {
    const store = storeOf(oneSource({ bytes: big }));
    await store.pull('one-source');
    const changed = Buffer.from(big);
    changed[350_000]! ^= 1;
    await writeFile(store.path('one-source', 'model.bin'), changed);
    expect(await store.verify('one-source')).toEqual([{ file: 'model.bin', problem: 'wrong_digest' }]);
    expect((await store.state('one-source')).status).toBe('partial');
    await store.pull('one-source');
    expect((await pulled('one-source', 'model.bin')).equals(big)).toBe(true);
    expect((await pulled('quarantine', 'one-source--model.bin')).equals(changed)).toBe(true);
  });

  it('a catalog that names another digest makes the files unready', async () => {
    const artefact = oneSource({ bytes: big });
    await storeOf(artefact).pull('one-source');
    const newer: Artefact = { ...artefact, files: artefact.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })) };
    expect((await storeOf(newer).state('one-source')).status).toBe('partial');
  });

  it('remove leaves nothing of the artefact', async () => {
    const store = storeOf(oneSource({ bytes: big }));
    await store.pull('one-source');
    await store.remove('one-source');
    expect(existsSync(path.join(modelsDir, 'one-source'))).toBe(false);
    expect(await store.state('one-source')).toEqual({ status: 'absent', bytes: 0, totalBytes: big.length });
  });

  it('names that the catalog does not know are refused', async () => {
    const store = storeOf(oneSource({ bytes: big }));
    await expect(store.pull('nope')).rejects.toMatchObject({ code: 'model_unknown' });
    expect(() => store.path('one-source', '../../etc/passwd')).toThrow(expect.objectContaining({ code: 'model_unknown' }));
  });
});
