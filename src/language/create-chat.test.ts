import { describe, expect, it } from 'vitest';
import { localCaller } from '../caller.ts';
import { settle } from '../../test/support/virtual-clock.ts';
import { AntiphonError } from '../errors.ts';
import { continueTrace } from '../telemetry/trace-context.ts';
import type { ChatDelta } from '../engines/kinds.ts';
import type { ChatAsk } from './chat.ts';
import { createChat } from './create-chat.ts';
import { createLanguageBench, words, type LanguageBenchOptions } from './scripted-language.test-support.ts';

const broken = new AntiphonError('provider_failed', 'broken');

function setUp(options: LanguageBenchOptions) {
  const bench = createLanguageBench(options);
  const chat = createChat({ ...bench.dependencies, config: bench.config.chat });
  const ask = (changed: Partial<ChatAsk> = {}, caller = new AbortController().signal) => {
    const answer = chat({ requestId: 'turn-1', trace: continueTrace(undefined), caller: localCaller, model: 'auto', messages: [{ role: 'user', content: 'Hello?' }], ...changed }, caller);
    answer.catch(() => undefined);
    return answer;
  };
  return { ...bench, ask };
}

const textOf = (deltas: readonly ChatDelta[]) => deltas.map((delta) => (delta.type === 'chat.text' ? delta.text : '')).join('');

describe('a conversation\'s turn', () => {
  it('is answered by the first of the chain with its own model, and leaves a row, figures and its price', async () => {
    const { ask, asked, records, requests, books } = setUp({ answers: { groq: [words('Good ', 'day.')] } });
    const { provider, model, insteadOf, deltas } = await ask({ model: 'gpt-4o-mini', maxTokens: 40 });
    expect([provider, model, insteadOf]).toEqual(['groq', 'llama-3.3-70b-versatile', undefined]);
    expect(requests.list()).toMatchObject([{ id: 'turn-1', kind: 'chat', model: 'gpt-4o-mini', phase: 'thinking' }]);
    expect(textOf(await Array.fromAsync(deltas))).toBe('Good day.');
    expect(asked).toEqual([{ member: 'groq', model: 'llama-3.3-70b-versatile', request: { messages: [{ role: 'user', content: 'Hello?' }], maxTokens: 40 } }]);
    expect(records).toMatchObject([{ kind: 'chat', provider: 'groq', promptTokens: 12, completionTokens: 2, outcome: 'ok', cost: (12 + 4) / 1e6 }]);
    expect(books.figuresOf('chat', 'groq')).toEqual({ requests: 1, errors: 0, cost: 16 / 1e6 });
    expect(requests.list()).toEqual([]);
  });

  it('has ended well for a reader who leaves with the last delta', async () => {
    const { ask, records, books } = setUp({ answers: { groq: [words('Good.')] } });
    for await (const delta of (await ask()).deltas) if (delta.type === 'chat.end') break;
    expect(records).toMatchObject([{ outcome: 'ok' }]);
    expect(books.figuresOf('chat', 'groq')).toMatchObject({ requests: 1, errors: 0 });
  });

  it('goes to this machine where the provider fails before the first text, and says so', async () => {
    const { ask, asked, records } = setUp({ answers: { groq: [[broken]], local: [words('From here.')] } });
    const answer = await ask();
    expect(answer).toMatchObject({ provider: 'local', model: 'llama/small', insteadOf: 'groq' });
    expect(textOf(await Array.fromAsync(answer.deltas))).toBe('From here.');
    expect(asked.map(({ member }) => member)).toEqual(['groq', 'groq', 'local']);
    expect(records).toMatchObject([{ provider: 'local', insteadOf: 'groq', cost: undefined }]);
  });

  it('is not begun anew once text was given', async () => {
    const { ask, asked, records, requests } = setUp({ answers: { groq: [[...words('Half ').slice(0, 1), broken]], local: [words('all')] } });
    const { deltas } = await ask();
    await expect(Array.fromAsync(deltas)).rejects.toBe(broken);
    expect(asked.map(({ member }) => member)).toEqual(['groq']);
    expect(records).toMatchObject([{ provider: 'groq', outcome: 'provider_failed' }]);
    expect(requests.list()).toEqual([]);
  });

  it('may be for one provider alone, or for this machine alone', async () => {
    const { ask, asked } = setUp({ answers: { groq: [[broken]], local: [words('x')] } });
    await expect(ask({ model: 'groq/other' })).rejects.toBe(broken);
    expect(asked.map(({ member, model }) => `${member} ${model}`)).toEqual(['groq other', 'groq other']);
    expect((await ask({ model: 'local' })).provider).toBe('local');
  });

  it('is shown in the queue while nobody has answered, and can be cancelled there', async () => {
    const { ask, requests, records, left } = setUp({ answers: { groq: [[{ waitMs: 5_000 }]] } });
    const answer = ask();
    await settle();
    expect(requests.list()).toMatchObject([{ phase: 'queued' }]);
    requests.cancel('turn-1');
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    await settle();
    expect(left).toEqual(['groq']);
    expect(requests.list()).toEqual([]);
    expect(records).toMatchObject([{ outcome: 'cancelled', provider: '' }]);
  });

  it.each([false, true])('ends when its reader leaves, having read or not (%s)', async (reads) => {
    const { ask, requests, left, records } = setUp({ answers: { groq: [words('a', 'b', 'c')] } });
    const { deltas } = await ask();
    if (reads) await deltas.next();
    await deltas.return(undefined);
    await settle();
    expect([left, requests.list()]).toEqual([['groq'], []]);
    expect(records).toMatchObject([{ outcome: 'cancelled', provider: 'groq' }]);
  });

  it('is refused while the server drains, and waited for where it was there before', async () => {
    const { ask, requests } = setUp({ answers: { groq: [words('a', 'b')] } });
    const { deltas } = await ask();
    const drained = requests.drain(new AbortController().signal);
    await expect(ask()).rejects.toMatchObject({ code: 'draining' });
    await Array.fromAsync(deltas);
    await drained;
  });

  it('fails at once and asks nobody where the model is unknown', async () => {
    const { ask, asked, requests } = setUp({});
    await expect(ask({ model: 'nobody' })).rejects.toMatchObject({ code: 'model_unknown', param: 'model' });
    expect([asked, requests.list()]).toEqual([[], []]);
  });

  it('passes over this machine where it has no model, and says that it has none where nobody else is left', async () => {
    const { ask } = setUp({ chain: ['local', 'groq'], local: [], answers: { groq: [words('x')] } });
    expect(await ask()).toMatchObject({ provider: 'groq', insteadOf: 'local' });
    const alone = setUp({ chain: ['local'], local: [] });
    await expect(alone.ask()).rejects.toMatchObject({ code: 'model_not_ready' });
  });
});
