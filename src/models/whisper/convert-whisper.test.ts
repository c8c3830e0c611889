import { mkdtemp, readFile, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { areWhisperGraphsCurrent, convertWhisper, readWhisperGraphs } from './convert-whisper.ts';
import { syntheticSize, syntheticWhisper, writeSyntheticWhisper } from './synthetic-whisper.test-support.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'antiphon-whisper-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const { signal } = new AbortController();
const invalid = expect.objectContaining({ code: 'model_file_invalid' });

async function folders(name: string, options: Parameters<typeof writeSyntheticWhisper>[1] = {}): Promise<{ folder: string; target: string }> {
  const folder = join(scratch, name, 'model');
  await writeSyntheticWhisper(folder, options);
  return { folder, target: join(scratch, name, 'graphs', 'small') };
}

describe('convertWhisper', () => {
  it('writes the graphs and what sizes they have', async () => {
    const { folder, target } = await folders('whole');
    await convertWhisper({ folder, target, signal });
    expect((await readdir(target)).toSorted()).toEqual(['decoder.onnx', 'encoder.onnx', 'whisper.json']);
    expect((await readWhisperGraphs(target)).spec).toEqual({ ...syntheticSize, multilingual: false, alignmentHeads: [[0, 0], [1, 1]] });
  });

  it('takes the heads of the later layers where nobody chose any that exist', async () => {
    for (const [name, config] of [['none', {}], ['others', { alignment_heads: [[9, 0]] }]] as const) {
      const { folder, target } = await folders(name, { config });
      await convertWhisper({ folder, target, signal });
      expect((await readWhisperGraphs(target)).spec.alignmentHeads).toEqual([[1, 0], [1, 1]]);
    }
  });

  it('makes the same graphs of weights in 8 bits as of floats that 8 bits hold', async () => {
    const floats = await folders('floats');
    const eight = await folders('eight', { storedAs: 'int8' });
    for (const paths of [floats, eight]) await convertWhisper({ ...paths, signal });
    const [expected, actual] = await Promise.all([floats, eight].map(({ target }) => readFile(join(target, 'decoder.onnx'))));
    expect(actual!.length).toBe(expected!.length);
    const different = actual!.reduce((count, byte, i) => count + (byte === expected![i] ? 0 : 1), 0);
    // The scales, which 127 · 63/127 rounds a little otherwise.
    expect(different / actual!.length).toBeLessThan(0.15);
  });

  it('leaves what was there before, and nothing half done, when it is cancelled or fails', async () => {
    const { folder, target } = await folders('kept');
    await convertWhisper({ folder, target, signal });
    const before = await readFile(join(target, 'whisper.json'), 'utf8');
    const controller = new AbortController();
    const converting = convertWhisper({ folder, target, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(converting).rejects.toThrow('enough');
    await truncate(join(folder, 'model.bin'), 20_000);
    await expect(convertWhisper({ folder, target, signal })).rejects.toEqual(invalid);
    expect(await readFile(join(target, 'whisper.json'), 'utf8')).toBe(before);
    expect(await readdir(join(target, '..'))).toEqual(['small']);
  });

  it('refuses weights that are no Whisper, or of which one is missing or of another size', async () => {
    const model = syntheticWhisper();
    const broken = {
      missing: new Map([...model.weights].filter(([name]) => name !== 'encoder/layer_1/ffn/linear_1/bias')),
      narrow: new Map([...model.weights, ['decoder/layer_1/attention/linear_2/weight', { dims: [8, 8], data: new Float32Array(64) }] as const]),
      headless: new Map([...model.weights, ['decoder/num_heads', { dims: [], data: Float32Array.of(7) }] as const]),
      empty: new Map([['encoder/num_heads', { dims: [], data: Float32Array.of(2) }] as const]),
    };
    for (const [name, weights] of Object.entries(broken)) {
      const { folder, target } = await folders(name, { model: { ...model, weights } });
      await expect(convertWhisper({ folder, target, signal }), name).rejects.toEqual(invalid);
    }
    const { folder, target } = await folders('unconfigured');
    await rm(join(folder, 'config.json'));
    await expect(convertWhisper({ folder, target, signal })).rejects.toEqual(invalid);
  });
});

describe('areWhisperGraphsCurrent', () => {
  it('is true until the weights, or the version of the graphs, are others', async () => {
    const { folder, target } = await folders('current');
    expect(await areWhisperGraphsCurrent({ folder, target })).toBe(false);
    await convertWhisper({ folder, target, signal });
    expect(await areWhisperGraphsCurrent({ folder, target })).toBe(true);
    await utimes(join(folder, 'model.bin'), new Date(), new Date('2001-01-01'));
    expect(await areWhisperGraphsCurrent({ folder, target })).toBe(false);
    await convertWhisper({ folder, target, signal });
    const path = join(target, 'whisper.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"converterVersion": \d+/, '"converterVersion": 0'));
    expect(await areWhisperGraphsCurrent({ folder, target })).toBe(false);
    await expect(readWhisperGraphs(target)).rejects.toEqual(invalid);
  });
});
