import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCtranslate2Model } from './ctranslate2-file.ts';
import { ctranslate2Bytes, type Ctranslate2Weight } from './synthetic-whisper.test-support.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'antiphon-ctranslate2-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

let files = 0;
async function put(bytes: Uint8Array): Promise<string> {
  const path = join(scratch, `${files++}.bin`);
  await writeFile(path, bytes);
  return path;
}

async function readFloats(weights: readonly Ctranslate2Weight[], name: string): Promise<number[]> {
  const model = await openCtranslate2Model(await put(ctranslate2Bytes({ weights })));
  try {
    return [...(await model.floats(name, weights.find((weight) => weight.name === name)!.data.length))];
  } finally {
    await model.close();
  }
}

const invalid = expect.objectContaining({ code: 'model_file_invalid' });

describe('openCtranslate2Model', () => {
  it('finds weights by name, and by their other names', async () => {
    const weights = [
      { name: 'a', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { name: 'heads', dims: [], data: Int16Array.of(8) },
    ];
    const model = await openCtranslate2Model(await put(ctranslate2Bytes({ weights, aliases: { b: 'a' } })));
    expect(model).toMatchObject({ specification: 'WhisperSpec', revision: 3 });
    expect(model.dims('b')).toEqual([2, 3]);
    expect([...(await model.floats('b', 6))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await model.integer('heads')).toBe(8);
    expect(model.dims('c')).toBeUndefined();
    await expect(model.floats('c', 6)).rejects.toEqual(invalid);
    await expect(model.floats('a', 5)).rejects.toEqual(invalid);
    await model.close();
  });

  it('gives floats for whatever a weight is stored as', async () => {
    expect(await readFloats([{ name: 'half', dims: [4], data: Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001) }], 'half')).toEqual([1, -2, 0.333251953125, 2 ** -24]);
    expect(await readFloats([{ name: 'brain', dims: [2], type: 5, data: Uint16Array.of(0x3f80, 0xc020) }], 'brain')).toEqual([1, -2.5]);
    const rows = { name: 'w', dims: [2, 2], data: Int8Array.of(127, -64, 10, 5) };
    expect(await readFloats([rows, { name: 'w_scale', dims: [2], data: Float32Array.of(127, 20) }], 'w')).toEqual([1, Math.fround(-64 / 127), 0.5, 0.25]);
    const whole = { name: 'w', dims: [2, 2], data: Int16Array.of(1024, -512, 10, 5) };
    expect(await readFloats([whole, { name: 'w_scale', dims: [], data: Float32Array.of(1024) }], 'w')).toEqual([1, -0.5, 10 / 1024, 5 / 1024]);
    await expect(readFloats([rows], 'w')).rejects.toEqual(invalid);
  });

  it('reads a header that is longer than one read of the file', async () => {
    const weights = Array.from({ length: 400 }, (_, i) => ({ name: `a/rather/long/name/of/a/weight/${i}`, dims: [2], data: Float32Array.of(i, -i) }));
    expect(await readFloats(weights, 'a/rather/long/name/of/a/weight/399')).toEqual([399, -399]);
  });

  it('refuses a file that ends too soon, wherever it ends', async () => {
    const whole = ctranslate2Bytes({ weights: [{ name: 'a', dims: [40], data: new Float32Array(40) }, { name: 'b', dims: [], data: Int32Array.of(1) }], aliases: { c: 'a' } });
    for (const bytes of [0, 3, 10, 25, 60, 120, whole.length - 12, whole.length - 1]) {
      await expect(openCtranslate2Model(await put(whole.subarray(0, bytes))), `${bytes} bytes`).rejects.toEqual(invalid);
    }
  });

  it('refuses other files and sizes that cannot be', async () => {
    const weight = { name: 'a', dims: [2], data: Float32Array.of(1, 2) };
    const absurd = {
      anotherFormat: Buffer.from('GGUF and then something else entirely, long enough to be read'),
      anotherVersion: ctranslate2Bytes({ weights: [weight], version: 7 }),
      moreWeightsThanAModelHas: Buffer.concat([ctranslate2Bytes({ weights: [] }).subarray(0, 22), Buffer.of(255, 255, 255, 255)]),
      sizesThatDisagree: ctranslate2Bytes({ weights: [{ ...weight, dims: [4_000_000_000, 4_000_000_000] }] }),
      unknownType: ctranslate2Bytes({ weights: [{ ...weight, type: 9 }] }),
      aliasOfNothing: ctranslate2Bytes({ weights: [weight], aliases: { b: 'nothing' } }),
    };
    for (const [name, bytes] of Object.entries(absurd)) await expect(openCtranslate2Model(await put(bytes)), name).rejects.toEqual(invalid);
    await expect(openCtranslate2Model(join(scratch, 'not-here.bin'))).rejects.toEqual(invalid);
  });
});
