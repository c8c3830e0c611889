/** Long readings on a real server and a real command, both of which die in the middle of them. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseWav } from '../../src/audio/wav.ts';
import { hear } from '../support/hearing.ts';
import { workersOf } from '../support/processes.ts';
import { runAntiphon, startAntiphon, type RunningCommand } from '../support/run-antiphon.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

type WireJob = {
  readonly id: string; readonly state: string; readonly sentences_done: number; readonly audio_seconds: number;
  readonly error: { readonly code: string } | null; readonly files: readonly { readonly name: string; readonly url: string; readonly bytes: number }[];
};

const words = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
/** Every sentence has a length of its own in the voice of flite, which says the same text always the same. */
const chapterText = (chapter: number): string => Array.from({ length: 16 }, (_, i) => `Sentence ${words[i % 10]} counts ${words.slice(0, 1 + ((i * 7 + chapter) % 8)).join(' ')}.`).join(' ');
const book = ['Chapter 1', 'Chapter 2', 'Chapter 3'].map((title, chapter) => `${title}\n\n${chapterText(chapter)}`).join('\n\n');
/** The headings are sentences, too. */
const sentenceCount = 3 * 17;

let folder: string;
let servers: StartedServer[] = [];
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'antiphon-long-')); });
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});
afterAll(async () => { await rm(folder, { recursive: true, force: true }); });

async function start(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<StartedServer> {
  const server = await startServer({ env: { ...env, ANTIPHON_DATA_DIR: dataDir, ANTIPHON_WORKERS_PRELOAD: 'flite', ANTIPHON_MODELS_PREFETCH: '' } });
  servers.push(server);
  return server;
}

async function kill(server: StartedServer): Promise<void> {
  process.kill(server.pid, 'SIGKILL');
  await server.ended;
}

async function ask(server: StartedServer, path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(`${server.url}/api/v1/jobs${path}`, init);
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
}

const submit = (server: StartedServer, text: string, query = 'model=flite&response_format=wav') => ask(server, `/speech?${query}`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: text });
const look = async (server: StartedServer, id: string) => (await ask(server, `/${id}`)).body as WireJob;
const act = async (server: StartedServer, id: string, action: string) => ask(server, `/${id}/${action}`, { method: 'POST' });
const untilState = (server: StartedServer, id: string, state: string) => until(`the job is ${state}`, async () => {
  const job = await look(server, id);
  return job.state === state && job;
});

async function filesOf(server: StartedServer, { files }: WireJob): Promise<Readonly<Record<string, Buffer>>> {
  return Object.fromEntries(await Promise.all(files.map(async ({ name, url }) => [name, Buffer.from(await (await fetch(server.url + url)).arrayBuffer())] as const)));
}

