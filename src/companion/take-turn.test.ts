import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localCaller } from '../caller.ts';
import { openCompanionRoom, type CompanionRoom } from '../../test/support/companion-room.ts';
import { until } from '../../test/support/until.ts';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import { AntiphonError } from '../errors.ts';
import type { TurnEvent } from './turn.ts';

let room: CompanionRoom;
let sessionId: string;
const never = new Promise<void>(() => undefined);
const staying = new AbortController().signal;

beforeEach(async () => {
  room = await openCompanionRoom();
  sessionId = (await room.companion.sessions.start('local')).id;
});
afterEach(() => room.close());

const typed = (text: string, caller = staying): AsyncGenerator<TurnEvent> => room.companion.takeTurn(room.ask(sessionId, { text }), caller);
const recorded = (caller = staying): AsyncGenerator<TurnEvent> => room.companion.takeTurn(room.ask(sessionId, { path: '/nowhere' }), caller);

function last<Type extends TurnEvent['type']>(events: readonly TurnEvent[], type: Type): Extract<TurnEvent, { type: Type }> {
  return events.findLast((event): event is Extract<TurnEvent, { type: Type }> => event.type === type)!;
}

async function bytesOf(audioId: string): Promise<number> {
  const found = await room.companion.replies.open({ owner: 'local', id: audioId });
  if (found.kind === 'file') throw new Error('It was over.');
  let bytes = 0;
  for await (const chunk of found.chunks) bytes += chunk.length;
  return bytes;
}

