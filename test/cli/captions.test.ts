/** Captions and readings from the command line. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAntiphon, type CommandEnd } from '../support/run-antiphon.ts';

let folder: string;

beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'antiphon-captions-')); });
afterAll(async () => { await rm(folder, { recursive: true, force: true }); });

const inFolder = (name: string) => join(folder, name);
const antiphon = async (...args: readonly string[]): Promise<CommandEnd> => runAntiphon(args, { env: { ANTIPHON_DATA_DIR: inFolder('data') } });

const text = 'The bells in the valley rang at noon, and the choir across the river answered them line by line. Nobody came.';

describe('say with captions', () => {
  it('writes them beside the audio, as long as it, with every word', async () => {
    const { code } = await antiphon('say', text, '-o', inFolder('talk.wav'), '--captions', 'srt');
    expect(code).toBe(0);
    const srt = String(await readFile(inFolder('talk.srt')));
    const wav = await readFile(inFolder('talk.wav'));
    const seconds = wav.readUInt32LE(40) / 2 / wav.readUInt32LE(24);
    const shown = srt.split('\n').filter((line) => line !== '' && !/^\d+$|-->/.test(line));
    expect(shown.join(' ')).toBe(text);
    expect(shown.every((line) => line.length <= 42)).toBe(true);
    const times = [...srt.matchAll(/00:00:(\d\d),(\d{3})/g)].map(([, whole, ms]) => Number(whole) + Number(ms) / 1000);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(seconds - 1);
    expect(times.at(-1)).toBeLessThan(seconds + 0.7);
  });

  it('writes them where it is told to while the audio goes into a pipe, in the format of the file\'s name', async () => {
    const { code, stdout } = await antiphon('say', '-m', 'flite', 'Into a pipe.', '-o', '-', '--captions-file', inFolder('pipe.vtt'));
    expect(code).toBe(0);
    expect(stdout.subarray(0, 4).toString()).toBe('RIFF');
    expect(String(await readFile(inFolder('pipe.vtt')))).toMatch(/^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\nInto a pipe\.\n$/);
  });

  it.each([
    ['without a place for them', ['--captions', 'srt', '-o', '-'], '--captions-file'],
    ['in a format that does not exist', ['--captions', 'ass', '-o', 'never.wav'], 'srt, vtt, json'],
    ['in a file whose ending says nothing', ['--captions-file', 'talk.txt', '-o', 'never.wav'], 'srt, vtt, json'],
  ])('refuses them %s before it speaks', async (_name, args, hint) => {
    const { code, stderr } = await antiphon('say', '-m', 'flite', 'Hello.', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
    expect(existsSync('never.wav')).toBe(false);
  });
});

describe('pronounce', () => {
  it('shows the sounds, sentence by sentence', async () => {
    const { code, stdout } = await antiphon('pronounce', 'Nobody came. Why?');
    expect(code).toBe(0);
    expect(String(stdout)).toBe('Nobody came.\n  /nˈoʊbɑːdi kˈeɪm./\n\nWhy?\n  /wˈaɪ?/\n');
  });

  it('prints JSON for programs', async () => {
    const { stdout } = await antiphon('pronounce', 'Nobody', 'came.', '--model', 'flite', '--json');
    expect(JSON.parse(String(stdout))).toMatchObject({ engine: 'flite', sentences: [{ source: { start: 0, end: 12, text: 'Nobody came.' }, spoken: 'Nobody came.', changes: [], ipa: null }] });
  });

  it('refuses what cannot be spoken', async () => {
    expect((await antiphon('pronounce', '…')).code).toBe(2);
  });
});
