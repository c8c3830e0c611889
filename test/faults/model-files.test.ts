/** Model files that come, are damaged, or are not there at all: what can speak goes on speaking. */
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hearPcm } from '../support/hearing.ts';
import { healthOf, speak } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

const joe = join(process.env['ANTIPHON_MODELS_DIR'] ?? join(homedir(), '.antiphon', 'models'), 'piper-en_US-joe-medium', 'en_US-joe-medium.onnx');

function errorOf({ bytes }: { bytes: Buffer }): unknown {
  return (JSON.parse(String(bytes)) as { error: unknown }).error;
}

describe('voices dropped in while the server runs', () => {
  let server: StartedServer;
  let voices: string;
  beforeAll(async () => {
    server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } });
    voices = join(server.dataDir, 'voices');
    await mkdir(voices, { recursive: true });
  });
  afterAll(() => server.stop());

  async function drop(name: string): Promise<string> {
    const target = join(voices, `${name}.onnx`);
    await copyFile(joe, target);
    await copyFile(`${joe}.json`, `${target}.json`);
    return target;
  }

  /** A moment after it was dropped in: the disk is not looked at more than twice a second. */
  async function speakOnceKnown(voice: string) {
    return until(`${voice} is known`, async () => {
      const answer = await speak(server.url, { model: 'piper', voice, input: 'Hello from a new voice.' });
      return (answer.status !== 400 || !String(answer.bytes).includes('voice_unknown')) && answer;
    });
  }

  it('can be used without a restart, by name, with every model name of the engine', async () => {
    expect(errorOf(await speak(server.url, { model: 'piper', voice: 'mine', input: 'Hi.' }))).toMatchObject({ code: 'voice_unknown' });
    await drop('mine');
    const answer = await speakOnceKnown('mine');
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(answer.headers['x-antiphon-voice']).toBe('mine');
    expect(hearPcm(answer.bytes).rms).toBeGreaterThan(0.02);
    expect((await speak(server.url, { model: 'tts-1', voice: 'mine', input: 'Hi.' })).headers['x-antiphon-voice']).toBe('mine');
    expect((await speak(server.url, { model: 'mine', input: 'Hi.' })).headers['x-antiphon-voice']).toBe('mine');
    expect(await (await fetch(`${server.url}/v1/audio/voices`)).text()).toContain('"id":"mine"');
  });

  it('may be named in any script', async () => {
    await drop('声');
    const answer = await speakOnceKnown('声');
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(decodeURIComponent(String(answer.headers['x-antiphon-voice']))).toBe('声');
  });

  it('and cut off half-way answer with what is wrong; the others speak on', async () => {
    const path = await drop('half');
    await truncate(path, 20_000_000);
    const [broken, whole] = await Promise.all([speakOnceKnown('half'), speak(server.url, { input: 'I am well.' })]);
    expect(broken.status).toBe(503);
    expect(errorOf(broken)).toMatchObject({ code: 'model_file_invalid', type: 'server_error' });
    expect(JSON.stringify(errorOf(broken))).not.toContain(voices);
    expect(whole).toMatchObject({ status: 200, complete: true });
    expect(await speak(server.url, { model: 'piper', voice: 'mine', input: 'I, too.' })).toMatchObject({ status: 200, complete: true });
    expect((await healthOf(server.url)).components['workers']).toMatchObject({ status: 'pass', restarts: 0 });
  });

  it('and mended are used anew, without a restart', async () => {
    await drop('half');
    const answer = await until('it speaks', async () => {
      const now = await speak(server.url, { model: 'piper', voice: 'half', input: 'Whole again.' });
      return now.status === 200 && now;
    });
    expect(hearPcm(answer.bytes).rms).toBeGreaterThan(0.02);
  });

  it('with a description that is none never show up as a voice', async () => {
    const path = await drop('nonsense');
    await writeFile(`${path}.json`, '{"audio":"yes"}');
    await until('the disk was looked at', async () => (await speak(server.url, { model: 'piper', voice: 'unknown-to-all', input: 'x' })).status === 400);
    expect(errorOf(await speak(server.url, { model: 'piper', voice: 'nonsense', input: 'Hi.' }))).toMatchObject({ code: 'voice_unknown' });
    expect(await speak(server.url, { input: 'I am well.' })).toMatchObject({ status: 200, complete: true });
  });

  it('and taken away are unknown again, while the others speak on', async () => {
    await rm(join(voices, 'mine.onnx'));
    await until('it is gone', async () => !(await (await fetch(`${server.url}/v1/audio/voices`)).text()).includes('"id":"mine"'));
    expect(await speak(server.url, { input: 'I am well.' })).toMatchObject({ status: 200, complete: true });
  });
});

describe('a machine without any model and without a source', () => {
  let server: StartedServer;
  let modelsDir: string;
  beforeAll(async () => {
    modelsDir = await mkdtemp(join(tmpdir(), 'antiphon-models-'));
    server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_MODELS_DIR: modelsDir, ANTIPHON_MODELS_OFFLINE: 'true' } });
  });
  afterAll(async () => {
    await server.stop();
    await rm(modelsDir, { recursive: true, force: true });
  });

  it.each([['tts-1', 'piper'], ['tts-1-hd', 'kokoro']])('speaks %s with the built-in voice and says so', async (model, wanted) => {
    const answer = await speak(server.url, { model, voice: 'onyx', input: 'The built-in voice stands in.' });
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(answer.headers).toMatchObject({ 'x-antiphon-engine': 'flite', 'x-antiphon-instead-of': wanted, 'x-antiphon-voice': 'cmu_us_rms' });
    expect(hearPcm(answer.bytes).rms).toBeGreaterThan(0.02);
  });

  it.each(['piper', 'kokoro'])('never replaces %s where it was asked for by its name', async (model) => {
    const answer = await speak(server.url, { model, input: 'Only you.' });
    expect(answer.status).toBe(503);
    expect(errorOf(answer)).toMatchObject({ code: 'model_not_ready', param: 'model' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('warns in /health and on the console, and is ready all the same', async () => {
    const health = await healthOf(server.url);
    expect(health.status).toBe('warn');
    expect(health.components['voices']).toMatchObject({ status: 'warn', stand_in: 'flite', engines: ['flite'] });
    expect(health.components['models']).toMatchObject({ status: 'warn', offline: true });
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    expect(server.output()).toContain('The fast voice could not be fetched');
  });

  it('uses the fast voice as soon as somebody puts it there', async () => {
    const folder = join(modelsDir, 'piper-en_US-joe-medium');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'en_US-joe-medium.onnx'), await readFile(joe));
    await writeFile(join(folder, 'en_US-joe-medium.onnx.json'), await readFile(`${joe}.json`));
    const answer = await until('it speaks', async () => {
      const now = await speak(server.url, { model: 'tts-1', input: 'At last.' });
      return now.headers['x-antiphon-engine'] === 'piper' && now;
    });
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(answer.headers['x-antiphon-instead-of']).toBeUndefined();
  });
});