describe('a turn', () => {
  it('is heard, answered, spoken and kept, in this order', async () => {
    room.hear('How are you?');
    room.model.say({ pieces: ['Fine', ', thank you.'] });
    const events = await Array.fromAsync(recorded());
    const order = events.map(({ type }) => type);
    expect(order[0]).toBe('turn.heard');
    expect(order.slice(-2)).toEqual(['turn.answered', 'reply.spoken']);
    expect(order.filter((type) => type === 'reply.audio')).toHaveLength(1);
    expect(events.flatMap((event) => (event.type === 'reply.text' ? [event.text] : [])).join('')).toBe('Fine, thank you.');
    expect(last(events, 'turn.answered')).toMatchObject({ said: 'How are you?', reply: 'Fine, thank you.', provider: 'local', model: 'scripted-1' });
    expect(await room.companion.sessions.past({ owner: 'local', id: sessionId })).toMatchObject([{ said: 'How are you?', reply: 'Fine, thank you.' }]);
    expect(room.model.asked[0]).toMatchObject({ model: 'auto', maxTokens: 200, messages: [{ role: 'system' }, { role: 'user', content: 'How are you?' }] });
  });

  it('speaks the first sentence, which can be fetched, while the model still writes', async () => {
    const pause = Promise.withResolvers<void>();
    room.model.say({ pieces: ['First of all. And ', 'then.'], pauses: { 1: pause.promise } });
    const events = typed('Go on.');
    let audioId = '';
    for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }) {
      if (event.type !== 'reply.audio') continue;
      audioId = event.audioId;
      break;
    }
    expect(room.model.open()).toBe(1);
    const found = await room.companion.replies.open({ owner: 'local', id: audioId });
    expect(found.kind).toBe('growing');
    if (found.kind === 'growing') expect((await found.chunks.next()).value!.length).toBeGreaterThan(0);
    expect(room.spoken).toEqual(['First of all.']);
    pause.resolve();
    await Array.fromAsync(events);
    expect(room.spoken).toEqual(['First of all.', 'And then.']);
  });

  it('is one stream of sound, with the sentences\' silence in it and no word of Markdown', async () => {
    room.model.say({ pieces: ['**One** here. ', 'Two here.'] });
    const { audioSeconds } = last(await Array.fromAsync(typed('Count.')), 'reply.spoken');
    room.model.say({ pieces: ['One here.'] });
    const alone = last(await Array.fromAsync(typed('Count.')), 'reply.spoken').audioSeconds;
    expect(room.spoken.slice(0, 2)).toEqual(['One here.', 'Two here.']);
    expect(audioSeconds).toBeCloseTo(alone * 2 + 0.22, 1);
  });

  it('is told from the ones before it, oldest first', async () => {
    for (const text of ['One.', 'Two.']) await Array.fromAsync(typed(text));
    room.model.say({ pieces: ['Three?'] });
    await Array.fromAsync(typed('Three.'));
    expect(room.model.asked[0]!.messages.slice(1).map(({ role, content }) => `${role}: ${content}`)).toEqual(['user: One.', 'assistant: Yes.', 'user: Two.', 'assistant: Yes.', 'user: Three.']);
  });

  it('gives up the older half of what it remembers where the model cannot hold it', async () => {
    for (const text of ['One.', 'Two.', 'Three.']) await Array.fromAsync(typed(text));
    const refusal = new AntiphonError('context_too_long', 'Too long.');
    room.model.say({ pieces: [], refusal }, { pieces: [], refusal }, { pieces: ['Yes.'] });
    await Array.fromAsync(typed('Four.'));
    expect(room.model.asked.map(({ messages }) => messages.length)).toEqual([8, 4, 2]);
    room.model.say({ pieces: [], refusal });
    await expect(Array.fromAsync(typed('Five.'))).rejects.toMatchObject({ code: 'context_too_long' });
  });

  describe('whose conversation has become too long to be remembered whole', () => {
    const long = (word: string) => `${word} ${'and so on '.repeat(180)}`.trim();
    const ahead = () => room.model.asked.filter(({ requestId }) => requestId.endsWith('-ahead'));
    const contents = (ask: (typeof room.model.asked)[number]) => ask.messages.slice(0, -1).map(({ content }) => content);

    it('has this machine read what is left of it while the reply is heard, as the next turn will begin', async () => {
      for (const word of ['One', 'Two']) await Array.fromAsync(typed(long(word)));
      expect(ahead()).toEqual([]);
      await Array.fromAsync(typed(long('Three')));
      await until('it reads', () => ahead().length === 1);
      expect(ahead()[0]).toMatchObject({ model: 'scripted-1', maxTokens: 1 });
      await Array.fromAsync(typed('Four.'));
      const four = room.model.asked.find(({ messages }) => messages.at(-1)!.content === 'Four.')!;
      expect(contents(ahead()[0]!)).toEqual(contents(four));
      expect(contents(four)).not.toContain(long('One'));
    });

    it('stops reading when the next turn comes', async () => {
      for (const word of ['One', 'Two']) await Array.fromAsync(typed(long(word)));
      room.model.say({ pieces: ['Yes.'] }, { pieces: ['…'], pauses: { 1: never } }, { pieces: ['Yes.'] });
      await Array.fromAsync(typed(long('Three')));
      await until('it reads', () => ahead().length === 1);
      expect(ahead()[0]!.left.aborted).toBe(false);
      await Array.fromAsync(typed('Four.'));
      expect(ahead()[0]!.left.aborted).toBe(true);
      await until('nothing is left', () => room.model.open() === 0);
    });

    it('has no provider read it, who is paid by the token', async () => {
      room.model.say({ pieces: ['Yes.'], provider: 'groq' });
      for (const word of ['One', 'Two', 'Three', 'Four']) await Array.fromAsync(typed(long(word)));
      await settle();
      expect(ahead()).toEqual([]);
    });
  });

  it('tells how long each stage took', async () => {
    const { timings } = last(await Array.fromAsync(recorded()), 'turn.answered');
    expect(timings.firstAudioMs).toBeLessThanOrEqual(timings.totalMs);
    expect(timings.firstWordMs).toBeLessThanOrEqual(timings.thinkMs);
    expect(await room.metrics.registry.metrics()).toMatch(/antiphon_turn_stage_seconds_count\{stage="hear"\} 1[\s\S]*antiphon_turn_first_audio_seconds_count 1/);
  });
});

