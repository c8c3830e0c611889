/**
 * Runs a WASI command (wasi_snapshot_preview1) with arguments and with files that live in memory only. It has what
 * flite calls and no more: the program reaches no disk, no network and no environment. `node:wasi` would do with a
 * real directory, but it is experimental, warns on stderr and gives no isolation.
 */

export type WasiRun = {
  readonly exitCode: number;
  /** What was written to files, by path relative to `/`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
};

type MemoryFile = { bytes: Uint8Array; length: number; position: number };

const success = 0;
const badDescriptor = 8;
const rootDescriptor = 3;
const fileTypes = { characterDevice: 2, directory: 3, regularFile: 4 } as const;

class ProcessExit {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

/** Runs to the end, synchronously. Whatever the program traps with (WebAssembly.RuntimeError) is thrown. */
export function runWasiCommand(options: { module: WebAssembly.Module; args: readonly string[] }): WasiRun {
  const files = new Map<string, MemoryFile>();
  let memory: WebAssembly.Memory | undefined;
  const bytes = (): Uint8Array => {
    if (memory === undefined) throw new Error('The program called out before its memory was there.');
    return new Uint8Array(memory.buffer);
  };
  const imports = { ...processImports(options.args, bytes), ...fileImports(files, bytes) };
  const instance = new WebAssembly.Instance(options.module, { wasi_snapshot_preview1: imports });
  const { memory: exportedMemory, _start: start } = instance.exports;
  if (!(exportedMemory instanceof WebAssembly.Memory) || typeof start !== 'function') throw new Error('This module is not a WASI command.');
  memory = exportedMemory;
  let exitCode = 0;
  try {
    start();
  } catch (thrown) {
    if (!(thrown instanceof ProcessExit)) throw thrown;
    exitCode = thrown.code;
  }
  return { exitCode, files: new Map([...files].map(([path, file]) => [path, file.bytes.subarray(0, file.length)])) };
}

type Imports = Record<string, (...args: never[]) => number>;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function processImports(args: readonly string[], bytes: () => Uint8Array): Imports {
  const encoded = args.map((argument) => new TextEncoder().encode(`${argument}\0`));
  return {
    args_sizes_get(countAt: number, sizeAt: number) {
      viewOf(bytes()).setUint32(countAt, encoded.length, true);
      viewOf(bytes()).setUint32(sizeAt, encoded.reduce((sum, argument) => sum + argument.length, 0), true);
      return success;
    },
    args_get(pointersAt: number, textAt: number) {
      let at = textAt;
      encoded.forEach((argument, i) => {
        viewOf(bytes()).setUint32(pointersAt + 4 * i, at, true);
        bytes().set(argument, at);
        at += argument.length;
      });
      return success;
    },
    // The time seeds nothing that is heard; a constant keeps each sentence the same on every run.
    clock_time_get(_clock: number, _precision: bigint, timeAt: number) {
      viewOf(bytes()).setBigUint64(timeAt, 0n, true);
      return success;
    },
    proc_exit(code: number): number {
      throw new ProcessExit(code);
    },
  };
}

function fileImports(files: Map<string, MemoryFile>, bytes: () => Uint8Array): Imports {
  const open = new Map<number, MemoryFile>();
  let nextDescriptor = rootDescriptor + 1;
  return {
    path_open(_directory: number, _lookup: number, pathAt: number, pathLength: number, _flags: number, _rights: bigint, _inherited: bigint, _mode: number, descriptorAt: number) {
      const path = new TextDecoder().decode(bytes().slice(pathAt, pathAt + pathLength));
      const file = { bytes: new Uint8Array(0), length: 0, position: 0 };
      files.set(path, file);
      open.set(nextDescriptor, file);
      viewOf(bytes()).setUint32(descriptorAt, nextDescriptor, true);
      nextDescriptor += 1;
      return success;
    },
    fd_close(descriptor: number) {
      return open.delete(descriptor) ? success : badDescriptor;
    },
    fd_write(descriptor: number, vectorsAt: number, vectors: number, writtenAt: number) {
      const view = viewOf(bytes());
      let written = 0;
      for (let i = 0; i < vectors; i++) {
        const at = view.getUint32(vectorsAt + 8 * i, true);
        const length = view.getUint32(vectorsAt + 8 * i + 4, true);
        // stdout and stderr go nowhere: flite echoes the words it reads, and a user's words stay out of logs.
        const file = open.get(descriptor);
        if (file !== undefined) append(file, bytes().subarray(at, at + length));
        written += length;
      }
      view.setUint32(writtenAt, written, true);
      return success;
    },
    fd_seek(descriptor: number, offset: bigint, whence: number, positionAt: number) {
      const file = open.get(descriptor);
      if (file === undefined) return badDescriptor;
      file.position = Number(offset) + (whence === 0 ? 0 : whence === 1 ? file.position : file.length);
      viewOf(bytes()).setBigUint64(positionAt, BigInt(file.position), true);
      return success;
    },
    fd_read: () => badDescriptor,
    fd_fdstat_get(descriptor: number, statAt: number) {
      bytes().fill(0, statAt, statAt + 24);
      const type = descriptor < rootDescriptor ? 'characterDevice' : descriptor === rootDescriptor ? 'directory' : 'regularFile';
      bytes()[statAt] = fileTypes[type];
      bytes().fill(0xff, statAt + 8, statAt + 24); // All rights: there is nothing here to protect.
      return success;
    },
    fd_fdstat_set_flags: () => success,
    fd_prestat_get(descriptor: number, statAt: number) {
      if (descriptor !== rootDescriptor) return badDescriptor;
      bytes().fill(0, statAt, statAt + 8);
      bytes()[statAt + 4] = 1; // Length of the name "/".
      return success;
    },
    fd_prestat_dir_name(_descriptor: number, nameAt: number) {
      bytes()[nameAt] = '/'.charCodeAt(0);
      return success;
    },
  };
}

function append(file: MemoryFile, data: Uint8Array): void {
  const end = file.position + data.length;
  if (end > file.bytes.length) {
    const larger = new Uint8Array(Math.max(end, file.bytes.length * 2));
    larger.set(file.bytes);
    file.bytes = larger;
  }
  file.bytes.set(data, file.position);
  file.position = end;
  file.length = Math.max(file.length, end);
}
