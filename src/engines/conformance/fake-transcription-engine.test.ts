import { describe, expect, it } from 'vitest';
import { AntiphonError } from '../../errors.ts';
import { hearingRateHz } from '../kinds.ts';
import type { HeardSpeech, TranscriptionRequest } from '../kinds.ts';
import { createFakeTranscriptionEngine } from './fake-transcription-engine.ts';
import { describeTranscriptionEngine } from './transcription-engine-kit.ts';
import type { Recording } from './transcription-engine-kit.ts';

const tone = (seconds: number) => Float32Array.from({ length: Math.round(seconds * hearingRateHz) }, (_, i) => 0.3 * Math.sin(i / 5));
const recording = async (seconds: number): Promise<Recording> => ({ samples: tone(seconds), text: Array.from({ length: Math.ceil(seconds) }, (_, i) => `word${i}`).join(' ') });

describeTranscriptionEngine({
  name: 'the fake',
  recording: () => recording(3.5),
  otherRecording: () => recording(2),
  create: async () => {
    const engine = createFakeTranscriptionEngine({ damagedModelIds: ['broken'] });
    return { engine, modelId: 'fake', damaged: { engine, modelId: 'broken' }, stepsBegun: engine.stepsBegun };
  },
});

describeTranscriptionEngine({
  name: 'a fake that knows one language',
  recording: () => recording(3.5),
  otherRecording: () => recording(2),
  create: async () => {
    const engine = createFakeTranscriptionEngine({ damagedModelIds: ['broken'], languages: ['en'], translates: false, steps: 7 });
    return { engine, modelId: 'fake', damaged: { engine, modelId: 'broken' } };
  },
});

describe('the fake transcription engine', () => {
  const quiet = new AbortController().signal;
  const request: TranscriptionRequest = { samples: tone(2), task: 'transcribe', words: false };

  it('hears a word in each loud second, at that second', async () => {
    const samples = tone(2.5);
    samples.fill(0, hearingRateHz, 2 * hearingRateHz);
    const model = await createFakeTranscriptionEngine().load('fake', quiet);
    const steps = await Array.fromAsync(model.transcribe({ ...request, samples }, quiet));
    expect(steps.map(({ heard }) => heard?.segments.map(({ text, startSeconds, endSeconds }) => [text, startSeconds, endSeconds]))).toEqual([
      undefined,
      undefined,
      [[' word0', 0, 1], [' word2', 2, 2.5]],
    ]);
  });

  it('hears what the script tells', async () => {
    const heard: HeardSpeech = { language: 'fr', languageProbability: 0.4, segments: [] };
    const model = await createFakeTranscriptionEngine({ hear: () => heard, steps: 1 }).load('fake', quiet);
    expect(await Array.fromAsync(model.transcribe(request, quiet))).toEqual([{ heard }]);
  });

  it('fails in the scripted step and not before', async () => {
    const failure = new AntiphonError('worker_lost', 'scripted');
    const engine = createFakeTranscriptionEngine({ script: ({ index }) => (index === 1 ? { failure } : undefined) });
    const stream = (await engine.load('fake', quiet)).transcribe(request, quiet)[Symbol.asyncIterator]();
    expect((await stream.next()).done).toBe(false);
    await expect(stream.next()).rejects.toBe(failure);
  });

  it('waits as scripted, and an abort ends the wait with the signal’s reason', async () => {
    const controller = new AbortController();
    const engine = createFakeTranscriptionEngine({ script: () => ({ delayMs: 60_000 }) });
    const step = (await engine.load('fake', quiet)).transcribe(request, controller.signal)[Symbol.asyncIterator]().next();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(step).rejects.toBe(reason);
  });

  it('tells which models are in memory', async () => {
    const engine = createFakeTranscriptionEngine({ modelIds: ['a', 'b'] });
    const a = await engine.load('a', quiet);
    await engine.load('b', quiet);
    expect(engine.loadedModels()).toEqual(['a', 'b']);
    await a.close();
    expect(engine.loadedModels()).toEqual(['b']);
  });
});
