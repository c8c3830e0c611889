/** A running Antiphon is a server of OpenAI's and ElevenLabs' protocols, so another one may have it for a provider. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResampler } from '../../src/audio/resample.ts';
import { wordErrors } from '../../src/engines/conformance/transcription-words.ts';
import { hearingRateHz, type HeardSpeech, type TranscriptionRequest } from '../../src/engines/kinds.ts';
import { createProvider } from '../../src/engines/providers/create-provider.ts';
import type { Provider } from '../../src/engines/providers/provider.ts';
import { queueOf } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

const sentence = 'The quick brown fox jumps over the lazy dog.';
const george = 'JBFqnCBsd6RMkjVDRZzb';

let server: StartedServer;
let openai: Provider;
let elevenlabs: Provider;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } });
  const settings = { id: 'antiphon', key: async () => 'none', answerTimeoutMs: 60_000, stallTimeoutMs: 60_000, fetch } as const;
  openai = createProvider({ ...settings, type: 'openai', baseUrl: `${server.url}/v1` });
  elevenlabs = createProvider({ ...settings, type: 'elevenlabs', baseUrl: `${server.url}/v1` });
});
afterAll(() => server.stop());

async function speak(provider: Provider, { model, voice }: { readonly model: string; readonly voice: string }): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const chunk of provider.speech!.synthesise(model, { text: sentence, voice, speed: 1 }, new AbortController().signal)) {
    expect(chunk.sampleRateHz).toBe(24_000);
    parts.push(chunk.samples);
  }
  // The other side streams, so it comes in more than one piece.
  expect(parts.length).toBeGreaterThan(1);
  return Float32Array.from(parts.flatMap((samples) => [...samples]));
}

function atHearingRate(samples: Float32Array): Float32Array {
  const resampler = createResampler({ fromHz: 24_000, toHz: hearingRateHz });
  const out = [...resampler.push(samples), ...resampler.finish()];
  resampler.close();
  return Float32Array.from(out);
}

async function hear(provider: Provider, { model, ...request }: Partial<TranscriptionRequest> & { readonly model: string; readonly samples: Float32Array }): Promise<HeardSpeech> {
  const steps = await Array.fromAsync(provider.transcription!.transcribe(model, { task: 'transcribe', words: true, ...request }, new AbortController().signal));
  expect(steps).toHaveLength(1);
  return steps[0]!.heard!;
}

const textOf = ({ segments }: HeardSpeech) => segments.map(({ text }) => text).join('').trim();

function expectWordsInOrder({ segments }: HeardSpeech, seconds: number): void {
  const words = segments.flatMap((segment) => {
    expect(segment.words!.map(({ text }) => text).join('')).toBe(segment.text);
    return segment.words!;
  });
  expect(words.length).toBeGreaterThanOrEqual(sentence.split(' ').length - 1);
  for (const [index, word] of words.entries()) expect(word.startSeconds).toBeGreaterThanOrEqual(words[index - 1]?.endSeconds ?? 0);
  expect(words.at(-1)!.endSeconds).toBeLessThanOrEqual(seconds);
  expect(words.at(-1)!.endSeconds).toBeGreaterThan(seconds / 2);
}

describe('another Antiphon as a provider', () => {
  it('speaks and hears by OpenAI’s protocol what was said', async () => {
    const samples = atHearingRate(await speak(openai, { model: 'tts-1', voice: 'alloy' }));
    const heard = await hear(openai, { model: 'whisper-1', samples });
    expect(wordErrors(textOf(heard), sentence).errors).toBeLessThanOrEqual(1);
    expect(heard.language).toBe('en');
    expectWordsInOrder(heard, samples.length / hearingRateHz);
  });

  it('speaks and hears by ElevenLabs’ protocol what was said', async () => {
    const samples = atHearingRate(await speak(elevenlabs, { model: 'eleven_flash_v2_5', voice: george }));
    const heard = await hear(elevenlabs, { model: 'scribe_v1', samples, language: 'en' });
    expect(wordErrors(textOf(heard), sentence).errors).toBeLessThanOrEqual(1);
    expect(heard.segments).toHaveLength(1);
    expectWordsInOrder(heard, samples.length / hearingRateHz);
  });

  it.each(['openai', 'elevenlabs'] as const)('hears nothing in silence by the protocol of %s', async (type) => {
    const [provider, model] = type === 'openai' ? [openai, 'whisper-1'] : [elevenlabs, 'scribe_v1'];
    expect((await hear(provider, { model, samples: new Float32Array(hearingRateHz) })).segments).toEqual([]);
  });

  it('names what is at fault in the request, in each protocol’s own way', async () => {
    const asked = (provider: Provider, model: string, voice: string) => Array.fromAsync(provider.speech!.synthesise(model, { text: sentence, voice, speed: 1 }, new AbortController().signal));
    await expect(asked(openai, 'tts-1', 'no-such-voice')).rejects.toMatchObject({ code: 'provider_rejected', param: 'voice' });
    await expect(asked(openai, 'no-such-model', 'alloy')).rejects.toMatchObject({ code: 'provider_rejected', param: 'model' });
    await expect(asked(elevenlabs, 'eleven_flash_v2_5', 'no-such-voice')).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  it('is told to stop when the listener leaves', async () => {
    const text = Array.from({ length: 60 }, () => sentence).join(' ');
    for await (const chunk of openai.speech!.synthesise('tts-1', { text, voice: 'alloy', speed: 1 }, new AbortController().signal)) {
      expect(chunk.samples.length).toBeGreaterThan(0);
      break;
    }
    await until('the other side has no request left', async () => (await queueOf(server.url)).requests.length === 0);
  });

  it('is there when it is checked', async () => {
    expect((await openai.check(new AbortController().signal)).models).toContain('tts-1');
    expect((await elevenlabs.check(new AbortController().signal)).quota).toMatchObject({ unit: 'characters' });
  });
});
