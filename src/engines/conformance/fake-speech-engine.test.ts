import { describe, expect, it } from 'vitest';
import { AntiphonError } from '../../errors.ts';
import { createFakeSpeechEngine, fakeSampleCount } from './fake-speech-engine.ts';
import { describeSpeechEngine } from './speech-engine-kit.ts';

describeSpeechEngine({
  name: 'the fake',
  sampleText: 'A fake sentence of ordinary length, which becomes a tone of ordinary length.',
  create: async () => {
    const engine = createFakeSpeechEngine({ damagedModelIds: ['broken'] });
    return { engine, modelId: 'fake', damaged: { engine, modelId: 'broken' }, stepsBegun: engine.stepsBegun, isDeterministic: true };
  },
});

describe('the fake speech engine', () => {
  const request = { text: 'abcdef', voice: 'tone_440', speed: 1 };
  const quiet = new AbortController().signal;

  it('plays the tone of the voice for as long as the text has letters', async () => {
    const model = await createFakeSpeechEngine().load('fake', quiet);
    const samples: number[] = [];
    for await (const chunk of model.synthesise(request, quiet)) samples.push(...chunk.samples);
    expect(samples.length).toBe(fakeSampleCount(request, 24_000));
    const risingCrossings = samples.filter((sample, i) => i > 0 && samples[i - 1]! < 0 && sample >= 0).length;
    expect(Math.abs(risingCrossings - (440 * samples.length) / 24_000)).toBeLessThan(2);
  });

  it('fails in the scripted step and not before', async () => {
    const failure = new AntiphonError('worker_lost', 'scripted');
    const engine = createFakeSpeechEngine({ script: ({ index }) => (index === 1 ? { failure } : undefined) });
    const stream = (await engine.load('fake', quiet)).synthesise(request, quiet)[Symbol.asyncIterator]();
    expect((await stream.next()).done).toBe(false);
    await expect(stream.next()).rejects.toBe(failure);
  });

  it('waits as scripted, and an abort ends the wait with the signal’s reason', async () => {
    const controller = new AbortController();
    const engine = createFakeSpeechEngine({ script: () => ({ delayMs: 60_000 }) });
    const stream = (await engine.load('fake', quiet)).synthesise(request, controller.signal)[Symbol.asyncIterator]();
    const reason = new Error('enough');
    const step = stream.next();
    controller.abort(reason);
    await expect(step).rejects.toBe(reason);
  });

  it('tells which models are in memory', async () => {
    const engine = createFakeSpeechEngine({ modelIds: ['a', 'b'] });
    const a = await engine.load('a', quiet);
    await engine.load('b', quiet);
    expect(engine.loadedModels()).toEqual(['a', 'b']);
    await a.close();
    expect(engine.loadedModels()).toEqual(['b']);
  });
});
