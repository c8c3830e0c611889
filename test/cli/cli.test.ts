/** The command line as people use it: what it writes, what it says when it cannot, and its exit codes. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hear } from '../support/hearing.ts';
import { groupMembers } from '../support/processes.ts';
import { runAntiphon, startAntiphon, type CommandEnd, type RunOptions } from '../support/run-antiphon.ts';
import { longText } from '../support/speech-client.ts';
import { until } from '../support/until.ts';

let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-cli-'));
  env = { ANTIPHON_DATA_DIR: join(folder, 'data') };
});
afterAll(async () => { await rm(folder, { recursive: true, force: true }); });

async function antiphon(args: readonly string[], options: RunOptions = {}): Promise<CommandEnd> {
  return runAntiphon(args, { ...options, env: { ...env, ...options.env } });
}

const inFolder = (name: string) => join(folder, name);

/** For commands that run side by side: one data folder is for one of them at a time. */
const ownData = (name: string) => ({ ANTIPHON_DATA_DIR: inFolder(`data of ${name}`) });

describe('say', () => {
  it.concurrent('gives a WAV file the length that players show', async () => {
    const path = inFolder('length.wav');
    await antiphon(['say', 'The length is right.', '-o', path]);
    const bytes = await readFile(path);
    expect(bytes.readUInt32LE(40)).toBe(bytes.length - 44);
    expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
  });

  it.concurrent.each(['mp3', 'opus', 'ogg', 'aac', 'flac', 'wav', 'pcm', 'ulaw', 'alaw'])('writes a file whose ending says .%s', async (ending) => {
    const path = inFolder(`hello.${ending}`);
    const { code, stdout, stderr } = await antiphon(['say', '--model', 'flite', 'Hello', 'from', 'the', 'command', 'line.', '-o', path], { env: ownData(ending) });
    expect({ code, stdout: stdout.length }).toEqual({ code: 0, stdout: 0 });
    const { seconds, rms } = await hear(await readFile(path), ending);
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(4);
    expect(rms).toBeGreaterThan(0.02);
    expect(stderr).toContain(`${path}: `);
  });

  it('speaks with the fast voice unless told otherwise', async () => {
    const { code, stderr } = await antiphon(['say', 'Hello.', '-o', inFolder('fast.mp3'), '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stderr)).toMatchObject({ engine: 'piper', voice: 'en_US-joe-medium', characters: 6, output: inFolder('fast.mp3') });
  });

  it('reads standard input and writes WAV into a pipe', async () => {
    const { code, stdout } = await antiphon(['say', '-m', 'flite'], { input: 'From a pipe.' });
    expect(code).toBe(0);
    expect((await hear(stdout, 'wav')).seconds).toBeGreaterThan(0.5);
  });

  it('writes any format into a pipe, and nothing else', async () => {
    const { code, stdout } = await antiphon(['say', '-m', 'flite', '-f', 'mp3', '-o', '-', 'Only sound.']);
    expect(code).toBe(0);
    expect((await hear(stdout, 'mp3')).rms).toBeGreaterThan(0.02);
  });

  it('reads a file longer than any request may be', async () => {
    await writeFile(inFolder('chapter.txt'), longText(65));
    const { code } = await antiphon(['say', '-m', 'flite', '-i', inFolder('chapter.txt'), '-o', inFolder('chapter.opus')]);
    expect(code).toBe(0);
    expect((await hear(await readFile(inFolder('chapter.opus')), 'opus')).seconds).toBeGreaterThan(150);
  });

  it('stops writing without complaint when its reader has seen enough', async () => {
    const command = startAntiphon(['say', '-m', 'flite', longText(60)], { env });
    command.child.stdout!.once('data', () => command.child.stdout!.destroy());
    const { code, stderr } = await command.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it.concurrent.each([
    ['an unknown voice', ['--voice', 'nobody', 'Hi'], 2, /voice "nobody" does not exist.*for example/],
    ['an unknown model', ['--model', 'tts-9', 'Hi'], 2, /model "tts-9" does not exist.*Known/],
    ['a speed out of range', ['--speed', '9', 'Hi'], 2, /speed must be between 0\.25 and 4/],
    ['a speed in words', ['--speed', 'fast', 'Hi'], 2, /speed must be between 0\.25 and 4/],
    ['an unknown format', ['--format', 'midi', 'Hi'], 2, /"midi" is no audio format here; use mp3/],
    ['nothing to say', ['...'], 2, /nothing that can be spoken/],
    ['a file that is not there', ['-i', '/nowhere/text.txt'], 2, /\/nowhere\/text\.txt cannot be read/],
    ['two places at once', ['--play', '-o', 'x.mp3', 'Hi'], 2, /Choose one/],
    ['an unknown option', ['--loud', 'Hi'], 2, /unknown option '--loud'/],
    ['a setting that does not exist', ['--set', 'speech.loudness=9', 'Hi'], 3, /speech\.loudness/],
  ])('says how to mend %s', async (name, args, code, message) => {
    const output = inFolder('never.wav');
    const ended = await antiphon(['say', ...args, ...(args.includes('-o') || args.includes('--format') ? [] : ['-o', output])], { env: ownData(name) });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect(ended.code).toBe(code);
    expect(existsSync(output)).toBe(false);
  });

  it('tells programs the same as JSON', async () => {
    const { code, stderr } = await antiphon(['say', '--json', '--voice', 'nobody', 'Hi', '-o', inFolder('never.wav')]);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'voice_unknown', param: 'voice' } });
  });

  it.each(['/nowhere/at/all.mp3', '/'])('says that it cannot write to %s', async (path) => {
    const { code, stderr } = await antiphon(['say', '-m', 'flite', '-f', 'mp3', 'Hi', '-o', path]);
    expect(stderr).toContain(`${path} cannot be written`);
    expect(code).toBe(2);
  });

  it('removes the half-written file on Ctrl-C, and leaves no process', async () => {
    const path = inFolder('half.wav');
    await writeFile(inFolder('book.txt'), longText(400));
    const command = startAntiphon(['say', '-i', inFolder('book.txt'), '-o', path], { env });
    await until('it writes', async () => existsSync(path) && (await readFile(path)).length > 50_000);
    kill(-command.child.pid!, 'SIGINT');
    const { code } = await command.ended;
    expect(code).toBe(130);
    expect(existsSync(path)).toBe(false);
    await until('no process is left', () => groupMembers(command.child.pid!).length === 0);
  });
});

describe('voices', () => {
  it('lists what can speak, and only what was asked for', async () => {
    const all = await antiphon(['voices']);
    expect(all.code).toBe(0);
    expect(String(all.stdout)).toMatch(/^en_US-joe-medium\s+piper\s+en-US/m);
    const british = JSON.parse(String((await antiphon(['voices', '--language', 'en-GB', '--json'])).stdout)) as { voices: { id: string; language: string }[]; problems: unknown[] };
    expect(british.voices.map(({ id }) => id)).toContain('bf_emma');
    expect(british.voices.every(({ language }) => language === 'en-GB')).toBe(true);
    const flite = JSON.parse(String((await antiphon(['voices', '--engine', 'flite', '--json'])).stdout)) as typeof british;
    expect(flite.voices.length).toBeGreaterThan(1);
    expect(flite.voices.every(({ id }) => id.startsWith('cmu_'))).toBe(true);
  });

  it('names a pair that cannot be used, with the reason', async () => {
    const voicesDir = inFolder('voices');
    await mkdir(voicesDir);
    const joe = join(process.env['ANTIPHON_MODELS_DIR'] ?? join(homedir(), '.antiphon', 'models'), 'piper-en_US-joe-medium', 'en_US-joe-medium.onnx');
    await copyFile(joe, join(voicesDir, 'broken.onnx'));
    await writeFile(join(voicesDir, 'broken.onnx.json'), 'not JSON');
    const { code, stderr } = await antiphon(['voices'], { env: { ANTIPHON_VOICES_DIR: voicesDir } });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^! piper: broken: .{10,}/m);
  });
});

