import { describe, expect, it } from 'vitest';
import { AntiphonError } from '../../errors.ts';
import { describeChatEngine } from './chat-engine-kit.ts';
import { createFakeChatEngine } from './fake-chat-engine.ts';

describeChatEngine({
  name: 'the fake',
  create: async () => {
    const engine = createFakeChatEngine({ damagedModelIds: ['broken'] });
    return { engine, modelId: 'fake', contextTokens: 512, damaged: { engine, modelId: 'broken' }, stepsBegun: engine.stepsBegun };
  },
});

describe('the fake that converses', () => {
  it('says what the script tells, and fails where it tells', async () => {
    const failure = new AntiphonError('worker_lost', 'scripted');
    const engine = createFakeChatEngine({ say: () => ['one', ' two'], script: ({ index }) => (index === 1 ? { failure } : undefined) });
    const model = await engine.load('fake', new AbortController().signal);
    const stream = model.chat({ messages: [{ role: 'user', content: 'count' }] }, new AbortController().signal)[Symbol.asyncIterator]();
    expect((await stream.next()).value).toEqual({ type: 'chat.text', text: 'one' });
    await expect(stream.next()).rejects.toBe(failure);
  });
});
