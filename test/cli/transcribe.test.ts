/** `antiphon transcribe` as people use it, on speech of our own. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupMembers } from '../support/processes.ts';
import { runAntiphon, startAntiphon, type CommandEnd } from '../support/run-antiphon.ts';
import { until } from '../support/until.ts';

const text = 'The bells in the valley rang at noon. Nobody came to the river in the morning.';
let folder: string;
let env: Record<string, string>;
const inFolder = (name: string) => join(folder, name);
const antiphon = async (...args: readonly string[]): Promise<CommandEnd> => runAntiphon(args, { env });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-transcribe-cli-'));
  env = { ANTIPHON_DATA_DIR: inFolder('data') };
  await antiphon('say', text, '-o', inFolder('bells.wav'));
  await antiphon('say', text, '-o', inFolder('bells.mp3'));
  const wav = await readFile(inFolder('bells.wav'));
  const long = Buffer.concat([wav.subarray(0, 44), ...Array.from({ length: 60 }, () => wav.subarray(44))]);
  long.writeUInt32LE(long.length - 8, 4);
  long.writeUInt32LE(long.length - 44, 40);
  await writeFile(inFolder('long.wav'), long);
  await writeFile(inFolder('notes.wav'), 'This is a text and no sound at all.');
});
afterAll(async () => { await rm(folder, { recursive: true, force: true }); });

/** A small model mishears a word now and then. */
function shareHeard(heard: string): number {
  const plain = (said: string) => said.toLowerCase().replaceAll(/[^a-z ]/g, '').split(' ');
  const words = new Set(plain(heard));
  const wanted = [...new Set(plain(text))];
  return wanted.filter((word) => words.has(word)).length / wanted.length;
}

describe('transcribe', () => {
  it('writes what is said to standard output, and figures beside it', async () => {
    const { code, stdout, stderr } = await antiphon('transcribe', inFolder('bells.mp3'));
    expect(code).toBe(0);
    expect(shareHeard(String(stdout))).toBeGreaterThan(0.8);
    expect(String(stdout)).toMatch(/^\S[^\n]*\S\n$/);
    expect(stderr).toMatch(/bells\.mp3: 0:0\d, 0:0\d of speech in English; took 0:\d\d, [\d.]+× \(whisper\/base\)\n$/);
  });

  it('writes files of every format, with captions on the words, and goes on after a file that is no sound', async () => {
    const { code, stdout, stderr } = await antiphon('transcribe', inFolder('notes.wav'), inFolder('bells.wav'), '-m', 'tiny.en', '-f', 'text,srt,verbose_json', '--words', '-o', inFolder('out'), '--json');
    expect({ code, stdout: String(stdout) }).toEqual({ code: 2, stdout: '' });
    expect((await readdir(inFolder('out'))).toSorted()).toEqual(['bells.json', 'bells.srt', 'bells.txt']);
    expect(String(await readFile(inFolder('out/bells.srt')))).toMatch(/^1\n00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\n/);
    const { words } = JSON.parse(String(await readFile(inFolder('out/bells.json')))) as { words: { start: number; end: number }[] };
    expect(words.length).toBeGreaterThan(10);
    expect(words.every(({ start, end }, index) => start <= end && start >= (words[index - 1]?.start ?? 0))).toBe(true);
    const [failed, done, summary] = stderr.trim().split('\n').map((line) => JSON.parse(line) as unknown);
    expect(failed).toMatchObject({ file: inFolder('notes.wav'), error: { code: 'audio_unreadable' } });
    expect(done).toMatchObject({ file: inFolder('bells.wav'), model: 'whisper/tiny.en', language: 'en', outputs: ['txt', 'srt', 'json'].map((ending) => inFolder(`out/bells.${ending}`)) });
    expect(summary).toMatchObject({ error: { code: 'audio_unreadable' } });
  });

  it.each<[string, string[], number, RegExp]>([
    ['a file that is no sound', ['notes.wav'], 2, /not audio or video/],
    ['a file that is not there', ['nowhere.wav'], 2, /nowhere\.wav cannot be read/],
    ['an unknown language', ['bells.wav', '-l', 'klingon'], 2, /language/],
    ['an unknown model', ['bells.wav', '-m', 'ears-9'], 2, /model "ears-9" does not exist/],
    ['an unknown format', ['bells.wav', '-f', 'docx'], 2, /text, srt, vtt, json, verbose_json/],
    ['words that no format shows', ['bells.wav', '--words'], 2, /--format verbose_json/],
    ['a place that cannot be written', ['bells.wav', '-m', 'tiny.en', '-o', '/nowhere/at/all.txt'], 2, /cannot be written/],
  ])('says how to mend %s', async (_name, [file, ...args], code, message) => {
    const ended = await antiphon('transcribe', inFolder(file!), ...args);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect(ended.code).toBe(code);
  });

  it('writes nothing and leaves no process on Ctrl-C', async () => {
    const command = startAntiphon(['transcribe', inFolder('long.wav'), '-m', 'tiny.en', '-o', inFolder('half.txt')], { env });
    // The decoder and the worker are at work.
    await until('it listens', () => groupMembers(command.child.pid!).length > 3);
    kill(-command.child.pid!, 'SIGINT');
    expect((await command.ended).code).toBe(130);
    await until('all its processes are gone', () => groupMembers(command.child.pid!).length === 0);
    expect(existsSync(inFolder('half.txt'))).toBe(false);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});
