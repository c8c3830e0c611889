/** How a sentence is said, and when each word of it is heard, over the worker's protocol. */
import { credentials, type Client, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCaller, piper, startWorker, TtsService, type Frame, type TextChunk, type Worker } from './plain-caller.ts';

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
    await worker.stop();
  });

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

  it.each([['as the engine makes it', { sample_rate_hz: 'native', frame_ms: 'chunk' }, 22_050], ['resampled and framed', {}, 48_000]])('tells when each word is heard, once a sentence, %s', async (name, options, rateHz) => {
    const id = await session(name, options);
    const text = 'One of the words is here. And the other sentence tells its own.';
    const frames = await speakWhole(id, text);
    const total = frames.reduce((sum, frame) => sum + frame.audio_data.length / 2, 0);
    const timings = frames.flatMap((frame) => frame.timings);
    expect(frames.filter((frame) => frame.timings.length > 0)).toHaveLength(2);
    for (const word of text.matchAll(/\w+/gu)) expect(timings.some((timing) => timing.text_start <= word.index && timing.text_end >= word.index + word[0].length), word[0]).toBe(true);
    expect(timings.every((timing, index) => timing.start_sample >= (timings[index - 1]?.start_sample ?? 0) && timing.end_sample >= timing.start_sample)).toBe(true);
    expect(timings.at(-1)!.end_sample).toBeLessThanOrEqual(total);
    expect(timings.at(-1)!.end_sample / rateHz).toBeGreaterThan(2);
    // The second sentence begins where the first one's sound ends: its frames come with it.
    const second = timings.find((timing) => timing.text_start >= text.indexOf('And'))!;
    const before = frames.slice(0, frames.findLastIndex((frame) => frame.timings.length > 0)).reduce((sum, frame) => sum + frame.audio_data.length / 2, 0);
    expect(Math.abs(second.start_sample - before) / rateHz).toBeLessThan(0.2);
    await caller.ask('EndSession', { session_id: id });
  });

  it('says stretches as their pronunciations tell, and refuses what is none', async () => {
    const id = await session('given', { sample_rate_hz: 'native', frame_ms: 'chunk' });
    const speakGiven = async (ipa: string, chunk: TextChunk = {}) => {
      const call = caller.open();
      call.send({ session_id: id, text: 'Say xyz now.', is_final: true, whole_sentence: true, pronunciations: [{ start: 4, end: 7, ipa }], ...chunk });
      call.finish();
      const error = await call.ended;
      return { error, symbols: call.frames.flatMap((frame) => frame.timings).filter((timing) => timing.text_start === 4 && timing.text_end === 7).map(({ symbol }) => symbol).join('') };
    };
    expect(await speakGiven('həˈloʊ')).toEqual({ error: undefined, symbols: 'həlˈoʊ' });
    const param = (error: ServiceError | undefined) => error?.metadata.get('antiphon-error-param')[0];
    expect(param((await speakGiven('你')).error)).toBe('phoneme');
    expect(param((await speakGiven('a', { whole_sentence: false })).error)).toBe('pronunciations');
    await caller.ask('EndSession', { session_id: id });
  });

  it('refuses another pitch where the model cannot', async () => {
    const id = await session('pitched', { pitch_semitones: '3' });
    const call = caller.open();
    call.send({ session_id: id, text: 'Higher.', is_final: true });
    const error = await call.ended;
    expect(error?.metadata.get('antiphon-error-code')[0]).toBe('input_unsupported');
    await caller.ask('EndSession', { session_id: id });
  });
});
