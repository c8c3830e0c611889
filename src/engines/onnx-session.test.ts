import { describe, expect, it } from 'vitest';
import { createOnnxGraphWriter } from '../models/onnx/onnx-graph-writer.ts';
import { availableExecutionProviders, createOnnxSession } from './onnx-session.ts';

function doubling(): Uint8Array {
  const graph = createOnnxGraphWriter({ graphName: 'doubling', opsets: { '': 17 } });
  graph.input({ name: 'x', elementType: 'float32', dims: ['n'] });
  graph.output({ name: 'y', elementType: 'float32', dims: ['n'] });
  graph.node({ opType: 'Add', inputs: ['x', 'x'], outputs: ['y'] });
  return graph.modelBytes();
}

const x = { type: 'float32', data: Float32Array.of(1, 2), dims: [2] } as const;

describe('createOnnxSession', () => {
  it('runs a model', async () => {
    const session = await createOnnxSession({ model: doubling() });
    expect([session.inputNames, session.outputNames, session.executionProvider]).toEqual([['x'], ['y'], 'cpu']);
    expect([...(await session.run({ x })).get('y', 'float32').data]).toEqual([2, 4]);
    await session.close();
  });

  it.each([new Uint8Array(0), doubling().subarray(0, 40), Buffer.from('GGUF no onnx')])('refuses what is no model', async (model) => {
    await expect(createOnnxSession({ model })).rejects.toMatchObject({ code: 'model_file_invalid' });
  });

  it('reports each provider that could not be used and runs on the CPU', async () => {
    const fallbacks: string[] = [];
    const session = await createOnnxSession({ model: doubling(), executionProviders: ['cuda', 'abacus'], onProviderFallback: ({ provider }) => void fallbacks.push(provider) });
    expect(fallbacks).toContain('abacus');
    if (session.executionProvider === 'cpu') expect(fallbacks).toEqual(['cuda', 'abacus']);
    expect(availableExecutionProviders().at(-1)).toBe('cpu');
    await session.close();
  });

  it('fails a run with wrong inputs or types as engine_failed, and works on', async () => {
    const session = await createOnnxSession({ model: doubling() });
    await expect(session.run({})).rejects.toMatchObject({ code: 'engine_failed' });
    const outputs = await session.run({ x });
    expect(() => outputs.get('y', 'int64')).toThrow(expect.objectContaining({ code: 'engine_failed' }));
    expect(() => outputs.get('z', 'float32')).toThrow(expect.objectContaining({ code: 'engine_failed' }));
    await session.close();
  });

  it('finishes the run in progress when it is closed, and refuses later ones', async () => {
    const session = await createOnnxSession({ model: doubling() });
    const running = session.run({ x });
    const [outputs] = await Promise.all([running, session.close(), session.close()]);
    expect([...outputs.get('y', 'float32').data]).toEqual([2, 4]);
    await expect(session.run({ x })).rejects.toMatchObject({ code: 'engine_failed' });
  });
});
