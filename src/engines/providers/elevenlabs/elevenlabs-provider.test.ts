import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProvider } from '../create-provider.ts';
import { hear, speak, startRecordedAnswers, type RecordedAnswers } from '../recorded-answers.test-support.ts';

let recorded: RecordedAnswers;
beforeAll(async () => { recorded = await startRecordedAnswers('elevenlabs'); });
beforeEach(() => { recorded.server.forget(); });
afterAll(() => recorded.server.stop());

const request = () => recorded.server.requests.at(-1)!;

describe('speech of an elevenlabs provider', () => {
  it('asks for headerless PCM of 24 kHz by the voice in the path', async () => {
    await speak(recorded.provider, { model: 'eleven_flash_v2_5', voice: 'JBFqnCBsd6RMkjVDRZzb' });
    expect(request().path).toBe('/elevenlabs/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb/stream?output_format=pcm_24000');
    expect(request().json).toEqual({ text: 'Good morning to all of you.', model_id: 'eleven_flash_v2_5' });
    await speak(recorded.provider, { speed: 1.1 });
    expect(request().json).toMatchObject({ voice_settings: { speed: 1.1 } });
  });

  it.each(['../../user', 'a/b?c#d', 'ü 1'])('keeps the voice %j within the path', async (voice) => {
    await speak(recorded.provider, { voice });
    expect(request().path).toBe(`/elevenlabs/v1/text-to-speech/${encodeURIComponent(voice)}/stream?output_format=pcm_24000`);
  });

  it.each(['', '.', '..'])('has no voice %j, which would lead out of the path', async (voice) => {
    await expect(speak(recorded.provider, { voice })).rejects.toMatchObject({ code: 'voice_unknown', param: 'voice' });
    expect(recorded.server.requests).toHaveLength(0);
  });

  it.each([
    [{ speed: 0.6 }, 'speed'], [{ speed: 1.3 }, 'speed'], [{ pitchSemitones: -1 }, 'pitch'], [{ pronunciations: [{ start: 0, end: 4, ipa: 'ɡʊd' }] }, 'phoneme'],
  ])('refuses %j before anybody is asked', async (given, param) => {
    await expect(speak(recorded.provider, given)).rejects.toMatchObject({ code: 'input_unsupported', param });
    expect(recorded.server.requests).toHaveLength(0);
  });

  it('plays PCM that is called MP3, as the vendor’s documentation calls all of its sound', async () => {
    recorded.server.script({ kind: 'content_type', contentType: 'audio/mpeg' });
    expect((await speak(recorded.provider)).length).toBeGreaterThan(24_000);
  });

  it.each([
    ['error-401-key.json', 401, 'provider_key_refused'],
    ['error-401-quota.json', 401, 'provider_limited'],
    ['error-429-concurrency.json', 429, 'provider_limited'],
    ['error-400-model.json', 400, 'provider_rejected'],
    ['error-404-voice.json', 404, 'provider_rejected'],
    ['error-422.json', 422, 'provider_rejected'],
  ])('takes %s with status %d as %s', async (file, status, code) => {
    await recorded.next(file, status);
    await expect(speak(recorded.provider)).rejects.toMatchObject({ code });
  });

  it('names the field that was found at fault', async () => {
    await recorded.next('error-422.json', 422);
    await expect(speak(recorded.provider)).rejects.toThrow(/speed: ensure this value is less than or equal to 1\.2/);
  });
});

describe('transcription of an elevenlabs provider', () => {
  it('sends samples without a header, and the fields that the API has', async () => {
    await recorded.next('transcription.json');
    await hear(recorded.provider, { model: 'scribe_v2', language: 'en', temperature: 0.1, prompt: 'not sent' });
    const { form, path } = request();
    expect(path).toBe('/elevenlabs/v1/speech-to-text');
    expect(Object.fromEntries([...form!.entries()].filter(([, value]) => typeof value === 'string'))).toEqual({
      model_id: 'scribe_v2', file_format: 'pcm_s16le_16', timestamps_granularity: 'word', tag_audio_events: 'false', language_code: 'en', temperature: '0.1',
    });
    expect((form!.get('file') as File).size).toBe(10 * 32_000);
  });

  it('makes a segment of each sentence, and leaves laughter out', async () => {
    await recorded.next('transcription.json');
    const heard = await hear(recorded.provider);
    expect(heard).toMatchObject({ language: 'en', languageProbability: 0.98 });
    expect(heard.segments.map(({ text, startSeconds, endSeconds }) => [text, startSeconds, endSeconds])).toEqual([[' Hello world!', 0.119, 1.1], [' How are you?', 1.5, 2.4]]);
    expect(heard.segments[0]!.averageLogProbability).toBeCloseTo(-0.3);
    expect(heard.segments[0]!.words).toBeUndefined();
  });

  it('tells words that join to their segment, with probabilities', async () => {
    await recorded.next('transcription.json');
    const { segments } = await hear(recorded.provider, { words: true });
    for (const { text, words } of segments) expect(words!.map((word) => word.text).join('')).toBe(text);
    expect(segments[0]!.words![1]).toMatchObject({ text: ' world!', startSeconds: 0.46, endSeconds: 1.1, probability: Math.exp(-0.5) });
  });

  it('hears nothing in silence', async () => {
    await recorded.next('transcription-silence.json');
    expect((await hear(recorded.provider)).segments).toEqual([]);
  });

  it('refuses to translate before anybody is asked', async () => {
    await expect(hear(recorded.provider, { task: 'translate' })).rejects.toMatchObject({ code: 'input_unsupported', param: 'task' });
    expect(recorded.server.requests).toHaveLength(0);
  });
});

describe('an elevenlabs provider', () => {
  it('tells how many characters are left when it is checked', async () => {
    await recorded.next('subscription.json');
    expect(await recorded.provider.check(new AbortController().signal)).toMatchObject({ models: [], quota: { used: 17_231, limit: 100_000, unit: 'characters' } });
  });

  it('may be configured with the version in its address or without', async () => {
    const settings = { id: 'somebody', type: 'elevenlabs', key: async () => 'key', answerTimeoutMs: 20_000, stallTimeoutMs: 20_000, fetch } as const;
    await createProvider({ ...settings, baseUrl: `${recorded.server.url}/elevenlabs` }).check(new AbortController().signal);
    expect(request().path).toBe('/elevenlabs/v1/user/subscription');
  });
});
