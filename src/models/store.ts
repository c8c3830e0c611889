/** The models on this machine: which are here, fetching them once for everybody, checking and removing them. */
import { access, constants, mkdir, rm } from 'node:fs/promises';

import { AntiphonError } from '../errors.ts';
import type { Artefact, ModelFile } from './catalog.ts';
import { declareFiles, withDeclared } from './declared-files.ts';
import { asDiskFull } from './free-space.ts';
import { defaultHubLimits, type HubLimits } from './hub-source.ts';
import { artefactPaths } from './model-layout.ts';
import { createPackageClients } from './package-source.ts';
import { fileSize, hashFile } from './part-file.ts';
import { acquireProcessLock, isProcessLockHeld, type ProcessLock } from '../process-lock.ts';
import { createProgressMeter, type ProgressMeter, type PullProgress } from './progress.ts';
import { hubAddress, pullArtefact, type ModelLogger, type PullContext } from './pull.ts';
import { hasReadyMarker, removeReadyMarker, writeReadyMarker } from './ready-marker.ts';
import { createSharedFlights } from './shared-flights.ts';
import { createUnreachableHosts } from './unreachable-hosts.ts';

export type ArtefactState = {
  /** `partial`: some bytes are here, or files nobody verified yet. `fetching`: here or in another process. */
  readonly status: 'absent' | 'partial' | 'ready' | 'fetching';
  /** On disk now, unfinished files included. */
  readonly bytes: number;
  readonly totalBytes: number;
};

export type FileProblem = { readonly file: string; readonly problem: 'missing' | 'wrong_size' | 'wrong_digest' };

export type PullOptions = {
  readonly signal?: AbortSignal;
  /** A few times a second at most. */
  readonly onProgress?: (progress: PullProgress) => void;
};

export type ModelStoreOptions = {
  /** Made when the first model is fetched. */
  readonly modelsDir: string;
  readonly catalog: readonly Artefact[];
  /** Base address that replaces every hub's, paths kept; empty means none. */
  readonly mirror?: string;
  /** Never touch the network. */
  readonly offline: boolean;
  readonly logger?: ModelLogger;
  readonly fetch?: typeof globalThis.fetch;
  readonly hubLimits?: Partial<HubLimits>;
  /** A package client that receives nothing for this long is ended. */
  readonly packageStallTimeoutMs?: number;
};