describe('config', () => {
  it('shows every value with its origin', async () => {
    await writeFile(inFolder('antiphon.yaml'), 'server:\n  port: 9001\nworkers:\n  count: 3\n');
    const { code, stdout } = await antiphon(['config', '--json', '--set', 'speech.bufferSeconds=5'], { cwd: folder, env: { ANTIPHON_WORKERS_COUNT: '2' } });
    const { settings } = JSON.parse(String(stdout)) as { settings: { path: string; value: unknown; origin: string; variable: string }[] };
    const of = (path: string) => settings.find((setting) => setting.path === path);
    expect(code).toBe(0);
    expect(of('server.port')).toMatchObject({ value: 9001, origin: 'file antiphon.yaml', variable: 'ANTIPHON_SERVER_PORT' });
    expect(of('workers.count')).toMatchObject({ value: 2, origin: 'ANTIPHON_WORKERS_COUNT' });
    expect(of('speech.bufferSeconds')).toMatchObject({ value: 5, origin: 'flag --speech.bufferSeconds' });
    expect(of('server.host')).toMatchObject({ value: '127.0.0.1', origin: 'default' });
  });

  it('narrows to a part, for people', async () => {
    const { stdout } = await antiphon(['config', 'voicesDir']);
    expect(String(stdout)).toContain(`voicesDir = "${join(folder, 'data', 'voices')}"`);
    expect(String(stdout)).not.toContain('server.port');
  });

  it.each([
    [{ ANTIPHON_SERVER_PORT: 'eighty' }, 'ANTIPHON_SERVER_PORT'],
    [{ ANTIPHON_SERVER_PROT: '80' }, 'ANTIPHON_SERVER_PROT'],
    [{ ANTIPHON_WORKERS_COUNT: '0' }, 'ANTIPHON_WORKERS_COUNT'],
  ])('refuses %o and names the variable', async (wrong, named) => {
    const { code, stderr } = await antiphon(['config'], { env: wrong });
    expect(code).toBe(3);
    expect(stderr).toContain(named);
  });
});

