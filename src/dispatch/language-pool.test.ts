import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import type { ChatDelta, Embeddings } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { WorkerClient } from '../worker/client.ts';
import { isFitForCompanion, toLanguageModels } from './language-models.ts';
import { createLanguagePool } from './language-pool.ts';
import { createWorkerRoster } from './worker-roster.ts';

const end: ChatDelta = { type: 'chat.end', finishReason: 'stop', usage: { promptTokens: 10, completionTokens: 3 } };
const text = (words: string): ChatDelta => ({ type: 'chat.text', text: words });
const lost = () => new AntiphonError('worker_lost', 'gone');

/** A life of the worker: what it says to each chat in turn, where an error breaks the answer off. */
type Life = { readonly chats?: readonly (readonly (ChatDelta | AntiphonError)[])[]; readonly embeds?: readonly (Embeddings | AntiphonError)[] };

function setUp(lives: readonly Life[], { maxOpen = 2, maxWaiting = 2 } = {}) {
  const clock = createVirtualClock();
  const metrics = createMetrics();
  let uses = 0;
  const clients = lives.map(({ chats = [], embeds = [] }) => {
    const left = [...chats];
    const leftEmbeds = [...embeds];
    return {
      chat: async function* chat(_: unknown, signal: AbortSignal) {
        for (const delta of left.shift() ?? []) {
          await clock.sleep(100, signal);
          if (delta instanceof AntiphonError) throw delta;
          yield delta;
        }
      },
      embed: async () => {
        const answer = leftEmbeds.shift();
        if (answer instanceof AntiphonError) throw answer;
        return answer;
      },
    } as Partial<WorkerClient> as WorkerClient;
  });
  let life = 0;
  const roster = createWorkerRoster({ workers: () => [{ id: 'language-0', client: () => clients[life] }], clock });
  const pool = createLanguagePool({
    lanes: { priority: { weight: 4, maxWaiting, waitTimeoutMs: 30_000 }, free: { weight: 1, maxWaiting, waitTimeoutMs: 30_000 } }, roster, maxOpen, maxWaiting, waitTimeoutMs: 30_000, clock, metrics,
    use: () => { uses++; return () => { uses--; }; },
  });
  const chat = (signal = new AbortController().signal) => {
    const seen: ChatDelta[] = [];
    const outcome = (async () => {
      for await (const delta of pool.chat({ asker: { lane: 'priority', name: 'somebody' }, modelId: 'llama/fake', messages: [{ role: 'user', content: 'x' }] }, signal)) seen.push(delta);
      return seen;
    })();
    outcome.catch(() => undefined);
    return { seen, outcome };
  };
  const restart = () => { life++; roster.wake(); };
  return { clock, metrics, pool, chat, restart, uses: () => uses };
}

