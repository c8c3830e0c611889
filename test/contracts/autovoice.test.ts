/** AutoVoice's speech API against a running server, as its own clients call it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hear } from '../support/hearing.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';

let server: StartedServer;

beforeAll(async () => { server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } }); });
afterAll(() => server.stop());

type Answer = { readonly status: number; readonly body: Record<string, unknown> };
type Speaker = { id: number; name: string; language: string; gender: string; description: string };

async function synthesize(body: unknown): Promise<Answer> {
  const answer = await fetch(`${server.url}/api/v1/synthesize`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function speakers(query = ''): Promise<Speaker[]> {
  return (await (await fetch(`${server.url}/api/v1/speakers${query}`)).json()) as Speaker[];
}

describe('AutoVoice', () => {
  it('gives a WAV file in base64, with its length', async () => {
    const slt = (await speakers()).find(({ description }) => description.startsWith('cmu_us_slt'))!;
    const { status, body } = await synthesize({ text: 'Hello from AutoVoice.', speaker_id: slt.id, voice_config: { speed: 1, temperature: 0.7 } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'success', format: 'wav', sample_rate: 16_000, metadata: { text_length: 21, speaker_id: slt.id, voice_config: { speed: 1, temperature: 0.7 } } });
    const { seconds, rms } = await hear(Buffer.from(body['audio'] as string, 'base64'), 'wav');
    expect(seconds).toBeCloseTo(body['duration'] as number, 2);
    expect(rms).toBeGreaterThan(0.02);
  });

  it.each([['speaker', 'cmu_us_rms'], ['voice', 'cmu_us_rms'], ['speaker_id', 'cmu_us_rms']])('takes a name as %s', async (field, name) => {
    const { body } = await synthesize({ text: 'Hi.', [field]: name });
    expect(body).toMatchObject({ status: 'success', metadata: { speaker_id: name } });
  });

  it('speaks without a speaker, and says which it was', async () => {
    const { body } = await synthesize({ text: 'Hi.' });
    const { speaker_id: id } = body['metadata'] as { speaker_id: number };
    expect((await speakers())[id]!.description).toContain('en_US-joe-medium');
  });

  it('takes half as long at speed 2', async () => {
    const [normal, fast] = await Promise.all([1, 2].map(async (speed) => (await synthesize({ text: 'The quick brown fox jumps over the lazy dog.', speaker: 'cmu_us_slt', voice_config: { speed } })).body['duration'] as number));
    expect(fast! / normal!).toBeGreaterThan(0.4);
    expect(fast! / normal!).toBeLessThan(0.62);
  });

  it('speaks higher with a voice that can, and says so where a voice cannot', async () => {
    const higher = await synthesize({ text: 'Salt & pepper.', speaker: 'af_heart', voice_config: { pitch: 1.3 } });
    expect(higher.body).toMatchObject({ status: 'success', metadata: { text_length: 14, voice_config: { pitch: 1.3 } } });
    const { status, body } = await synthesize({ text: 'Hi.', speaker: 'en_US-joe-medium', voice_config: { pitch: 1.3 } });
    expect(status).toBe(400);
    expect(body['error']).toContain('pitch');
  });

  it('lists speakers by number, and those of a language', async () => {
    const all = await speakers();
    expect(all.map(({ id }) => id)).toEqual(all.map((_, id) => id));
    expect(all[0]).toEqual({ id: 0, name: expect.any(String) as string, language: expect.any(String) as string, gender: expect.any(String) as string, description: expect.any(String) as string });
    const english = await speakers('?language=en');
    expect(english.length).toBeGreaterThan(5);
    expect(english.every(({ language }) => language.startsWith('en'))).toBe(true);
    expect((await speakers('?language=en-GB')).length).toBeLessThan(english.length);
    expect(await speakers('?language=xx')).toEqual([]);
  });

  it.each([
    ['an empty body', {}, 400, 'No JSON data provided'],
    ['no text', { speaker_id: 0 }, 400, 'Missing required fields: text'],
    ['an empty text', { text: '  ' }, 400, 'Text cannot be empty'],
    ['5,001 characters', { text: 'a'.repeat(5_001) }, 400, 'Text too long. Maximum 5000 characters allowed'],
    ['a negative number', { text: 'Hi.', speaker_id: -1 }, 400, expect.stringContaining('speaker_id') as string],
    ['a number that no speaker has', { text: 'Hi.', speaker_id: 9_999 }, 404, expect.stringContaining('Invalid speaker') as string],
    ['an unknown name', { text: 'Hi.', voice: 'nobody' }, 404, expect.stringContaining('Invalid speaker') as string],
    ['two speakers', { text: 'Hi.', speaker: 'cmu_us_slt', voice: 'cmu_us_rms' }, 400, expect.stringContaining('one of') as string],
    ['speed 9', { text: 'Hi.', voice_config: { speed: 9 } }, 400, expect.stringContaining('voice_config.speed') as string],
    ['pitch 3', { text: 'Hi.', voice_config: { pitch: 3 } }, 400, expect.stringContaining('voice_config.pitch') as string],
    ['a field that it does not know', { text: 'Hi.', voice_config: { volume: 2 } }, 400, expect.stringContaining('volume') as string],
  ])('refuses %s', async (_name, given, status, error) => {
    const answer = await synthesize(given);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error, error_code: expect.any(String) as string });
  });
});