describe('models', () => {
  it('lists what the catalog has and what of it is here', async () => {
    const { code, stdout } = await antiphon(['models', 'list', '--json']);
    const { models } = JSON.parse(String(stdout)) as { models: { id: string; state: string; licence: string }[] };
    expect(code).toBe(0);
    expect(models).toContainEqual(expect.objectContaining({ id: 'piper-en_US-joe-medium', state: 'ready' }));
    expect(models.every(({ licence }) => licence.length > 2)).toBe(true);
    expect(String((await antiphon(['models'])).stdout)).toMatch(/^piper-en_US-joe-medium\s+ready/m);
  });

  it('compares files with their digests', async () => {
    const { code, stdout } = await antiphon(['models', 'verify', 'piper-en_US-joe-medium']);
    expect({ code, stdout: String(stdout) }).toEqual({ code: 0, stdout: 'piper-en_US-joe-medium: every file is right.\n' });
  });

  it('does not know a model that the catalog does not have', async () => {
    const { code, stderr } = await antiphon(['models', 'pull', 'nonsense']);
    expect(code).toBe(2);
    expect(stderr).toContain('nonsense');
  });
});

describe('doctor', () => {
  it('finds nothing wrong here, down to a spoken sentence', async () => {
    const { code, stdout } = await antiphon(['doctor', '--json', '--set', 'server.port=0']);
    const { findings } = JSON.parse(String(stdout)) as { findings: { check: string; status: string; detail: string; fix?: string }[] };
    expect(findings.filter(({ status }) => status === 'error')).toEqual([]);
    expect(findings.find(({ check }) => check === 'speech')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/spoke \d/) as unknown });
    expect(code).toBe(0);
  });

  it('names a fix for what is wrong, and fails', async () => {
    await writeFile(inFolder('a-file'), '');
    const { code, stdout } = await antiphon(['doctor', '--set', 'server.port=0'], { env: { ANTIPHON_DATA_DIR: inFolder('a-file') } });
    expect(String(stdout)).toMatch(/✗ data folder: .*\n\s+→ .*ANTIPHON_DATA_DIR/);
    expect(code).toBe(3);
  });
});

describe('worker', () => {
  it('listens where it is told and leaves with 0 on Ctrl-C', async () => {
    const socket = join(folder, 'w.sock');
    const command = startAntiphon(['worker', '--listen', `unix:${socket}`], { env });
    await until('it listens', () => command.output().includes(`Worker listens on unix:${socket}`));
    expect(existsSync(socket)).toBe(true);
    kill(-command.child.pid!, 'SIGINT');
    expect((await command.ended).code).toBe(0);
  });

  it('says that an address is taken', async () => {
    const { code, stderr } = await antiphon(['worker', '--listen', 'unix:/nowhere/at/all.sock']);
    expect(code).toBe(3);
    expect(stderr).toContain('cannot listen on unix:/nowhere/at/all.sock');
  });
});

describe('the command itself', () => {
  it.each([[['sing']], [['--loud']], [['voices', '--loud']], [['models', 'burn']]])('refuses %j as wrong use', async (args) => {
    const { code, stderr } = await antiphon(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/unknown|too many/i);
  });

  it('explains itself, its exit codes, and every command with examples', async () => {
    const help = await antiphon(['--help']);
    const commands = [...String(help.stdout).matchAll(/^ {2}(\w+) .*\S$/gm)].map(([, name]) => name!).filter((name) => name !== 'help');
    expect(help.code).toBe(0);
    expect(String(help.stdout)).toContain('Exit codes');
    expect(commands.toSorted()).toEqual(['cache', 'check', 'cleanup', 'config', 'doctor', 'keys', 'models', 'pronounce', 'providers', 'read', 'say', 'serve', 'switch', 'switches', 'transcribe', 'usage', 'users', 'voices', 'worker']);
    for (const command of commands) {
      const { code, stdout } = await antiphon([command, '--help']);
      expect({ command, code }).toEqual({ command, code: 0 });
      expect(String(stdout)).toContain(`Examples:\n  antiphon ${command}`);
    }
  });

  it('knows its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(String((await antiphon(['--version'])).stdout).trim()).toBe(version);
  });

  it('wrote nothing outside of its folders', async () => {
    expect((await readdir(folder)).filter((name) => name.startsWith('never'))).toEqual([]);
  });
});
