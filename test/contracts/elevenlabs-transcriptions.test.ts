/** The unmodified `@elevenlabs/elevenlabs-js` package against the application, with a transcription that says what the test wrote down. */
import { ElevenLabsClient, ElevenLabsError } from '@elevenlabs/elevenlabs-js';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AntiphonError } from '../../src/errors.ts';
import { speechToTextFieldCounts, speechToTextQuerySchema } from '../../src/http/elevenlabs/speech-to-text-fields.ts';
import { threeLetterCodeOf } from '../../src/http/elevenlabs/speech-to-text-languages.ts';
import { languageCodeOf, languageCodes } from '../../src/text/languages.ts';
import { partsOf, segmentOf, startTranscriptionApp, type TranscriptionApp } from './transcription-app.ts';

let server: TranscriptionApp;
let client: ElevenLabsClient;

beforeAll(async () => {
  server = await startTranscriptionApp();
  client = new ElevenLabsClient({ baseUrl: server.url, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => server.close());

type Request = Parameters<ElevenLabsClient['speechToText']['convert']>[0];
const sound = new Uint8Array(100_000).map((_, i) => i % 251);
const ask = (body: Partial<Request> = {}): Request => ({ modelId: 'scribe_v1', file: new Blob([sound]), ...body });

async function refusalOf(body: Partial<Request>): Promise<ElevenLabsError> {
  const outcome: unknown = await client.speechToText.convert(ask(body)).then(() => 'it was transcribed', (error: unknown) => error);
  if (!(outcome instanceof ElevenLabsError)) throw new Error(`Expected a refusal, but ${String(outcome)}.`);
  return outcome;
}

describe('a transcript for ElevenLabs\' clients', () => {
  it('has every word with its time, and what is between words', async () => {
    server.say({ parts: partsOf(' Hello there.', ' Goodbye.'), durationSeconds: 1.5 });
    expect(await client.speechToText.convert(ask())).toEqual({
      languageCode: 'eng',
      languageProbability: 0.97,
      text: 'Hello there. Goodbye.',
      audioDurationSecs: 1.5,
      words: [
        { text: 'Hello', type: 'word', start: 0, end: 0.4, logprob: Math.log(0.5) },
        { text: ' ', type: 'spacing', start: 0.4, end: 0.4, logprob: 0 },
        { text: 'there.', type: 'word', start: 0.4, end: 0.8, logprob: Math.log(0.5) },
        { text: ' ', type: 'spacing', start: 0.8, end: 0.8, logprob: 0 },
        { text: 'Goodbye.', type: 'word', start: 0.8, end: 1.2, logprob: Math.log(0.5) },
      ],
    });
    expect(server.asked[0]).toMatchObject({ model: 'scribe_v1', task: 'transcribe', words: true, raw: undefined });
    expect(server.asked[0]!.bytes.equals(sound)).toBe(true);
  });

  it('has words that join to its text where a language writes no blanks, and silence between them', async () => {
    const segment = segmentOf(' x');
    const words = [['你', 0.5, 0.7], ['好,', 0.9, 1.2], [' 世', 2, 2.2], ['界', 2.2, 2.4]] as const;
    server.say({ parts: [{ segments: [{ ...segment, text: '你好, 世界', words: words.map(([text, startSeconds, endSeconds]) => ({ text, startSeconds, endSeconds, probability: 1 })) }], doneSeconds: 3 }], language: 'zh' });
    const answer = await client.speechToText.convert(ask());
    expect(answer.languageCode).toBe('zho');
    expect(answer.words.map(({ text }) => text).join('')).toBe(answer.text);
    expect(answer.words[2]).toMatchObject({ type: 'spacing', start: 1.2, end: 2 });
  });

  it('has the characters of each word where they are asked for', async () => {
    server.say({ parts: partsOf(' Ja👍🏽 b') });
    const { words } = await client.speechToText.convert(ask({ timestampsGranularity: 'character' }));
    expect(words[0]!.characters).toEqual([{ text: 'J', start: 0, end: 0.133 }, { text: 'a', start: 0.133, end: 0.267 }, { text: '👍🏽', start: 0.267, end: 0.4 }]);
  });

  it('has no times where none are asked for, and costs none', async () => {
    const { words: _, ...plain } = segmentOf(' Hello there.');
    server.say({ parts: [{ segments: [plain], doneSeconds: 1 }] });
    const { words, text } = await client.speechToText.convert(ask({ timestampsGranularity: 'none' }));
    expect(words).toEqual([{ text: 'Hello', type: 'word', logprob: -0.25 }, { text: ' ', type: 'spacing', logprob: 0 }, { text: 'there.', type: 'word', logprob: -0.25 }]);
    expect(text).toBe('Hello there.');
    expect(server.asked[0]).toMatchObject({ words: false });
  });

  it('comes with captions and as text where they are asked for', async () => {
    server.say({ parts: partsOf(' The voice answers at once.') });
    const { additionalFormats } = await client.speechToText.convert(ask({ additionalFormats: [{ format: 'srt', includeSpeakers: false, includeTimestamps: true }, { format: 'txt' }] }));
    expect(additionalFormats).toEqual([
      { requestedFormat: 'srt', fileExtension: 'srt', contentType: 'application/x-subrip', isBase64Encoded: false, content: '1\n00:00:00,000 --> 00:00:02,500\nThe voice answers at once.\n' },
      { requestedFormat: 'txt', fileExtension: 'txt', contentType: 'text/plain', isBase64Encoded: false, content: 'The voice answers at once.\n' },
    ]);
  });

  it('is empty where nobody speaks', async () => {
    server.say({ parts: partsOf(''), language: undefined });
    expect(await client.speechToText.convert(ask())).toMatchObject({ text: '', words: [], languageCode: 'zxx' });
  });

  it('hands on what was asked for', async () => {
    server.say({ parts: [] });
    await client.speechToText.convert(ask({ languageCode: 'deu', fileFormat: 'pcm_s16le_16', temperature: 0.5, seed: 7, keyterms: ['Xaver', 'Zenzi'], numSpeakers: 2, tagAudioEvents: true, diarize: false, enableLogging: false }));
    expect(server.asked[0]).toMatchObject({ language: 'deu', temperature: 0.5, prompt: 'Xaver, Zenzi', raw: { sampleType: 's16le', sampleRateHz: 16_000 } });
  });

  it.each([
    ['diarize', { diarize: true }], ['diarization_threshold', { diarizationThreshold: 0.3 }], ['use_speaker_library', { useSpeakerLibrary: true }], ['detect_speaker_roles', { detectSpeakerRoles: true }],
    ['use_multi_channel', { useMultiChannel: true }], ['cloud_storage_url', { cloudStorageUrl: 'https://example.test/a.mp3' }], ['source_url', { sourceUrl: 'https://example.test/a.mp3' }],
    ['webhook', { webhook: true }], ['webhook_id', { webhookId: 'x' }], ['webhook_metadata', { webhookMetadata: '{}' }], ['transcript_edit', { transcriptEdit: 'Shorter' }],
    ['entity_detection', { entityDetection: ['pii'] }], ['entity_redaction', { entityRedaction: ['pii'] }], ['no_verbatim', { noVerbatim: true }], ['temperature', { temperature: 1.5 }],
    ['additional_formats', { additionalFormats: [{ format: 'pdf' }] }], ['additional_formats', { additionalFormats: [{ format: 'srt', maxCharactersPerLine: 20 }] }],
  ] as readonly (readonly [string, Partial<Request>])[])('cannot honour %s: %j', async (param, body) => {
    server.say({ parts: partsOf(' Hello.') });
    expect(await refusalOf(body)).toMatchObject({ statusCode: 400, body: { detail: { status: 'unsupported_parameter', code: 'unsupported_parameter', param } } });
    expect(server.asked).toHaveLength(0);
  });

  it.each([
    ['temperature', { temperature: 3 }], ['num_speakers', { numSpeakers: 33 }], ['seed', { seed: -1 }],
  ] as readonly (readonly [string, Partial<Request>])[])('has its %s in its range: %j', async (name, body) => {
    expect(await refusalOf(body)).toMatchObject({ statusCode: 422, body: { detail: [{ loc: ['body', name], type: 'value_error' }] } });
  });

  it('needs a file', async () => {
    expect(await refusalOf({ file: undefined })).toMatchObject({ statusCode: 422, body: { detail: [{ loc: ['body', 'file'], msg: 'Field required', type: 'missing' }] } });
  });

  it.each([
    ['model_unknown', 'model', 400, 'model_not_found', 'model_id'], ['language_unknown', 'language', 400, 'language_unknown', 'language_code'],
    ['audio_unreadable', undefined, 400, 'audio_unreadable', undefined], ['queue_full', undefined, 429, 'system_busy', undefined], ['worker_lost', undefined, 503, 'worker_lost', undefined],
  ] as const)('fails for %s in the words of the vendor', async (code, field, statusCode, status, param) => {
    server.say({ refusal: new AntiphonError(code, 'It did not work.', field === undefined ? {} : { param: field }) });
    const { body, ...refusal } = await refusalOf({});
    expect(refusal).toMatchObject({ statusCode });
    expect((body as { detail: object }).detail).toMatchObject({ status, message: 'It did not work.', ...(param === undefined ? {} : { param }) });
  });

  it('is not made of a form that cannot be read', async () => {
    const answer = await fetch(`${server.url}/v1/speech-to-text`, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=a' }, body: 'nothing' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: { status: 'request_malformed' } });
  });
});

describe('a language', () => {
  it.each(languageCodes)('%s has a code of three letters, which means the same', (code) => {
    expect(threeLetterCodeOf(code)).toMatch(/^[a-z]{3}$/);
    expect(languageCodeOf(threeLetterCodeOf(code))).toBe(code);
  });
});

describe('the documentation', () => {
  it.each([...Object.keys(speechToTextFieldCounts), ...Object.keys(speechToTextQuerySchema.shape)].filter((name) => !name.includes('[')))('tells what becomes of %s', async (name) => {
    expect(await readFile(new URL('../../docs/elevenlabs-api.md', import.meta.url), 'utf8')).toMatch(new RegExp(`\\| .*\`${name}(\\[\\])?\`.*\\|`));
  });
});
