import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { describeChatEngine } from '../engines/conformance/chat-engine-kit.ts';
import { describeEmbeddingEngine } from '../engines/conformance/embedding-engine-kit.ts';
import { createFakeChatEngine, type FakeChatEngineOptions } from '../engines/conformance/fake-chat-engine.ts';
import { createFakeEmbeddingEngine } from '../engines/conformance/fake-embedding-engine.ts';
import { AntiphonError } from '../errors.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import { chatEngineOf, embeddingEngineOf } from './client-engines.test-support.ts';
import { createWorkerClient } from './client.ts';
import { serveWorker } from './serve-worker.ts';

async function setUp(options: FakeChatEngineOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-llm-'));
  const engine = createFakeChatEngine({ damagedModelIds: ['broken'], ...options });
  const worker = await serveWorker({
    listen: `unix:${join(folder, 'w.sock')}`,
    language: { chatEngines: [engine], embeddingEngines: [createFakeEmbeddingEngine({ damagedModelIds: ['torn'] })] },
    residentBytes: 10_000_000,
    maxSessions: 8,
    clock: systemClock,
    log: createSilentLogger(),
  });
  const client = createWorkerClient(worker.address);
  const close = async () => {
    client.close();
    await worker.close(0);
    await rm(folder, { recursive: true });
  };
  return { engine, client, close };
}

describeChatEngine({
  name: 'a worker’s client',
  ownsModels: false,
  create: async () => {
    const { client, close } = await setUp();
    const engine = chatEngineOf(client);
    return { engine, modelId: 'fake', contextTokens: 512, damaged: { engine, modelId: 'broken' }, close };
  },
});

describeEmbeddingEngine({
  name: 'a worker’s client',
  understands: false,
  ownsModels: false,
  create: async () => {
    const { client, close } = await setUp();
    const engine = embeddingEngineOf(client);
    return { engine, modelId: 'fake', damaged: { engine, modelId: 'torn' }, close };
  },
});

describe('a worker that thinks', () => {
  const quiet = new AbortController().signal;
  const hello = { modelId: 'llama/fake', messages: [{ role: 'user' as const, content: 'hello' }] };

  it('hands on every field of a request', async () => {
    let seen: unknown;
    const { client, close } = await setUp({ say: (request) => { seen = request; return ['{}']; } });
    const request = {
      messages: [{ role: 'system', content: 'a' }, { role: 'assistant', content: 'b' }, { role: 'user', content: 'c' }] as const,
      maxTokens: 7, temperature: 0, topP: 0, seed: 0, stop: ['x', 'y'],
      format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } as const,
    };
    await Array.fromAsync(client.chat({ ...request, modelId: 'llama/fake' }, quiet));
    expect(seen).toEqual(request);
    await Array.fromAsync(client.chat(hello, quiet));
    expect(seen).toEqual({ messages: hello.messages, format: { type: 'text' } });
    await close();
  });

  it('stops computing when its caller leaves', async () => {
    const { client, engine, close } = await setUp({ say: () => Array.from({ length: 400 }, (_, index) => `w${index}`), script: () => ({ delayMs: 1 }) });
    for await (const delta of client.chat(hello, quiet)) if (delta.type === 'chat.text') break;
    // The next call is answered after the leaving was noticed.
    await client.listLanguageModels();
    await client.embed({ modelId: 'minilm/fake', texts: ['x'] }, quiet);
    const steps = engine.stepsBegun();
    await client.embed({ modelId: 'minilm/fake', texts: Array.from({ length: 50 }, () => 'x') }, quiet);
    expect(engine.stepsBegun()).toBe(steps);
    expect(steps).toBeLessThan(400);
    await close();
  });

  it('says why a file cannot be used to whoever asks for it by name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'antiphon-llm-'));
    const chatEngine = { ...createFakeChatEngine(), problems: async () => [{ modelId: 'cut', reason: 'The file is cut off.' }] };
    const worker = await serveWorker({ listen: `unix:${join(folder, 'w.sock')}`, language: { chatEngines: [chatEngine], embeddingEngines: [] }, residentBytes: 1, maxSessions: 8, clock: systemClock, log: createSilentLogger() });
    const client = createWorkerClient(worker.address);
    await expect(Array.fromAsync(client.chat({ ...hello, modelId: 'llama/cut' }, quiet))).rejects.toMatchObject({ code: 'model_file_invalid', message: 'cut: The file is cut off.' });
    expect((await client.listLanguageModels()).problems).toEqual(['cut: The file is cut off.']);
    client.close();
    await worker.close(0);
    await rm(folder, { recursive: true });
  });

  it('serves only what it hosts', async () => {
    const { client, close } = await setUp();
    await expect(client.listTranscriptionModels()).rejects.toMatchObject({ code: 'worker_lost' });
    await close();
  });

  it('tells a failure of the engine with its code', async () => {
    const { client, close } = await setUp({ script: ({ index }) => (index === 1 ? { failure: new AntiphonError('engine_failed', 'scripted') } : undefined) });
    await expect(Array.fromAsync(client.chat(hello, quiet))).rejects.toMatchObject({ code: 'engine_failed', message: 'scripted' });
    await close();
  });
});
