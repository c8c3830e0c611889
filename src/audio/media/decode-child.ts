/** Spawns a decoding process and gives its two ends; what may become of it is decided by who uses it. */
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readFrames, type MediaFrame } from './frame-reader.ts';
import { rehearseArgument, type DecodeRequest } from './protocol.ts';

export type ChildExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type DecodeChild = {
  /** −1 where it could not be started. */
  readonly pid: number;
  /** Says what to decode; once. */
  readonly request: (request: DecodeRequest) => void;
  /** What it answers, read as it is asked for. Ends with the process. */
  readonly frames: AsyncGenerator<MediaFrame, void, undefined>;
  readonly exited: Promise<ChildExit>;
  readonly hasExited: () => boolean;
  /** The last words on stderr, for the log. */
  readonly lastWords: () => string;
  /** SIGKILL, because it may hang; resolves once it is gone and its pipes are closed. Idempotent. */
  readonly kill: () => Promise<void>;
};

/** Heap of the script around the decoder; what the decoder takes lies outside and is watched by the parent. */
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=64', '--max-semi-space-size=2'];
const lastWordsChars = 2000;

const entry = fileURLToPath(new URL('./decode-process.ts', import.meta.url));

/**
 * Of this process's environment the child gets nothing: there may be keys in it. Node's permission flags are left
 * away: what a file could do to a native decoder happens below them, and to allow such an addon takes most of them back.
 * `rehearse`: nobody waits for it yet, so it may first decode something of its own.
 */
export function spawnDecodeChild({ rehearse }: { readonly rehearse: boolean }): DecodeChild {
  const child = spawn(process.execPath, [...nodeFlags, entry, ...(rehearse ? [rehearseArgument] : [])], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'], env: ownEnvironment(), windowsHide: true });
  const [requests, answers, complaints, lifeline] = [child.stdin, child.stdout, child.stderr, child.stdio[3] as Writable];
  let exit: ChildExit | undefined;
  const exited = new Promise<ChildExit>((resolve) => {
    const settle = (outcome: ChildExit): void => {
      exit ??= outcome;
      resolve(exit);
    };
    child.once('exit', (code, signal) => settle({ code, signal }));
    child.once('error', () => settle({ code: null, signal: null }));
  });
  let words = '';
  complaints.setEncoding('utf8').on('data', (text: string) => { words = (words + text).slice(-lastWordsChars); });
  // A pipe whose other end is gone: `exited` tells of that.
  for (const pipe of [requests, answers, complaints, lifeline]) pipe.on('error', () => undefined);

  return {
    pid: child.pid ?? -1,
    request: (request) => void requests.end(`${JSON.stringify(request)}\n`),
    frames: readFrames(untilClosed(answers)),
    exited,
    hasExited: () => exit !== undefined,
    lastWords: () => words,
    async kill() {
      child.kill('SIGKILL');
      for (const pipe of [requests, answers, complaints, lifeline]) pipe.destroy();
      await exited;
    },
  };
}

/** A pipe that was closed on our side ends; what the child came to is told by its exit. */
async function* untilClosed(pipe: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const bytes of pipe) yield bytes as Uint8Array;
  } catch {
    return;
  }
}

/** One arena, because the decoder allocates on one thread; Windows cannot start Node without its root. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const root = process.env['SystemRoot'];
  return { MALLOC_ARENA_MAX: '1', ...(root === undefined ? {} : { SystemRoot: root }) };
}