describe('the language pool', () => {
  it('hands on an answer as it is written, and lets go of the worker', async () => {
    const { clock, chat, uses } = setUp([{ chats: [[text('a'), text('b'), end]] }]);
    const { seen, outcome } = chat();
    await clock.advance(100);
    expect(seen).toEqual([text('a')]);
    expect(uses()).toBe(1);
    await clock.advance(200);
    expect(await outcome).toEqual([text('a'), text('b'), end]);
    expect(uses()).toBe(0);
  });

  it('begins anew, unseen, where the worker died before the first word', async () => {
    const { clock, metrics, chat, restart } = setUp([{ chats: [[lost()]] }, { chats: [[text('a'), end]] }]);
    const { outcome } = chat();
    await clock.advance(100);
    restart();
    await clock.advance(200);
    expect(await outcome).toEqual([text('a'), end]);
    expect(await metrics.retries.get()).toMatchObject({ values: [{ labels: { pool: 'chat' }, value: 1 }] });
  });

  it('breaks off where it died after the first word', async () => {
    const { clock, chat, uses } = setUp([{ chats: [[text('a'), lost()], [text('b'), end]] }]);
    const { outcome } = chat();
    await clock.advance(1_000);
    await expect(outcome).rejects.toMatchObject({ code: 'worker_lost' });
    expect(uses()).toBe(0);
  });

  it('does not try a third time what killed two workers', async () => {
    const { clock, chat, restart } = setUp([{ chats: [[lost()]] }, { chats: [[lost()]] }, { chats: [[text('a'), end]] }]);
    const { outcome } = chat();
    await clock.advance(100);
    restart();
    await clock.advance(100);
    restart();
    await clock.advance(10_000);
    await expect(outcome).rejects.toMatchObject({ code: 'worker_lost' });
  });

  it('does not repeat what the engine itself refused', async () => {
    const { clock, chat } = setUp([{ chats: [[new AntiphonError('context_too_long', 'too long')], [text('a'), end]] }]);
    const { outcome } = chat();
    await clock.advance(100);
    await expect(outcome).rejects.toMatchObject({ code: 'context_too_long' });
  });

  it('lets no more in than it may hold', async () => {
    const { pool, chat, clock } = setUp([{ chats: Array.from({ length: 4 }, () => [text('a'), end]) }], { maxOpen: 1, maxWaiting: 1 });
    pool.admit('priority');
    const first = chat();
    await settle();
    pool.admit('priority');
    const second = chat();
    await settle();
    expect(pool.waiting()).toBe(1);
    expect(() => pool.admit('priority')).toThrow(expect.objectContaining({ code: 'queue_full' }) as Error);
    await clock.advance(1_000);
    expect(await first.outcome).toHaveLength(2);
    expect(await second.outcome).toHaveLength(2);
    pool.admit('priority');
  });

  it('takes a text to embed past waiting conversations', async () => {
    const vectors: Embeddings = { vectors: [new Float32Array(1)], tokens: 3 };
    const { pool, chat } = setUp([{ chats: [[text('a'), end]], embeds: [vectors] }], { maxOpen: 1 });
    chat();
    chat();
    await settle();
    expect(await pool.embed({ asker: { lane: 'priority', name: 'somebody' }, modelId: 'minilm/fake', texts: ['x'] }, new AbortController().signal)).toEqual(vectors);
  });

  it('embeds anew on a fresh worker', async () => {
    const vectors: Embeddings = { vectors: [new Float32Array(1)], tokens: 3 };
    const { pool, clock, restart, uses } = setUp([{ embeds: [lost()] }, { embeds: [vectors] }]);
    const outcome = pool.embed({ asker: { lane: 'priority', name: 'somebody' }, modelId: 'minilm/fake', texts: ['x'] }, new AbortController().signal);
    await settle();
    restart();
    await clock.advance(1);
    expect(await outcome).toEqual(vectors);
    expect(uses()).toBe(0);
  });

  it('gives the place of one who left to the next', async () => {
    const { chat, clock, uses } = setUp([{ chats: [[text('a'), end], [text('b'), end]] }], { maxOpen: 1 });
    const leaving = new AbortController();
    const first = chat(leaving.signal);
    const second = chat();
    await settle();
    leaving.abort(new AntiphonError('cancelled', 'left'));
    await clock.advance(1_000);
    await expect(first.outcome).rejects.toMatchObject({ code: 'cancelled' });
    expect(await second.outcome).toEqual([text('b'), end]);
    expect(uses()).toBe(0);
  });

  it('counts tokens, how soon an answer began and how fast it went on', async () => {
    const { chat, clock, metrics } = setUp([{ chats: [[text('a'), text('b'), end]] }]);
    const { outcome } = chat();
    await clock.advance(1_000);
    await outcome;
    const values = async (metric: { get: () => Promise<{ values: { labels: object; value: number; metricName?: string }[] }> }) => (await metric.get()).values;
    expect((await values(metrics.chatTokens)).map(({ labels, value }) => [labels, value])).toEqual([[{ model: 'llama/fake', kind: 'prompt' }, 10], [{ model: 'llama/fake', kind: 'completion' }, 3]]);
    expect((await values(metrics.chatFirstToken)).find(({ metricName }) => metricName?.endsWith('_sum'))?.value).toBeCloseTo(0.1);
    // Two more tokens in 0.2 s.
    expect((await values(metrics.chatSpeed)).find(({ metricName }) => metricName?.endsWith('_sum'))?.value).toBeCloseTo(10);
  });
});

describe('local models that think', () => {
  const smol = { id: 'smollm2-135m-instruct', engine: 'llama', parameters: 134_515_008, trainedContextTokens: 8192, fileBytes: 9 } as const;

  it('are named as the worker names them', () => {
    const models = toLanguageModels([smol, { id: 'all-minilm-l6-v2', engine: 'minilm', dimensions: 384, maxTokens: 256, fileBytes: 8 }], new Set(['llama/smollm2-135m-instruct']));
    expect(models).toEqual([
      { modelId: 'llama/smollm2-135m-instruct', kind: 'chat', fileBytes: 9, parameters: 134_515_008, loaded: true },
      { modelId: 'minilm/all-minilm-l6-v2', kind: 'embeddings', fileBytes: 8, parameters: 0, loaded: false },
    ]);
  });

  it('are fit for a companion from a billion weights on, or where they do not tell', () => {
    expect(isFitForCompanion({ kind: 'chat', parameters: 134_515_008 })).toBe(false);
    expect(isFitForCompanion({ kind: 'chat', parameters: 1_720_574_976 })).toBe(true);
    expect(isFitForCompanion({ kind: 'chat', parameters: 0 })).toBe(true);
    expect(isFitForCompanion({ kind: 'embeddings', parameters: 0 })).toBe(false);
  });
});
