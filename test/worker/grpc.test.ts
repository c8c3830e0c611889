/** A worker on its own, driven by a plain gRPC client that knows nothing but the published protocol. */
import { credentials, makeClientConstructor, status as Status, type Client, type ClientDuplexStream, type GrpcObject, type ServiceClientConstructor } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hearPcm } from '../support/hearing.ts';
import { longText } from '../support/speech-client.ts';
import { until } from '../support/until.ts';
import { createCaller, load, piper, startWorker, TtsService, type Frame, type Model, type Worker } from './plain-caller.ts';

describe('a worker', () => {
  let worker: Worker;
  let client: Client;
  let caller: ReturnType<typeof createCaller>;

  beforeAll(async () => {
    worker = await startWorker();
    client = new TtsService(worker.address, credentials.createInsecure());
    caller = createCaller(client);
    await caller.ask('LoadModel', { model_id: piper });
  });
  afterAll(async () => {
    client.close();
    expect(await worker.stop()).toBe(0);
  });

  const openSessions = async () => (await caller.ask<{ open_sessions: number }>('GetCapabilities')).open_sessions;

  async function session(id: string, options: Record<string, string> = {}, modelId = piper): Promise<string> {
    await caller.ask('StartSession', { session_id: id, model_id: modelId, options });
    return id;
  }

  async function speakWhole(id: string, text: string): Promise<Frame[]> {
    const call = caller.open();
    call.send({ session_id: id, text, is_final: true });
    call.finish();
    expect(await call.ended).toBeUndefined();
    return call.frames;
  }

  it('lists its service by reflection, and describes it', async () => {
    const reflection = load('node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto');
    const ServerReflection = ((reflection['grpc'] as GrpcObject)['reflection'] as GrpcObject)['v1'] as GrpcObject;
    const reflector = new (ServerReflection['ServerReflection'] as ServiceClientConstructor)(worker.address, credentials.createInsecure());
    const stream = (reflector as unknown as { ServerReflectionInfo: () => ClientDuplexStream<object, { list_services_response?: { service: { name: string }[] }; file_descriptor_response?: { file_descriptor_proto: Buffer[] } }> }).ServerReflectionInfo();
    const answers: { list_services_response?: { service: { name: string }[] }; file_descriptor_response?: { file_descriptor_proto: Buffer[] } }[] = [];
    stream.on('data', (answer: (typeof answers)[number]) => answers.push(answer));
    stream.write({ host: '', list_services: '' });
    stream.write({ host: '', file_containing_symbol: 'tts.TTSService' });
    stream.end();
    await once(stream, 'end');
    reflector.close();
    expect(answers[0]!.list_services_response!.service.map(({ name }) => name)).toContain('tts.TTSService');
    expect(String(answers[1]!.file_descriptor_response!.file_descriptor_proto[0])).toContain('TTSService');
  });

  it.each(['', 'tts.TTSService'])('reports SERVING for "%s" by the standard health service', async (service) => {
    const health = new (makeClientConstructor(healthService, 'Health'))(worker.address, credentials.createInsecure());
    const answer = await new Promise((resolve, reject) => {
      (health as unknown as Record<string, (request: object, callback: (error: unknown, answer: unknown) => void) => void>)['check']!.call(health, { service }, (error, response) => (error ? reject(error as Error) : resolve(response)));
    });
    health.close();
    expect(answer).toMatchObject({ status: 'SERVING' });
  });

  it('speaks a sentence while the rest of the text is still to come', async () => {
    const id = await session('pieces');
    const call = caller.open();
    for (const text of ['This is the fi', 'rst sentence. ', 'And ']) call.send({ session_id: id, text });
    await until('the first sentence is heard', () => call.frames.length > 50);
    expect(call.frames.some(({ is_final: final }) => final)).toBe(false);
    call.send({ session_id: id, text: 'here is the second.', is_final: true });
    call.finish();
    expect(await call.ended).toBeUndefined();
    const audio = call.frames.slice(0, -1);
    expect(hearPcm(Buffer.concat(audio.map(({ audio_data: data }) => data)), 48_000).seconds).toBeGreaterThan(1.8);
    await caller.ask('EndSession', { session_id: id });
  });

  it('sends frames of 20 ms at 48 kHz, numbered without a gap, and a closing frame', async () => {
    const id = await session('frames');
    const frames = await speakWhole(id, 'Two sentences are enough. This is the other.');
    const [closing, ...audio] = [frames.at(-1)!, ...frames.slice(0, -1)];
    expect(frames.map(({ sequence_number: number }) => number)).toEqual(frames.map((_, index) => index));
    expect(audio.every((frame) => frame.audio_data.length === 1_920 && frame.sample_rate === 48_000 && frame.frame_duration_ms === 20 && !frame.is_final && frame.session_id === id)).toBe(true);
    expect(closing).toMatchObject({ is_final: true, frame_duration_ms: 0, session_id: id });
    expect(closing.audio_data).toHaveLength(0);
    expect(hearPcm(Buffer.concat(audio.map(({ audio_data: data }) => data)), 48_000).rms).toBeGreaterThan(0.02);
    await caller.ask('EndSession', { session_id: id });
  });

  it('takes rate, length of frames and pace as the session asks', async () => {
    const plain = await speakWhole(await session('plain'), 'The pace of this sentence matters.');
    const quick = await speakWhole(await session('quick', { speed: '2', sample_rate_hz: '16000', frame_ms: '40' }), 'The pace of this sentence matters.');
    const native = await speakWhole(await session('native', { sample_rate_hz: 'native', frame_ms: 'chunk' }), 'The pace of this sentence matters.');
    expect(quick[0]).toMatchObject({ sample_rate: 16_000, frame_duration_ms: 40 });
    expect(quick[0]!.audio_data).toHaveLength(1_280);
    expect((quick.length * 40) / (plain.length * 20)).toBeLessThan(0.65);
    expect(native[0]!.sample_rate).toBe(22_050);
    for (const id of ['plain', 'quick', 'native']) await caller.ask('EndSession', { session_id: id });
  });

  it('holds speech on PAUSE, goes on at RESUME, and loses nothing', async () => {
    const id = await session('paused');
    const whole = await speakWhole(id, longText(6));
    const call = caller.open();
    call.send({ session_id: id, text: longText(6), is_final: true });
    call.finish();
    await until('it speaks', () => call.frames.length > 20);
    expect(await caller.ask('Control', { session_id: id, command: 'PAUSE' })).toMatchObject({ success: true });
    await delay(500);
    const held = call.frames.length;
    await delay(700);
    expect(call.frames.length).toBe(held);
    expect(held).toBeLessThan(whole.length / 2);
    await caller.ask('Control', { session_id: id, command: 'RESUME' });
    expect(await call.ended).toBeUndefined();
    expect(Math.abs(call.frames.length - whole.length)).toBeLessThan(whole.length * 0.15);
    expect(call.frames.map(({ sequence_number: number }) => number)).toEqual(call.frames.map((_, index) => index));
    await caller.ask('EndSession', { session_id: id });
  });

  it('ends speech on STOP with its closing frame, and the session speaks again', async () => {
    const id = await session('stopped');
    const call = caller.open();
    call.send({ session_id: id, text: longText(40) });
    await until('it speaks', () => call.frames.length > 20);
    await caller.ask('Control', { session_id: id, command: 'STOP' });
    expect(await call.ended).toBeUndefined();
    expect(call.frames.at(-1)).toMatchObject({ is_final: true });
    expect(call.frames.length).toBeLessThan(40 * 100);
    expect((await speakWhole(id, 'Once more.')).length).toBeGreaterThan(20);
    await caller.ask('EndSession', { session_id: id });
  });

  it('stops speech that waits for its text, and speech that is held', async () => {
    const id = await session('waiting');
    const call = caller.open();
    call.send({ session_id: id, text: 'One sentence. And' });
    await until('it spoke', () => call.frames.length > 10);
    await caller.ask('Control', { session_id: id, command: 'PAUSE' });
    await caller.ask('Control', { session_id: id, command: 'STOP' });
    expect(await call.ended).toBeUndefined();
    expect(call.frames.at(-1)).toMatchObject({ is_final: true });
    expect((await speakWhole(id, 'Not held any more.')).length).toBeGreaterThan(20);
    await caller.ask('EndSession', { session_id: id });
  });

  it('loads the model anew on RELOAD under a running stream', async () => {
    const id = await session('reloaded');
    const call = caller.open();
    call.send({ session_id: id, text: longText(4), is_final: true });
    call.finish();
    await until('it speaks', () => call.frames.length > 20);
    expect(await caller.ask('Control', { session_id: id, command: 'RELOAD' })).toMatchObject({ success: true });
    expect(await call.ended).toBeUndefined();
    expect(call.frames.length).toBeGreaterThan(500);
    expect(call.frames.map(({ sequence_number: number }) => number)).toEqual(call.frames.map((_, index) => index));
    await caller.ask('EndSession', { session_id: id });
  });

  it('tells a missing session from an unknown one', async () => {
    const nameless = caller.open();
    nameless.send({ text: 'Who am I?', is_final: true });
    expect(await nameless.ended).toMatchObject({ code: Status.INVALID_ARGUMENT });
    const unknown = caller.open();
    unknown.send({ session_id: 'nobody', text: 'Hello?', is_final: true });
    const error = await unknown.ended;
    expect(error).toMatchObject({ code: Status.NOT_FOUND });
    expect(error!.metadata.get('antiphon-error-code')).toEqual(['session_unknown']);
    const empty = caller.open();
    empty.finish();
    expect(await empty.ended).toMatchObject({ code: Status.INVALID_ARGUMENT });
    expect(await caller.refusal('EndSession', { session_id: 'nobody' })).toMatchObject({ code: Status.NOT_FOUND, antiphonCode: 'session_unknown' });
    expect(await caller.refusal('Control', { session_id: 'nobody', command: 'PAUSE' })).toMatchObject({ code: Status.NOT_FOUND });
  });

  it.each([
    ['an id that is taken', { session_id: 'taken', model_id: piper }, 'input_invalid', 'taken'],
    ['no id', { session_id: '', model_id: piper }, 'input_invalid', 'session_id'],
    ['no model', { session_id: 'x', model_id: '' }, 'input_invalid', 'model_id'],
    ['speed 9', { session_id: 'x', model_id: piper, options: { speed: '9' } }, 'input_invalid', 'options.speed'],
    ['speed in words', { session_id: 'x', model_id: piper, options: { speed: 'fast' } }, 'input_invalid', 'options.speed'],
    ['a rate of 1 MHz', { session_id: 'x', model_id: piper, options: { sample_rate_hz: '1000000' } }, 'input_invalid', 'options.sample_rate_hz'],
    ['frames of 1 ms', { session_id: 'x', model_id: piper, options: { frame_ms: '1' } }, 'input_invalid', 'options.frame_ms'],
    ['an unknown option', { session_id: 'x', model_id: piper, options: { loudness: '2' } }, 'input_invalid', 'options.loudness'],
    ['a pitch of two octaves', { session_id: 'x', model_id: piper, options: { pitch_semitones: '24' } }, 'input_invalid', 'options.pitch_semitones'],
    ['a voice that is not the model\'s', { session_id: 'x', model_id: piper, options: { voice: 'af_heart' } }, 'voice_unknown', 'af_heart'],
  ])('refuses a session with %s, and says which', async (_name, request, antiphonCode, named) => {
    await caller.ask('EndSession', { session_id: 'taken' }).catch(() => undefined);
    await session('taken');
    const refused = await caller.refusal('StartSession', request);
    expect(refused).toMatchObject({ code: Status.INVALID_ARGUMENT, antiphonCode });
    expect(refused.details).toContain(named);
    await caller.ask('EndSession', { session_id: 'taken' });
    expect(await openSessions()).toBe(0);
  });

  it('refuses a model that is not there, a command that is none, and a second speech at once', async () => {
    expect(await caller.refusal('StartSession', { session_id: 'x', model_id: 'piper/nobody' })).toMatchObject({ code: Status.NOT_FOUND, antiphonCode: 'model_unknown' });
    expect(await caller.refusal('LoadModel', { model_id: 'nobody' })).toMatchObject({ code: Status.NOT_FOUND });
    const id = await session('busy');
    expect(await caller.refusal('Control', { session_id: id, command: 'CONTROL_COMMAND_UNSPECIFIED' })).toMatchObject({ code: Status.INVALID_ARGUMENT });
    const first = caller.open();
    first.send({ session_id: id, text: longText(20) });
    await until('it speaks', () => first.frames.length > 0);
    const second = caller.open();
    second.send({ session_id: id, text: 'Me, too.', is_final: true });
    expect(await second.ended).toMatchObject({ code: Status.INVALID_ARGUMENT });
    await caller.ask('EndSession', { session_id: id });
    expect(await first.ended).toMatchObject({ code: Status.CANCELLED });
  });

  it('does not let a caller that reads nothing stop another', async () => {
    const start = (id: string) => ({ session_id: id, model_id: piper, options: {} });
    const sleeper = caller.open({ read: false });
    sleeper.send({ start: start('sleeper'), text: longText(40), is_final: true });
    const other = caller.open();
    other.send({ start: start('other'), text: 'I listen.', is_final: true });
    other.finish();
    expect(await other.ended).toBeUndefined();
    expect(other.frames.length).toBeGreaterThan(20);
    expect(await openSessions()).toBe(1);
    sleeper.stream.cancel();
    await sleeper.ended;
    await until('its session is gone', async () => (await openSessions()) === 0);
  });

  it('frees the session of a caller that cancels, in whatever state', async () => {
    const speaking = caller.open();
    speaking.send({ start: { session_id: 'cancelled', model_id: piper, options: {} }, text: longText(40), is_final: true });
    await until('it speaks', () => speaking.frames.length > 0);
    const idle = caller.open();
    idle.send({ start: { session_id: 'idle', model_id: piper, options: {} } });
    const silent = caller.open();
    await until('both are open', async () => (await openSessions()) === 2);
    for (const { stream } of [speaking, idle, silent]) stream.cancel();
    expect(await speaking.ended).toMatchObject({ code: Status.CANCELLED });
    await until('no session is open', async () => (await openSessions()) === 0);
    expect((await speakWhole(await session('cancelled'), 'The name is free again.')).length).toBeGreaterThan(20);
    await caller.ask('EndSession', { session_id: 'cancelled' });
  });

  it('tells the truth about models and memory', async () => {
    const model = async (id: string) => (await caller.ask<{ models: Model[] }>('ListModels')).models.find(({ model_id: one }) => one === id)!;
    const capabilities = async () => caller.ask<{ engines: { id: string; blends_voices: boolean; problems: string[] }[]; resident_bytes: number; rss_bytes: number; max_sessions: number }>('GetCapabilities');
    expect(await model(piper)).toMatchObject({ loaded: true, execution_provider: 'cpu', sample_rate: 22_050, voices: ['en_US-joe-medium'] });
    expect(await model('flite')).toMatchObject({ loaded: false, resident_bytes: 0, execution_provider: '' });
    expect([await model(piper), await model('kokoro'), await model('flite')].map(({ changes_pitch: pitch, tells_timings: timings }) => [pitch, timings])).toEqual([[false, true], [true, true], [false, false]]);
    expect((await model('kokoro')).voice_details).toContainEqual(expect.objectContaining({ id: 'af_heart', language: 'en-US' }));
    const before = await capabilities();
    expect(before.engines.map(({ id, blends_voices: blends, problems }) => [id, blends, problems])).toEqual([['piper', false, []], ['kokoro', true, []], ['flite', false, []]]);
    expect(await caller.ask('LoadModel', { model_id: 'flite' })).toMatchObject({ success: true, model: { loaded: true } });
    expect(await caller.ask('LoadModel', { model_id: 'flite' })).toMatchObject({ success: true, load_ms: 0 });
    const flite = await model('flite');
    expect((await capabilities()).resident_bytes).toBe(before.resident_bytes + flite.resident_bytes);
    expect(await caller.ask('UnloadModel', { model_id: 'flite' })).toMatchObject({ success: true, message: 'Unloaded.' });
    expect(await caller.ask('UnloadModel', { model_id: 'flite' })).toMatchObject({ success: true, message: 'It was not loaded.' });
    expect(await model('flite')).toMatchObject({ loaded: false });
    expect((await capabilities()).resident_bytes).toBe(before.resident_bytes);
    expect(before.rss_bytes).toBeGreaterThan(before.resident_bytes / 4);
  });
});