export type ModelStore = {
  /** Cheap: file sizes and a marker, no hashing. Errors: model_unknown. */
  state(artefactId: string): Promise<ArtefactState>;
  /** Where the file lies, or will. Errors: model_unknown. */
  path(artefactId: string, file: string): string;
  list(): Promise<readonly { readonly artefact: Artefact; readonly state: ArtefactState }[]>;
  /**
   * Fetches what is missing and verifies all of it; at once when ready. Callers in any number of processes share one
   * fetch; a caller that aborts leaves it to the others. What came so far is kept for the next try.
   * Errors: model_unknown, model_source_unreachable, model_file_invalid, disk_full, config_invalid, the signal's reason.
   */
  pull(artefactId: string, options?: PullOptions): Promise<void>;
  /** Hashes every file. A problem makes the artefact `partial`; the next pull puts the file aside and fetches it. */
  verify(artefactId: string, options?: PullOptions): Promise<readonly FileProblem[]>;
  /** Deletes the artefact's files; waits for a fetch under way. Errors: model_unknown. */
  remove(artefactId: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
};

/** Errors: config_invalid where the mirror is no http(s) address. */
export function createModelStore(options: ModelStoreOptions): ModelStore {
  const { modelsDir, catalog } = options;
  const context: PullContext = {
    mirror: parseMirror(options.mirror),
    offline: options.offline,
    fetch: options.fetch ?? globalThis.fetch,
    hubLimits: { ...defaultHubLimits, ...options.hubLimits },
    packageStallTimeoutMs: options.packageStallTimeoutMs ?? 120_000,
    hosts: createUnreachableHosts(),
    clients: createPackageClients(),
    logger: options.logger,
  };
  const flights = createSharedFlights<PullProgress>();

  function find(artefactId: string): Artefact {
    const artefact = catalog.find((entry) => entry.id === artefactId);
    if (artefact !== undefined) return artefact;
    const known = catalog.map((entry) => entry.id).join(', ');
    throw new AntiphonError('model_unknown', `No model artefact is called ${JSON.stringify(artefactId)}; there are ${known}.`);
  }

  /** With what the hub declared for its files, where it was asked before. */
  function known(artefact: Artefact): Promise<Artefact> {
    return withDeclared(artefactPaths(modelsDir, artefact).dir, artefact);
  }

  async function stateOf(entry: Artefact): Promise<ArtefactState> {
    const artefact = await known(entry);
    const paths = artefactPaths(modelsDir, artefact);
    const [complete, bytes] = await measure(modelsDir, artefact);
    const totalBytes = artefact.totalBytes;
    if (complete && (await hasReadyMarker(paths.dir, artefact))) return { status: 'ready', bytes, totalBytes };
    if (flights.has(artefact.id) || (await isProcessLockHeld(paths.lock))) return { status: 'fetching', bytes, totalBytes };
    return { status: bytes > 0 ? 'partial' : 'absent', bytes, totalBytes };
  }

  async function pullOnce(entry: Artefact, meter: ProgressMeter, signal: AbortSignal): Promise<void> {
    const paths = artefactPaths(modelsDir, entry);
    await prepareModelsDir(modelsDir);
    const lock = await lockFor(entry, meter, signal);
    try {
      const artefact = await declared(await known(entry), { dir: paths.dir, context, signal });
      // Another process may have finished while this one waited.
      const [complete] = await measure(modelsDir, artefact);
      if (complete && (await hasReadyMarker(paths.dir, artefact))) return;
      const startedAtMs = performance.now();
      await pullArtefact({ artefact, paths, context, meter, signal: AbortSignal.any([signal, lock.lost]) });
      context.logger?.info({ artefact: artefact.id, bytes: artefact.totalBytes, ms: Math.round(performance.now() - startedAtMs) }, 'model ready');
    } finally {
      await lock.release();
    }
  }

  function lockFor(artefact: Artefact, meter: ProgressMeter | undefined, signal: AbortSignal): Promise<ProcessLock> {
    let waiting = false;
    return acquireProcessLock({
      path: artefactPaths(modelsDir, artefact).lock,
      signal,
      onWait: async (holderPid) => {
        const [, bytes] = await measure(modelsDir, artefact);
        if (waiting) meter?.set(bytes);
        else meter?.begin('waiting', { receivedBytes: bytes, totalBytes: artefact.totalBytes, source: `process ${holderPid}` });
        waiting = true;
      },
    });
  }

  return {
    state: async (artefactId) => stateOf(find(artefactId)),

    path(artefactId, file) {
      const artefact = find(artefactId);
      return artefactPaths(modelsDir, artefact).file(findFile(artefact, file));
    },

    list: () => Promise.all(catalog.map(async (artefact) => ({ artefact: await known(artefact), state: await stateOf(artefact) }))),

    async pull(artefactId, { signal, onProgress } = {}) {
      const artefact = find(artefactId);
      signal?.throwIfAborted();
      if ((await stateOf(artefact)).status === 'ready') return;
      await flights.join({
        key: artefact.id,
        signal,
        onProgress,
        start: (flight) =>
          pullOnce(artefact, createProgressMeter({ artefactId, emit: flight.report }), flight.signal).catch((thrown: unknown) => {
            throw asDiskFull(thrown, artefactId);
          }),
      });
    },

    async verify(artefactId, { signal = new AbortController().signal, onProgress = () => undefined } = {}) {
      const artefact = await known(find(artefactId));
      const meter = createProgressMeter({ artefactId, emit: onProgress });
      meter.begin('checking', { receivedBytes: 0, totalBytes: artefact.totalBytes, source: 'this machine' });
      const problems = await findProblems(modelsDir, artefact, { signal, onBytes: meter.add });
      const { dir } = artefactPaths(modelsDir, artefact);
      if (problems.length > 0) await removeReadyMarker(dir);
      else await writeReadyMarker(dir, artefact);
      return problems;
    },

    async remove(artefactId, { signal = new AbortController().signal } = {}) {
      const artefact = find(artefactId);
      const paths = artefactPaths(modelsDir, artefact);
      const lock = await lockFor(artefact, undefined, signal);
      try {
        // First the marker: whoever looks in the middle must not see a ready artefact.
        await removeReadyMarker(paths.dir);
        await rm(paths.dir, { recursive: true, force: true });
      } finally {
        await lock.release();
      }
    },
  };
}

/** Asks the hub for what only it knows of the files. */
async function declared(artefact: Artefact, { dir, context, signal }: { dir: string; context: PullContext; signal: AbortSignal }): Promise<Artefact> {
  if (artefact.files.every(({ sha256 }) => sha256 !== '')) return artefact;
  if (context.offline) throw new AntiphonError('model_source_unreachable', `${artefact.id} cannot be verified in offline mode: only its hub knows its digest. Set ANTIPHON_MODELS_OFFLINE=false, or copy the file into the folder of language.ggufDir.`, { param: 'ANTIPHON_MODELS_OFFLINE' });
  return declareFiles({ artefact, artefactDir: dir, address: (file) => hubAddress(file, context.mirror), fetch: context.fetch, timeoutMs: context.hubLimits.connectTimeoutMs, signal });
}

function findFile(artefact: Artefact, name: string): ModelFile {
  const file = artefact.files.find((entry) => entry.path === name);
  if (file !== undefined) return file;
  throw new AntiphonError('model_unknown', `${artefact.id} has no file called ${JSON.stringify(name)}.`);
}

/** Whether every file has its full size, and the bytes here altogether. */
async function measure(modelsDir: string, artefact: Artefact): Promise<[complete: boolean, bytes: number]> {
  const paths = artefactPaths(modelsDir, artefact);
  const sizes = await Promise.all(
    artefact.files.map(async (file) => {
      const size = await fileSize(paths.file(file));
      return { complete: size === file.bytes, bytes: size >= 0 ? size : Math.max(0, await fileSize(paths.part(file))) };
    }),
  );
  return [sizes.every((file) => file.complete), sizes.reduce((sum, file) => sum + file.bytes, 0)];
}

async function findProblems(
  modelsDir: string,
  artefact: Artefact,
  options: { signal: AbortSignal; onBytes: (bytes: number) => void },
): Promise<FileProblem[]> {
  const paths = artefactPaths(modelsDir, artefact);
  const problems: FileProblem[] = [];
  for (const file of artefact.files) {
    const size = await fileSize(paths.file(file));
    if (size < 0) problems.push({ file: file.path, problem: 'missing' });
    else if (size !== file.bytes) problems.push({ file: file.path, problem: 'wrong_size' });
    else if ((await hashFile(paths.file(file), options)) !== file.sha256) problems.push({ file: file.path, problem: 'wrong_digest' });
  }
  return problems;
}

function parseMirror(mirror: string | undefined): string | undefined {
  if (mirror === undefined || mirror === '') return undefined;
  const protocol = URL.parse(mirror)?.protocol;
  if (protocol === 'https:' || protocol === 'http:') return mirror;
  throw new AntiphonError('config_invalid', 'ANTIPHON_MODELS_MIRROR must be an address that begins with https:// or http://.', {
    param: 'ANTIPHON_MODELS_MIRROR',
  });
}

async function prepareModelsDir(modelsDir: string): Promise<void> {
  try {
    await mkdir(modelsDir, { recursive: true });
    await access(modelsDir, constants.W_OK);
  } catch (thrown) {
    if (asDiskFull(thrown, 'the models folder') !== thrown) throw asDiskFull(thrown, 'the models folder');
    throw new AntiphonError('config_invalid', 'The models folder cannot be written; ANTIPHON_MODELS_DIR must name a folder that this user may write.', {
      param: 'ANTIPHON_MODELS_DIR',
      cause: thrown,
    });
  }
}
