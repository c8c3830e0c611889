/** The language worker that dies or hangs, with the real model. Needs Linux' /proc. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localCaller } from '../../src/caller.ts';
import { askerOf } from '../../src/dispatch/lanes.ts';
import { buildLanguage, type Language } from '../../src/build-language.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { localModel } from '../../src/engines/conformance/local-model.ts';
import { createSilentLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { isAlive, residentBytes } from '../support/processes.ts';
import { until } from '../support/until.ts';

const chatModel = localModel({ folder: 'smollm2-135m-instruct', file: 'SmolLM2-135M-Instruct.Q4_1.gguf' });
const embeddingModel = localModel({ folder: 'all-minilm-l6-v2', file: 'model.safetensors' });
const quiet = new AbortController().signal;
const story = { asker: askerOf(localCaller), modelId: 'llama/smollm2-135m-instruct', messages: [{ role: 'user' as const, content: 'Tell me a long story about the sea.' }], temperature: 0, maxTokens: 60 };
const words = { asker: askerOf(localCaller), modelId: 'minilm/all-minilm-l6-v2', texts: ['the sea'] };

describe.skipIf((chatModel.missing ?? embeddingModel.missing) !== undefined)('the language worker', () => {
  let dataDir: string;
  const open: Language[] = [];
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'antiphon-thinking-'));
  });
  afterAll(async () => {
    await Promise.all(open.map((language) => language.close(0)));
    await rm(dataDir, { recursive: true, force: true });
  });

  function build(settings: Readonly<Record<string, string | number>> = {}): Language {
    const flags = { dataDir, 'workers.heartbeatIntervalMs': 200, 'workers.heartbeatTimeoutMs': 3_000, 'workers.restartBackoffMs': 50, ...settings };
    const { config } = loadConfig({ environment: process.env, flags });
    const worker = {
      modelsDir: config.modelsDir, voicesDir: config.voicesDir, whisperDir: config.whisperDir, ggufDir: config.language.ggufDir, contextTokens: 2048, conversations: 2,
      residentBytes: 1, maxSessions: 1, executionProviders: ['cpu'], threads: 1, logLevel: 'silent' as const, logFormat: 'json' as const,
    };
    const language = buildLanguage({ config, worker, clock: systemClock, metrics: createMetrics(), log: createSilentLogger() });
    open.push(language);
    return language;
  }

  const pidOf = (language: Language): number | undefined => {
    const state = language.worker.state();
    return state.name === 'ready' ? state.pid : undefined;
  };

  async function textOf(language: Language): Promise<string> {
    const deltas = await Array.fromAsync(language.pool.chat(story, quiet));
    return deltas.map((delta) => (delta.type === 'chat.text' ? delta.text : '')).join('');
  }

  it('does not run before anybody asks, though it is known what it could do', async () => {
    const language = build();
    expect((await language.catalog.models()).map(({ modelId, loaded }) => [modelId, loaded])).toEqual(expect.arrayContaining([['llama/smollm2-135m-instruct', false], ['minilm/all-minilm-l6-v2', false]]));
    expect(language.worker.state().name).toBe('stopped');
  });

  it('converses and embeds, and ends with its models when nobody asked for a while', async () => {
    const language = build({ 'language.idleUnloadMs': 300 });
    expect((await language.pool.embed(words, quiet)).vectors[0]).toHaveLength(384);
    const pid = pidOf(language)!;
    // What speaks and hears is not even loaded: a worker with a voice takes more than this before its first word.
    expect(residentBytes(pid)).toBeLessThan(500_000_000);
    await until('the idle worker ends', () => !isAlive(pid));
    expect(language.worker.state().name).toBe('stopped');
    expect((await language.pool.embed(words, quiet)).vectors[0]).toHaveLength(384);
  });

  it('that is killed before it said a word is replaced, and nobody notices', async () => {
    const language = build();
    const whole = await textOf(language);
    const answer = textOf(language);
    const pid = pidOf(language)!;
    kill(pid, 'SIGKILL');
    expect(await answer).toBe(whole);
    expect(language.worker.restarts()).toBe(1);
    expect(isAlive(pid)).toBe(false);
  });

  it('that is killed in the middle of an answer breaks it off, and answers the next', async () => {
    const language = build();
    const stream = language.pool.chat(story, quiet);
    expect((await stream.next()).value).toMatchObject({ type: 'chat.text' });
    kill(pidOf(language)!, 'SIGKILL');
    await expect((async () => { for await (const delta of stream) void delta; })()).rejects.toMatchObject({ code: 'worker_lost' });
    expect(await textOf(language)).not.toBe('');
  });

  it('that hangs is found out, killed and replaced', async () => {
    const language = build();
    await language.pool.embed(words, quiet);
    const pid = pidOf(language)!;
    kill(pid, 'SIGSTOP');
    expect((await language.pool.embed(words, quiet)).vectors[0]).toHaveLength(384);
    expect(isAlive(pid)).toBe(false);
  });

  it('leaves nothing behind when its server closes', async () => {
    const language = build();
    await language.pool.embed(words, quiet);
    const pid = pidOf(language)!;
    await language.close(0);
    expect(isAlive(pid)).toBe(false);
  });
});
