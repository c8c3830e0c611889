/** The unmodified `@elevenlabs/elevenlabs-js` package against a running server: voices, models, the account. */
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { premadeVoices } from '../../src/config/elevenlabs-voices.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';

let server: StartedServer;
let client: ElevenLabsClient;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } });
  client = new ElevenLabsClient({ baseUrl: server.url, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => server.stop());

const rachel = '21m00Tcm4TlvDq8ikWAM';

describe('voices', () => {
  it('are the local ones and the premade ids, each once', async () => {
    const { voices } = await client.voices.getAll();
    const ids = voices.map(({ voiceId }) => voiceId);
    expect(ids).toEqual(expect.arrayContaining(['en_US-joe-medium', 'af_heart', 'cmu_us_slt', rachel, 'JBFqnCBsd6RMkjVDRZzb']));
    expect(new Set(ids).size).toBe(ids.length);
    expect(voices.find(({ voiceId }) => voiceId === 'bf_emma')).toMatchObject({ name: 'Emma', category: 'premade', labels: { language: 'en', gender: 'female', accent: 'british' } });
  });

  it('have a fine local voice of the same gender behind every premade id', async () => {
    const { voices } = await client.voices.getAll();
    for (const { id, name, gender, accent, kokoro } of premadeVoices) {
      expect(voices.find(({ voiceId }) => voiceId === id)).toMatchObject({ name, labels: { gender, accent } });
      if (gender !== 'neutral') expect(voices.find(({ voiceId }) => voiceId === kokoro)).toMatchObject({ labels: { gender, accent } });
    }
  });

  it('can be had one by one, every one that is listed', async () => {
    const { voices } = await client.voices.getAll();
    for (const { voiceId } of voices) expect(await client.voices.get(voiceId)).toMatchObject({ voiceId, settings: { speed: 1 } });
    expect(await client.voices.settings.get(rachel)).toMatchObject({ stability: 0.5, similarityBoost: 0.75, style: 0, useSpeakerBoost: true, speed: 1 });
    expect(await client.voices.settings.getDefault()).toMatchObject({ stability: 0.5 });
    await expect(client.voices.get('nobody')).rejects.toMatchObject({ statusCode: 404, body: { detail: { status: 'voice_not_found' } } });
    await expect(client.voices.settings.get('nobody')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('can be paged through without losing or doubling one', async () => {
    const ids: string[] = [];
    let total = 0;
    for (let token: string | undefined, more = true; more;) {
      const page = await client.voices.search({ pageSize: 17, ...(token === undefined ? {} : { nextPageToken: token }) });
      ids.push(...page.voices.map(({ voiceId }) => voiceId));
      ({ hasMore: more, totalCount: total } = page);
      token = page.nextPageToken ?? undefined;
    }
    expect(ids.length).toBe(total);
    expect(new Set(ids).size).toBe(total);
    expect((await client.voices.search()).voices).toHaveLength(10);
  });

  it.each([
    [{ search: 'rachel' }, [rachel]],
    [{ search: 'EMMA', gender: 'female', accent: 'british', category: 'premade' }, ['bf_emma', 'XB0fDUnXU5powFXDhCwa']],
    [{ voiceIds: ['af_heart', 'nobody'] }, ['af_heart']],
    [{ language: 'es', gender: 'female' }, ['ef_dora']],
    [{ voiceType: 'personal' }, []],
    [{ category: 'cloned' }, []],
    [{ collectionId: 'mine' }, []],
  ])('are found by %j', async (search, ids) => {
    expect((await client.voices.search({ pageSize: 100, ...search })).voices.map(({ voiceId }) => voiceId)).toEqual(ids);
  });

  it('are sorted by name, both ways', async () => {
    const namesOf = async (sortDirection: string) => (await client.voices.search({ pageSize: 100, sort: 'name', sortDirection })).voices.map(({ name }) => name!);
    const up = await namesOf('asc');
    const down = await namesOf('desc');
    expect(up).toEqual(up.toSorted((a, b) => a.localeCompare(b, 'en')));
    expect(down[0]!.localeCompare(up[0]!, 'en')).toBeGreaterThan(0);
  });

  it.each([['page_size', '0'], ['page_size', '101'], ['sort', 'age'], ['next_page_token', 'zzz'], ['colour', 'red']])('are not searched by %s=%s', async (field, value) => {
    const answer = await fetch(`${server.url}/v2/voices?${field}=${value}`);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ detail: [{ loc: ['query', field] }] });
  });
});

describe('models', () => {
  it('are told by what the client sends: each vendor\'s gets its own list', async () => {
    const models = await client.models.list();
    expect(models.map(({ modelId }) => modelId)).toEqual(expect.arrayContaining(['eleven_flash_v2_5', 'eleven_multilingual_v2', 'eleven_v3', 'piper', 'kokoro', 'flite']));
    expect(models.find(({ modelId }) => modelId === 'eleven_multilingual_v2')).toMatchObject({ canDoTextToSpeech: true, maximumTextLengthPerRequest: 4_096 });
    expect(models.find(({ modelId }) => modelId === 'eleven_multilingual_v2')!.languages!.map(({ languageId }) => languageId)).toEqual(expect.arrayContaining(['en', 'es', 'fr', 'it', 'pt', 'hi']));
    expect(await (await fetch(`${server.url}/v1/models`, { headers: { authorization: 'Bearer none' } })).json()).toMatchObject({ object: 'list' });
    expect(await (await fetch(`${server.url}/v1/models/tts-1`, { headers: { 'xi-api-key': 'none' } })).json()).toMatchObject({ id: 'tts-1' });
  });
});

describe('the account', () => {
  it('has no limit that a client could come near', async () => {
    const user = await client.user.get();
    const subscription = await client.user.subscription.get();
    expect(user.subscription.characterLimit - user.subscription.characterCount).toBeGreaterThan(1e8);
    expect(subscription).toMatchObject({ status: 'active', maxCreditLimitExtension: 'unlimited', hasOpenInvoices: false });
  });
});