describe('turns of one session', () => {
  it('are taken one after the other, and each knows the one before', async () => {
    const pause = Promise.withResolvers<void>();
    room.model.say({ pieces: ['First.'], pauses: { 1: pause.promise } }, { pieces: ['Second.'] });
    const first = Array.fromAsync(typed('One.'));
    await until('the first is under way', () => room.model.open() === 1);
    const second = Array.fromAsync(typed('Two.'));
    await settle();
    expect(room.model.asked).toHaveLength(1);
    pause.resolve();
    await Promise.all([first, second]);
    expect(room.model.asked[1]!.messages.map(({ content }) => content).slice(1)).toEqual(['One.', 'First.', 'Two.']);
  });

  it('are refused where too many wait; one that leaves makes room, and does not let the next one past', async () => {
    const pause = Promise.withResolvers<void>();
    room.model.say({ pieces: ['Yes.'], pauses: { 1: pause.promise } });
    const leaving = new AbortController();
    const turns = [typed('1'), typed('2', leaving.signal), typed('3'), typed('4')].map((turn) => Array.fromAsync(turn).then(() => 'answered', (error: AntiphonError) => error.code));
    await until('one is under way', () => room.model.open() === 1);
    await settle();
    await expect(Array.fromAsync(typed('5'))).rejects.toMatchObject({ code: 'queue_full' });
    leaving.abort(new AntiphonError('cancelled', 'The client left.'));
    await settle();
    const late = Array.fromAsync(typed('6')).then(() => 'answered');
    await settle();
    expect(room.model.asked).toHaveLength(1);
    pause.resolve();
    expect(await Promise.all([...turns, late])).toEqual(['answered', 'cancelled', 'answered', 'answered', 'answered']);
    expect((await room.companion.sessions.past({ owner: 'local', id: sessionId })).map(({ said }) => said)).toEqual(['1', '3', '4', '6']);
  });

  it('do not wait for those of other sessions', async () => {
    const sessions = await Promise.all(Array.from({ length: 200 }, () => room.companion.sessions.start('local')));
    const pause = Promise.withResolvers<void>();
    room.model.say({ pieces: ['Yes.'], pauses: { 1: pause.promise } });
    const turns = sessions.map(({ id }) => Array.fromAsync(room.companion.takeTurn(room.ask(id, { text: `Hello ${id}.` }), staying)));
    await until('all are under way', () => room.model.open() === 200);
    pause.resolve();
    const answers = (await Promise.all(turns)).map((events) => last(events, 'turn.answered'));
    expect(new Set(answers.map(({ audioId }) => audioId)).size).toBe(200);
    for (const { id } of sessions) expect(await room.companion.sessions.past({ owner: 'local', id })).toMatchObject([{ said: `Hello ${id}.` }]);
  });
});

describe('a client that leaves', () => {
  const stages: Record<string, () => void> = {
    'while it is heard': () => room.hear('Hello.', never),
    'before the first word': () => room.model.say({ pieces: ['Yes.'], pauses: { 0: never } }),
    'while the model writes': () => room.model.say({ pieces: ['First one. Second', ' one.'], pauses: { 1: never } }),
  };
  it.each(Object.keys(stages))('ends everything and leaves nothing: %s', async (stage) => {
    stages[stage]!();
    const leaving = new AbortController();
    const turn = Array.fromAsync(recorded(leaving.signal)).catch((error: AntiphonError) => error.code);
    await settle();
    if (stage === 'while the model writes') await until('it speaks', () => room.spoken.length > 0);
    leaving.abort(new AntiphonError('cancelled', 'The client left.'));
    expect(await turn).toBe('cancelled');
    await until('nothing is under way', () => room.model.open() === 0 && room.requests.list().length === 0);
    expect(await room.replyFiles()).toEqual([]);
    expect(await room.companion.sessions.past({ owner: 'local', id: sessionId })).toEqual([]);
    room.hear('Hello again.');
    room.model.say({ pieces: ['Yes.'] });
    expect(last(await Array.fromAsync(recorded()), 'turn.answered').reply).toBe('Yes.');
  });

  it('by reading no further ends it as well', async () => {
    room.model.say({ pieces: ['First one. Second', ' one.'], pauses: { 1: never } });
    for await (const event of typed('Hello.')) if (event.type === 'reply.audio') break;
    await until('nothing is under way', () => room.model.open() === 0 && room.requests.list().length === 0);
    expect(await room.replyFiles()).toEqual([]);
  });
});

