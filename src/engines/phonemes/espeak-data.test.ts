import createEspeakModule from '@echogarden/espeak-ng-emscripten';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { espeakDataFile, espeakDataFolder, filesUnder, leaveDataOnDisk } from './espeak-data.ts';

describe('the data of espeak', () => {
  it('stays on the disk, and reads the same from there', async () => {
    const { FS: files } = await createEspeakModule({ print: () => {}, printErr: () => {} });
    const whole = await readFile(espeakDataFile);
    const places = filesUnder(files, espeakDataFolder).map(({ path, node }) => ({ path, at: node.contents.byteOffset, length: node.contents.length }));
    leaveDataOnDisk({ FS: files });
    let heldBytes = 0;
    for (const { path, at, length } of places) {
      const { node } = files.lookupPath(path);
      expect(Buffer.compare(node.contents, whole.subarray(at, at + length)), path).toBe(0);
      expect(Buffer.compare(files.readFile(path), whole.subarray(at, at + length)), path).toBe(0);
      if ('value' in Object.getOwnPropertyDescriptor(node, 'contents')!) heldBytes += node.contents.buffer.byteLength;
    }
    expect(places.length).toBeGreaterThan(200);
    expect(heldBytes).toBeLessThan(1_000_000);
  });
});
