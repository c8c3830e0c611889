/** A worker on its own that hears, driven by a plain gRPC client that knows nothing but the published protocol. */
import { credentials, status as Status, type Client, type ClientDuplexStream, type GrpcObject, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCaller, load, piper, startWorker, TtsService, type Worker } from './plain-caller.ts';

const SttService = (load('proto/stt.proto')['stt'] as GrpcObject)['STTService'] as ServiceClientConstructor;

type Word = { text: string; start_seconds: number; end_seconds: number };
type Heard = { language: string; segments: { text: string; words: Word[] }[] };
type LiveAnswer = { event: string; words?: { utterance: number; final: Word[]; pending: Word[] }; utterance?: { text: string; words: Word[]; language: string } };

const said = 'Nobody in the village had seen such a storm before.';
const tiny = 'whisper/tiny.en';
const rateHz = 16_000;
const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z ]/g, '').trim();

describe('a worker that hears', () => {
  let worker: Worker;
  let client: Client;
  let caller: ReturnType<typeof createCaller>;
  let speech: Buffer;

  beforeAll(async () => {
    worker = await startWorker();
    const speaker = new TtsService(worker.address, credentials.createInsecure());
    const call = createCaller(speaker).open();
    call.send({ start: { session_id: 's', model_id: piper, options: { sample_rate_hz: String(rateHz) } }, text: said, is_final: true });
    call.finish();
    expect(await call.ended).toBeUndefined();
    speech = Buffer.concat(call.frames.map(({ audio_data: data }) => data));
    speaker.close();
    client = new SttService(worker.address, credentials.createInsecure());
    caller = createCaller(client);
    await caller.ask('LoadModel', { model_id: tiny });
  }, 180_000);
  afterAll(async () => {
    client.close();
    expect(await worker.stop()).toBe(0);
  });

  function follow() {
    const stream = (client as unknown as { StreamingRecognize: () => ClientDuplexStream<object, LiveAnswer> }).StreamingRecognize();
    const answers: LiveAnswer[] = [];
    stream.on('data', (answer: LiveAnswer) => answers.push(answer));
    const ended = new Promise<ServiceError | undefined>((resolve) => { stream.once('error', resolve).once('end', () => resolve(undefined)); });
    return { stream, answers, ended };
  }

  it('lists what it has, and says what is loaded', async () => {
    const { models } = await caller.ask<{ models: { model_id: string; languages: string[]; loaded: boolean; execution_provider: string }[] }>('ListModels');
    expect(models.find(({ model_id: id }) => id === tiny)).toMatchObject({ languages: ['en'], loaded: true, execution_provider: 'cpu' });
  });

  it('writes down a piece, with the times of its words', async () => {
    const heard = await caller.ask<Heard>('Recognize', { model_id: tiny, audio_data: speech, words: true });
    expect(plain(heard.segments.map(({ text }) => text).join(''))).toBe(plain(said));
    const words = heard.segments.flatMap(({ words: own }) => own);
    expect(words.map(({ text }) => plain(text))).toEqual(plain(said).split(' '));
    expect(words.every(({ start_seconds: start, end_seconds: end }, i) => start <= end && start >= (words[i - 1]?.start_seconds ?? 0))).toBe(true);
  });

  it('follows speech: words that are final stay, and half-closing completes the utterance', async () => {
    const { stream, answers, ended } = follow();
    stream.write({ config: { model_id: tiny, sample_rate: rateHz } });
    for (let at = 0; at < speech.length; at += 3_200) stream.write({ audio_data: speech.subarray(at, at + 3_200) });
    stream.end();
    expect(await ended).toBeUndefined();
    const [utterance, ...others] = answers.flatMap(({ utterance: one }) => one ?? []);
    expect(others).toEqual([]);
    expect(plain(utterance!.text)).toBe(plain(said));
    const final = answers.flatMap(({ words }) => words?.final ?? []);
    expect(utterance!.words.slice(0, final.length)).toEqual(final);
    expect(answers[0]!.event).toBe('speech_started');
  });

  it.each([
    ['Recognize', { model_id: tiny, audio_data: Buffer.alloc(0) }, Status.INVALID_ARGUMENT, 'input_invalid'],
    ['Recognize', { model_id: tiny, audio_data: Buffer.alloc(31 * rateHz * 2) }, Status.INVALID_ARGUMENT, 'input_invalid'],
    ['Recognize', { model_id: 'whisper/none', audio_data: Buffer.alloc(3_200) }, Status.NOT_FOUND, 'model_unknown'],
    ['Recognize', { model_id: tiny, audio_data: Buffer.alloc(64_000), language: 'ja' }, Status.INVALID_ARGUMENT, 'language_unknown'],
    ['LoadModel', { model_id: 'whisper/none' }, Status.NOT_FOUND, 'model_unknown'],
  ])('refuses a wrong %s', async (method, request, code, antiphonCode) => {
    expect(await caller.refusal(method, request)).toMatchObject({ code, antiphonCode });
  });

  it.each([
    ['sound without a configuration', [{ audio_data: Buffer.alloc(320) }], 'input_invalid'],
    ['half a sample', [{ config: { model_id: tiny } }, { audio_data: Buffer.alloc(321) }], 'input_invalid'],
    ['a rate out of range', [{ config: { model_id: tiny, sample_rate: 400 } }], 'input_invalid'],
  ])('refuses %s in a stream', async (_, messages, antiphonCode) => {
    const { stream, ended } = follow();
    for (const message of messages) stream.write(message);
    stream.end();
    expect((await ended)?.metadata.get('antiphon-error-code')).toEqual([antiphonCode]);
  });
});
