import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Artefact } from './catalog.ts';
import { createModelStore, type ModelStoreOptions } from './store.ts';
import { hubSource, patternBytes, sha256, startTestHub, type TestHub } from './test-hub.ts';

const bytes = patternBytes(300_000, 7);
const truth = { sha256: sha256(bytes), bytes: bytes.length };

let hub: TestHub;
let modelsDir: string;

beforeEach(async () => {
  hub = await startTestHub();
  modelsDir = await mkdtemp(path.join(tmpdir(), 'antiphon-models-'));
});
afterEach(async () => {
  await hub.close();
  await rm(modelsDir, { recursive: true, force: true });
});

/** A file of which the catalog knows only about how large it is. */
function storeOf(options: Partial<ModelStoreOptions> = {}) {
  const artefact: Artefact = { id: 'big', summary: 'For tests.', licence: 'CC0', languages: [], totalBytes: 290_000, files: [{ path: 'model.gguf', bytes: 290_000, sha256: '', sources: [hubSource(hub.base, 'model.gguf')] }] };
  return createModelStore({ modelsDir, catalog: [artefact], offline: false, hubLimits: { connectTimeoutMs: 400, stallTimeoutMs: 400, retryDelayMs: 10 }, ...options });
}

describe('a file whose digest the hub declares', () => {
  it('is fetched, verified against that, and stays ready', async () => {
    hub.routes.set('model.gguf', { bytes, declares: truth });
    const store = storeOf();
    expect(await store.state('big')).toMatchObject({ status: 'absent', totalBytes: 290_000 });
    await store.pull('big');
    expect(await readFile(path.join(modelsDir, 'big', 'model.gguf'))).toEqual(bytes);
    expect(await store.state('big')).toMatchObject({ status: 'ready', totalBytes: bytes.length });
    const asked = hub.requests.length;
    await storeOf().pull('big');
    expect(hub.requests).toHaveLength(asked);
    expect(await storeOf({ offline: true }).verify('big')).toEqual([]);
    expect(await storeOf({ offline: true }).state('big')).toMatchObject({ status: 'ready' });
  });

  it('is resumed by the digest that was declared at first', async () => {
    hub.routes.set('model.gguf', { bytes, declares: truth, misbehaves: 'stall' });
    await expect(storeOf().pull('big')).rejects.toMatchObject({ code: 'model_source_unreachable' });
    hub.routes.set('model.gguf', { bytes });
    await storeOf().pull('big');
    expect(await storeOf().state('big')).toMatchObject({ status: 'ready' });
  });

  it('is refused where other bytes come than were declared', async () => {
    hub.routes.set('model.gguf', { bytes: patternBytes(bytes.length, 8), declares: truth });
    await expect(storeOf().pull('big')).rejects.toMatchObject({ code: 'model_file_invalid' });
    expect((await storeOf().state('big')).status).not.toBe('ready');
  });

  it.each([
    ['nothing', {}],
    ['no size', { sha256: truth.sha256 }],
    ['no digest but a tag', { sha256: 'abc123', bytes: 7 }],
  ])('is refused where the hub declares %s', async (_, declares) => {
    hub.routes.set('model.gguf', { bytes, declares });
    await expect(storeOf().pull('big')).rejects.toMatchObject({ code: 'model_file_invalid', message: expect.stringContaining('does not declare') as string });
  });

  it.each([['does not know it', { status: 404 }], ['does not answer', 'hang']] as const)('cannot be had where the hub %s', async (_, misbehaves) => {
    hub.routes.set('model.gguf', { bytes, misbehaves });
    await expect(storeOf().pull('big')).rejects.toMatchObject({ code: 'model_source_unreachable' });
  });

  it('is asked for at the mirror where there is one', async () => {
    const mirror = await startTestHub();
    mirror.routes.set('model.gguf', { bytes, declares: truth });
    await storeOf({ mirror: mirror.base }).pull('big');
    expect(hub.requests).toEqual([]);
    await mirror.close();
  });

  it('is not asked for offline', async () => {
    await storeOf().remove('big');
    await expect(storeOf({ offline: true }).pull('big')).rejects.toMatchObject({ code: 'model_source_unreachable', param: 'ANTIPHON_MODELS_OFFLINE' });
    expect(hub.requests).toEqual([]);
  });

  it('is asked for anew once the artefact was removed', async () => {
    hub.routes.set('model.gguf', { bytes, declares: truth });
    await storeOf().pull('big');
    await storeOf().remove('big');
    const other = patternBytes(1000, 9);
    hub.routes.set('model.gguf', { bytes: other, declares: { sha256: sha256(other), bytes: other.length } });
    await storeOf().pull('big');
    expect(await readFile(path.join(modelsDir, 'big', 'model.gguf'))).toEqual(other);
  });

  it('is asked for anew where what was remembered cannot be read', async () => {
    hub.routes.set('model.gguf', { bytes, declares: truth });
    await storeOf().pull('big');
    await writeFile(path.join(modelsDir, 'big', '.declared.json'), 'torn');
    expect((await storeOf().state('big')).status).not.toBe('ready');
    await storeOf().pull('big');
    expect((await storeOf().state('big')).status).toBe('ready');
  });
});