describe('bad days', () => {
  it('a model that fails in mid-answer ends the turn with its error; what was complete is spoken to its end, and the session goes on', async () => {
    room.model.say({ pieces: ['First one. Second'], failure: new AntiphonError('worker_lost', 'The worker died.') });
    const events: TurnEvent[] = [];
    let bytes: Promise<number> | undefined;
    const outcome: unknown = await (async () => {
      for await (const event of typed('Hello.')) {
        events.push(event);
        if (event.type === 'reply.audio') bytes = bytesOf(event.audioId);
      }
    })().catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: 'worker_lost' });
    expect(await bytes).toBeGreaterThan(1_000);
    expect(room.spoken[0]).toBe('First one.');
    expect(await room.companion.sessions.past({ owner: 'local', id: sessionId })).toEqual([]);
    room.model.say({ pieces: ['Yes.'] });
    expect(last(await Array.fromAsync(typed('Again.')), 'turn.answered').reply).toBe('Yes.');
  });

  it.each([['nothing', []], ['blanks', ['  ', '\n']], ['what cannot be said', ['…']]])('a model that answers with %s is told as such', async (_name, pieces) => {
    room.model.say({ pieces });
    await expect(Array.fromAsync(typed('Hello.'))).rejects.toMatchObject({ code: 'engine_failed', message: expect.stringContaining('nothing that can be said') });
    expect(await room.replyFiles()).toEqual([]);
  });

  it('a voice that fails before its first sound ends the turn and the model\'s work', async () => {
    await room.close();
    room = await openCompanionRoom({ voice: () => ({ failure: new AntiphonError('engine_failed', 'Broken.') }) });
    sessionId = (await room.companion.sessions.start('local')).id;
    room.model.say({ pieces: ['First one. Second', ' one.'], pauses: { 1: never } });
    await expect(Array.fromAsync(typed('Hello.'))).rejects.toMatchObject({ code: 'engine_failed' });
    expect(room.model.open()).toBe(0);
  });

  it.each([
    ['silence', '', 'audio_silent'],
    ['noise that became a mark', '…', 'audio_silent'],
    ['what is no audio', new AntiphonError('audio_unreadable', 'No.'), 'audio_unreadable'],
  ])('a recording of %s is refused', async (_name, heard, code) => {
    room.hear(heard);
    await expect(Array.fromAsync(recorded())).rejects.toMatchObject({ code });
    expect(room.model.asked).toEqual([]);
  });

  it.each([['nothing', ' ', 'input_empty'], ['4,097 characters', 'a'.repeat(4_097), 'input_too_long']])('a text of %s is refused', async (_name, text, code) => {
    await expect(Array.fromAsync(typed(text))).rejects.toMatchObject({ code, param: 'text' });
  });

  it.each([['nobody has begun', 'local', 'ffffffff'], ['is somebody else\'s', 'somebody', undefined]])('a session that %s is unknown', async (_name, owner, id) => {
    const turn = room.companion.takeTurn(room.ask(id ?? sessionId, { text: 'Hello.' }, { caller: { ...localCaller, owner } }), staying);
    await expect(Array.fromAsync(turn)).rejects.toMatchObject({ code: 'session_unknown', message: expect.stringContaining('/api/v1/session/start') });
  });

  it('a provider that cannot speak is stood in for, from the first sentence on, while the model still writes', async () => {
    await room.close();
    // It has no key, and nobody is asked without one.
    room = await openCompanionRoom({ environment: { ANTIPHON_CHAINS_SPEECH: 'openai,local' } });
    sessionId = (await room.companion.sessions.start('local')).id;
    const pause = Promise.withResolvers<void>();
    room.model.say({ pieces: ['First one. Second one. ', 'Third one.'], pauses: { 1: pause.promise } });
    const turn = Array.fromAsync(typed('Hello.'));
    await until('the stand-in speaks', () => room.spoken.length > 0);
    expect(room.model.open()).toBe(1);
    pause.resolve();
    expect(last(await turn, 'turn.answered').reply).toBe('First one. Second one. Third one.');
    expect(room.spoken).toEqual(['First one.', 'Second one.', 'Third one.']);
  });

  it('a turn that takes too long fails, and nothing goes on behind its back', async () => {
    await room.close();
    const clock = createVirtualClock();
    room = await openCompanionRoom({ clock });
    sessionId = (await room.companion.sessions.start('local')).id;
    room.model.say({ pieces: ['Yes'], pauses: { 1: never } });
    const turn = Array.fromAsync(typed('Hello.')).catch((error: AntiphonError) => error.code);
    await until('the model writes', () => room.model.open() === 1);
    await clock.advance(60_001);
    expect(await turn).toBe('turn_timeout');
    await until('nothing is under way', () => room.model.open() === 0 && room.requests.list().length === 0);
  });
});