describe('a job of long speech', () => {
  let whole: Readonly<Record<string, Buffer>>;
  beforeAll(async () => {
    const server = await start(join(folder, 'whole'));
    const { body } = await submit(server, book);
    whole = await filesOf(server, await untilState(server, (body as WireJob).id, 'done'));
  });

  it('reads all there is', async () => {
    expect(Object.keys(whole)).toEqual(['01 Chapter 1.wav', '02 Chapter 2.wav', '03 Chapter 3.wav']);
    for (const bytes of Object.values(whole)) expect((await hear(bytes, 'wav')).seconds).toBeGreaterThan(25);
  });

  it('has every sentence exactly once, sample for sample, after its server was killed again and again', async () => {
    const dataDir = join(folder, 'killed');
    let server = await start(dataDir);
    const { status, body } = await submit(server, book);
    expect(status).toBe(202);
    const { id } = body as WireJob;
    // The first time at once: what was acknowledged is there.
    await kill(server);
    const seen: number[] = [];
    for (const many of [1, 12, 30]) {
      server = await start(dataDir);
      const { sentences_done: done, state } = await until(`${many} sentences`, async () => {
        const job = await look(server, id);
        return (job.sentences_done >= many || job.state === 'done') && job;
      });
      seen.push(done);
      if (state === 'done') break;
      await kill(server);
    }
    server = await start(dataDir);
    const ended = await untilState(server, id, 'done');
    expect(ended.sentences_done).toBe(sentenceCount);
    expect(seen[0]).toBeLessThan(sentenceCount);
    expect(await filesOf(server, ended)).toEqual(whole);
  });

  it('survives its workers, too', async () => {
    const server = await start(join(folder, 'workers'));
    const { body } = await submit(server, book);
    const { id } = body as WireJob;
    await until('it has begun', async () => (await look(server, id)).sentences_done > 2);
    for (const pid of workersOf(server.pid)) process.kill(pid, 'SIGKILL');
    expect(await filesOf(server, await untilState(server, id, 'done'))).toEqual(whole);
  });

  it('pauses, resumes, is cancelled and deleted', async () => {
    const server = await start(join(folder, 'paused'));
    const { id } = (await submit(server, book)).body as WireJob;
    await until('it has begun', async () => (await look(server, id)).sentences_done > 2);
    expect((await act(server, id, 'pause')).body).toMatchObject({ state: 'paused', error: null });
    const paused = await look(server, id);
    expect((await ask(server, `/${id}`)).body).toMatchObject({ sentences_done: paused.sentences_done });
    expect((await act(server, id, 'resume')).status).toBe(200);
    expect(await filesOf(server, await untilState(server, id, 'done'))).toEqual(whole);
    expect((await act(server, id, 'pause')).body).toMatchObject({ error: { code: 'job_state_conflict' } });
    expect((await ask(server, `/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await ask(server, `/${id}`)).toMatchObject({ status: 404, body: { error: { code: 'job_unknown' } } });
    const other = (await submit(server, book)).body as WireJob;
    expect((await act(server, other.id, 'cancel')).body).toMatchObject({ state: 'cancelled', files: [] });
    expect(await readdir(join(folder, 'paused', 'jobs'))).toEqual([]);
  });

  it('gives parts of its files, as players ask for them', async () => {
    const server = await start(join(folder, 'whole'));
    const [job] = ((await ask(server, '')).body as { jobs: WireJob[] }).jobs;
    const { url, name } = job!.files[1]!;
    const bytes = whole[name]!;
    const get = (range: string) => fetch(server.url + url, { headers: { range } });
    const part = await get('bytes=100-299');
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-299/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 300));
    expect(Buffer.from(await (await get('bytes=-50')).arrayBuffer())).toEqual(bytes.subarray(-50));
    expect((await get(`bytes=${bytes.length}-`)).status).toBe(416);
    for (const wrong of ['nothing.wav', '..%2Fsource.txt', '%2Fetc%2Fpasswd', 'part-0000.jsonl']) {
      const { status, body } = await ask(server, `/${job!.id}/files/${wrong}`);
      expect([status, (body as { error: { code: string } }).error.code], wrong).toEqual([404, 'job_file_unknown']);
    }
  });

  it('refuses what it cannot read, and says why', async () => {
    // Small enough that a body over the limit is sent before the refusal closes the connection.
    const server = await start(join(folder, 'refused'), { ANTIPHON_JOBS_MAX_CHARACTERS: '1000' });
    const post = (body: string | Buffer<ArrayBuffer>, type: string, query = 'model=flite') => ask(server, `/speech?${query}`, { method: 'POST', headers: { 'content-type': type }, body });
    const code = async (answer: ReturnType<typeof post>) => ((await answer).body as { error: { code: string; param: string | null } }).error;
    expect(await code(post('   ', 'text/plain'))).toMatchObject({ code: 'input_empty', param: 'input' });
    expect(await code(post(Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 1]), 'application/octet-stream'))).toMatchObject({ code: 'input_invalid', param: 'input' });
    expect(await code(post('Hello.', 'text/plain', 'model=flite&voice=nobody'))).toMatchObject({ code: 'voice_unknown', param: 'voice' });
    expect(await code(post('Hello.', 'text/plain', 'model=flite&speed=9'))).toMatchObject({ code: 'input_invalid', param: 'speed' });
    expect(await code(post('Hello.', 'text/plain', 'model=flite&colour=red'))).toMatchObject({ code: 'input_invalid', param: 'colour' });
    expect(await code(post('<x/>', 'application/xml'))).toMatchObject({ code: 'media_type_unsupported' });
    expect(await code(post('{"input": 5}', 'application/json', ''))).toMatchObject({ code: 'input_invalid', param: 'input' });
    expect(await code(post('Word. '.repeat(400), 'text/plain'))).toMatchObject({ code: 'input_too_long' });
    expect((await code(post(Buffer.alloc(80_000, 97), 'text/plain'))).code).toBe('body_too_large');
    expect(((await ask(server, '')).body as { jobs: WireJob[] }).jobs).toEqual([]);
  });

  it('takes a book as JSON, beyond what other routes read', async () => {
    const server = await start(join(folder, 'json'));
    const { status, body } = await ask(server, '/speech', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'flite', input: 'A sentence of the book. '.repeat(60_000), title: 'Long', response_format: 'opus' }) });
    expect([status, body]).toMatchObject([202, { title: 'Long', state: 'queued' }]);
    await act(server, (body as WireJob).id, 'cancel');
  });
});

describe('antiphon read', () => {
  const env = (name: string) => ({ ANTIPHON_DATA_DIR: join(folder, name) });
  const output = (name: string) => join(folder, `${name} files`);
  const args = (name: string) => ['read', join(folder, 'book.txt'), '-o', output(name), '-m', 'flite', '-f', 'wav'];
  beforeAll(async () => { await writeFile(join(folder, 'book.txt'), book); });

  /** The job's own journal tells how far it is, as nothing else does from outside. */
  async function sentencesKept(name: string): Promise<number> {
    const jobs = await readdir(join(folder, name, 'jobs')).catch(() => []);
    const counts = await Promise.all(jobs.filter((job) => !job.includes('.lock')).map(async (job) => {
      const path = join(folder, name, 'jobs', job);
      const journals = (await readdir(path)).filter((file) => file.endsWith('.jsonl'));
      return (await Promise.all(journals.map(async (file) => (await readFile(join(path, file), 'utf8')).split('\n').length - 2))).reduce((sum, count) => sum + count, 0);
    }));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async function filesIn(path: string): Promise<Readonly<Record<string, Buffer>>> {
    return Object.fromEntries(await Promise.all((await readdir(path)).toSorted().map(async (name) => [name, await readFile(join(path, name))] as const)));
  }

  const underway = async (name: string, many: number): Promise<RunningCommand> => {
    const command = startAntiphon(args(name), { env: env(name) });
    await until(`${many} sentences are kept`, async () => (await sentencesKept(name)) >= many);
    return command;
  };

  it('goes on after Ctrl-C and after kill -9 where it stopped, and leaves nothing but the files', async () => {
    const uninterrupted = await runAntiphon([...args('plain'), '--json'], { env: env('plain') });
    expect(uninterrupted.code).toBe(0);
    const expected = await filesIn(output('plain'));
    expect(Object.keys(expected)).toHaveLength(3);
    for (const bytes of Object.values(expected)) expect(parseWav(bytes).channels[0]!.length).toBeGreaterThan(25 * 16_000);
    expect(JSON.parse(String(uninterrupted.stdout))).toMatchObject({ chapters: 3, characters: book.length });

    const first = await underway('stopped', 3);
    first.child.kill('SIGINT');
    const { code, stderr } = await first.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Paused after .* The same command goes on from there/);
    const kept = await sentencesKept('stopped');
    expect(kept).toBeLessThan(sentenceCount);

    const second = await underway('stopped', Math.min(kept + 5, sentenceCount));
    second.child.kill('SIGKILL');
    await second.ended;

    const third = await runAntiphon(args('stopped'), { env: env('stopped') });
    expect(third.stderr).toContain('Going on where it stopped');
    expect(third.code).toBe(0);
    expect(await filesIn(output('stopped'))).toEqual(expected);
    expect(await readdir(join(folder, 'stopped', 'jobs'))).toEqual([]);
  });

  it('begins anew with other settings or --restart, and says how to mend wrong ones', async () => {
    await writeFile(join(folder, 'short.txt'), 'Just a word.');
    const own = ['read', join(folder, 'short.txt'), '-o', output('short'), '-m', 'flite'];
    expect((await runAntiphon([...own, '--chapters', 'single', '--captions', 'vtt,srt', '--title', 'A/B'], { env: env('short') })).code).toBe(0);
    expect(Object.keys(await filesIn(output('short')))).toEqual(['A B.mp3', 'A B.srt', 'A B.vtt']);
    for (const [wrong, message] of [
      [['--format', 'midi'], /"midi" is no audio format here/],
      [['--chapters', 'many'], /split, single or none/],
      [['--captions', 'txt'], /srt, vtt or json/],
      [['--loudness', 'loud'], /--loudness must be a number/],
      [['--loudness', '-5'], /between -40 and -10/],
      [['--voice', 'nobody'], /voice "nobody" does not exist/],
      [['--speed', '9'], /speed must be between/],
    ] as const) {
      const { code, stderr } = await runAntiphon([...own, ...wrong], { env: env('short') });
      expect(stderr).toMatch(message);
      expect(code, wrong.join(' ')).toBe(2);
    }
    expect((await runAntiphon(['read', '/nowhere/book.txt'], { env: env('short') })).stderr).toMatch(/cannot be read/);
  });
});
