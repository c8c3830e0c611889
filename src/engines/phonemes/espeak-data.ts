/**
 * Leaves espeak's data on the disk. The package reads all of it, 24 MB of dictionaries of a hundred languages, into the
 * memory of its file system, and espeak copies what it needs of a language when that is spoken.
 */
import type { EspeakFileSystem, EspeakModule } from '@echogarden/espeak-ng-emscripten';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where espeak looks for it, in that file system. */
export const espeakDataFolder = '/usr/share/espeak-ng-data';
/** The same, one file behind the other. */
export const espeakDataFile = fileURLToPath(new URL('espeak-ng.data', import.meta.resolve('@echogarden/espeak-ng-emscripten')));

/** Smaller ones are read again and again and stay. */
const smallBytes = 8_192;

/** Call it before anything is spoken. Does nothing where the package keeps its data in another way than is known here. */
export function leaveDataOnDisk({ FS: files }: Pick<EspeakModule, 'FS'>): void {
  const wholeBytes = statSync(espeakDataFile).size;
  for (const { node } of filesUnder(files, espeakDataFolder)) {
    const { contents } = node;
    if (contents.buffer.byteLength !== wholeBytes) continue;
    if (contents.length <= smallBytes) node.contents = contents.slice();
    else Object.defineProperty(node, 'contents', { configurable: true, get: fromDisk({ at: contents.byteOffset, length: contents.length }) });
  }
}

/** The file's bytes, held for as long as somebody uses them. */
function fromDisk({ at, length }: { at: number; length: number }): () => Uint8Array {
  let last: WeakRef<Uint8Array> | undefined;
  return () => {
    const known = last?.deref();
    if (known !== undefined) return known;
    const bytes = new Uint8Array(length);
    const file = openSync(espeakDataFile, 'r');
    try {
      for (let got = 0; got < length; ) {
        const read = readSync(file, bytes, got, length - got, at + got);
        if (read === 0) throw new RangeError('The data of espeak became shorter while it was used.');
        got += read;
      }
    } finally {
      closeSync(file);
    }
    last = new WeakRef(bytes);
    return bytes;
  };
}

type FileNode = ReturnType<EspeakFileSystem['lookupPath']>['node'];

export function filesUnder(files: EspeakFileSystem, folder: string): { path: string; node: FileNode }[] {
  return files.readdir(folder).filter((name) => name !== '.' && name !== '..').flatMap((name) => {
    const path = `${folder}/${name}`;
    const { node } = files.lookupPath(path);
    return files.isDir(node.mode) ? filesUnder(files, path) : [{ path, node }];
  });
}
