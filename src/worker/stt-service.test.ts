/** A worker's hearing over a real socket, with a scripted engine: what crosses the process boundary, and in which order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../test/support/until.ts';
import { systemClock } from '../clock.ts';
import { createFakeSpeechEngine } from '../engines/conformance/fake-speech-engine.ts';
import { createFakeTranscriptionEngine, type FakeTranscriptionEngineOptions } from '../engines/conformance/fake-transcription-engine.ts';
import { hearingRateHz } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import { createWorkerClient, type WorkerTranscriptionRequest } from './client.ts';
import { serveWorker } from './serve-worker.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function setUp(options: FakeTranscriptionEngineOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-stt-'));
  const engine = createFakeTranscriptionEngine(options);
  const worker = await serveWorker({
    listen: `unix:${join(folder, 'w.sock')}`,
    speech: {
      engines: [createFakeSpeechEngine({ modelIds: ['voice'] })],
      transcriptionEngines: [engine],
      voiceActivity: () => Promise.reject(new AntiphonError('model_not_ready', 'none here')),
    },
    residentBytes: 10_000_000,
    maxSessions: 8,
    clock: systemClock,
    log: createSilentLogger(),
  });
  const client = createWorkerClient(worker.address);
  cleanups.push(() => rmSync(folder, { recursive: true }), () => worker.close(0), () => client.close());
  return { engine, client };
}

/** Loud seconds hold words, for the scripted engine. */
function recording(seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * hearingRateHz }, (_, i) => 0.3 * Math.sin(i / 5));
}

function request(more: Partial<WorkerTranscriptionRequest> = {}): WorkerTranscriptionRequest {
  return { modelId: 'whisper/fake', samples: recording(2), task: 'transcribe', words: true, answerDelayMs: 0, ...more };
}

const never = new AbortController().signal;

describe('a worker that hears', () => {
  it('gives what the engine heard, with every figure', async () => {
    const { client } = await setUp();
    const heard = await client.transcribe(request({ language: 'de', temperature: 0.2 }), never);
    expect(heard).toMatchObject({ language: 'de', languageProbability: 1 });
    expect(heard.segments).toMatchObject([
      { text: ' word0', startSeconds: 0, endSeconds: 1, tokens: [0], temperature: 0.2, averageLogProbability: -0.1, compressionRatio: 1, noSpeechProbability: 0.01, words: [{ text: ' word0', startSeconds: 0, endSeconds: 1, probability: 0.9 }] },
      { text: ' word1' },
    ]);
  });

  it('hands language, task, prompt and temperature to the engine, and leaves out what was not given', async () => {
    const asked: unknown[] = [];
    const { client } = await setUp({ script: ({ request: { samples, ...rest } }) => { asked.push({ ...rest, seconds: samples.length / hearingRateHz }); return undefined; }, steps: 1 });
    await client.transcribe(request({ task: 'translate', prompt: 'Names: Ada', words: false }), never);
    expect(asked).toEqual([{ task: 'translate', prompt: 'Names: Ada', temperature: 0, words: false, careful: false, seconds: 2 }]);
  });

  it.each([
    ['a model that it does not have', { modelId: 'whisper/none' }, 'model_unknown'],
    ['a language that the model does not understand', { language: 'xx' }, 'language_unknown'],
    ['no sound', { samples: new Float32Array(0) }, 'input_invalid'],
    ['more than 30 s', { samples: new Float32Array(30 * hearingRateHz + 1) }, 'input_invalid'],
  ] as const)('refuses %s', async (_, more, code) => {
    const { client } = await setUp();
    await expect(client.transcribe(request(more), never)).rejects.toMatchObject({ code });
  });

  it('stops inference when the caller leaves', async () => {
    const leave = new AbortController();
    const { client, engine } = await setUp({ steps: 1_000, script: ({ index }) => (index === 3 ? { delayMs: 20 } : undefined) });
    const done = client.transcribe(request(), leave.signal);
    await until('a few steps are done', () => engine.stepsBegun() > 3);
    leave.abort(new AntiphonError('cancelled', 'left'));
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
    await until('no step begins any more', async () => {
      const before = engine.stepsBegun();
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      return engine.stepsBegun() === before;
    });
    expect(engine.stepsBegun()).toBeLessThan(1_000);
  });

  it('hears a sentence that is due before a lecture that came earlier', async () => {
    const order: string[] = [];
    const { client } = await setUp({ steps: 20, script: ({ request: { prompt }, index }) => { if (index === 19) order.push(prompt ?? ''); return { delayMs: 2 }; } });
    await Promise.all([
      client.transcribe(request({ prompt: 'lecture', answerDelayMs: 60_000 }), never),
      client.transcribe(request({ prompt: 'sentence', answerDelayMs: 500 }), never),
    ]);
    expect(order).toEqual(['sentence', 'lecture']);
  });

  it('lists, loads and warms its models, and keeps them within the budget that speech shares', async () => {
    const { client } = await setUp({ modelIds: ['a', 'b'], residentBytes: 6_000_000 });
    expect((await client.listTranscriptionModels()).models).toMatchObject([{ model_id: 'whisper/a', languages: ['en', 'de', 'fr'], translates: true, loaded: false }, { model_id: 'whisper/b' }]);
    expect(await client.loadTranscriptionModel('whisper/a')).toMatchObject({ model: { loaded: true, execution_provider: 'cpu' } });
    await client.loadTranscriptionModel('whisper/b');
    expect((await client.listTranscriptionModels()).models.map(({ loaded }) => loaded)).toEqual([false, true]);
    expect((await client.capabilities()).resident_bytes).toBe(6_000_000);
  });
});