describe('a worker with little memory', () => {
  let worker: Worker;
  let client: Client;
  let caller: ReturnType<typeof createCaller>;

  beforeAll(async () => {
    worker = await startWorker({ ANTIPHON_WORKERS_RESIDENT_BYTES: '1000000' });
    client = new TtsService(worker.address, credentials.createInsecure());
    caller = createCaller(client);
  });
  afterAll(async () => {
    client.close();
    await worker.stop();
  });

  const loaded = async () => (await caller.ask<{ models: Model[] }>('ListModels')).models.filter((model) => model.loaded).map(({ model_id: id }) => id);

  it('lets the least recently used model go, and loads it again when it is asked for', async () => {
    await caller.ask('LoadModel', { model_id: 'flite' });
    expect(await loaded()).toEqual(['flite']);
    await caller.ask('LoadModel', { model_id: piper });
    expect(await loaded()).toEqual([piper]);
    const call = caller.open();
    call.send({ start: { session_id: 's', model_id: 'flite', options: {} }, text: 'Back again.', is_final: true });
    expect(await call.ended).toBeUndefined();
    expect(await loaded()).toEqual(['flite']);
  });

  it('never takes a model from under a stream that speaks', async () => {
    const call = caller.open();
    call.send({ start: { session_id: 's', model_id: piper, options: {} }, text: longText(3), is_final: true });
    await until('it speaks', () => call.frames.length > 0);
    // Held, so that it cannot have ended before the other model is there.
    await caller.ask('Control', { session_id: 's', command: 'PAUSE' });
    await caller.ask('LoadModel', { model_id: 'flite' });
    expect(await loaded()).toContain(piper);
    await caller.ask('Control', { session_id: 's', command: 'RESUME' });
    await caller.ask('UnloadModel', { model_id: piper });
    expect(await call.ended).toBeUndefined();
    expect(call.frames.at(-1)).toMatchObject({ is_final: true });
    expect(call.frames.length).toBeGreaterThan(400);
  });
});
