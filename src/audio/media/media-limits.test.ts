import { existsSync, readFileSync, readdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, openFileCount } from '../../../test/support/processes.ts';
import { until } from '../../../test/support/until.ts';
import { createVirtualClock } from '../../../test/support/virtual-clock.ts';
import { systemClock, type Clock } from '../../clock.ts';
import { joinSamples } from '../silence.ts';
import { sine } from '../test-signals.ts';
import { toS16le } from '../pcm.ts';
import { wavHeader } from '../wav.ts';
import { createMediaDecoder, type MediaDecoder, type OpenMedia } from './open-media.ts';
import { writeMedia } from './test-media.ts';

const limits = { maxSeconds: 600, memoryBytes: 400_000_000, stallMs: 60_000 };
const toHz = 16_000;

let folder: string;
const decoders: MediaDecoder[] = [];

beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'media-')); });
afterEach(async () => { await Promise.all(decoders.splice(0).map((decoder) => decoder.close())); });
afterAll(() => rmSync(folder, { recursive: true }));

function startDecoder(options: { limits?: Partial<typeof limits>; clock?: Clock; spare?: number; maxOpen?: number } = {}): MediaDecoder {
  const decoder = createMediaDecoder({ clock: systemClock, ...options, limits: { ...limits, ...options.limits } });
  decoders.push(decoder);
  return decoder;
}

function fileOf(bytes: Uint8Array, name = 'file'): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Five minutes: more than fits into the pipe, so its process waits for its reader. */
function longFile(): string {
  return fileOf(Buffer.concat([wavHeader({ sampleRateHz: 16_000 }), toS16le(sine({ hz: 440, sampleRateHz: 16_000, durationMs: 300_000 }))]), 'long');
}

async function open(decoder: MediaDecoder, path: string, signal = new AbortController().signal): Promise<OpenMedia> {
  return decoder.open({ path, toHz, signal });
}

async function readAll(media: OpenMedia): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const samples of media.samples) parts.push(samples);
  return joinSamples(parts);
}

/** The living decoding processes that `parent` has started, oldest first. */
function decodersOf(parent: number): readonly number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(ppid) === parent && state !== 'Z' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('decode-process.ts');
    } catch {
      return false;
    }
  });
}

/** A FLAC whose header tells `totalSamples`, and that repeats a silent frame of 4608 samples at 8 kHz. */
function silentFlac(options: { frames: number; totalSamples: number }): string {
  const path = join(folder, 'silence.flac');
  writeMedia(path, { format: 'flac', sound: { codec: 'flac', sampleRateHz: 8000, channels: [new Float32Array(4608 * 3)] } });
  const whole = readFileSync(path);
  const streamInfo = whole.subarray(4, 42);
  streamInfo[0] = 0x80;
  streamInfo.writeUInt32BE(options.totalSamples, 4 + 14);
  const sync = Buffer.from([0xff, 0xf8]);
  const first = whole.indexOf(sync, 42);
  const frame = whole.subarray(first, whole.indexOf(sync, first + 2));
  return fileOf(Buffer.concat([Buffer.from('fLaC'), streamInfo, ...Array.from({ length: options.frames }, () => frame)]), 'bomb');
}

describe('length', () => {
  test('a small file that unpacks to hours of silence is stopped at the limit', async () => {
    const path = silentFlac({ frames: 60_000, totalSamples: 0 });
    expect(readFileSync(path).length).toBeLessThan(2_000_000);
    const media = await open(startDecoder(), path);
    let seconds = 0;
    const reading = (async () => { for await (const samples of media.samples) seconds += samples.length / toHz; })();
    await expect(reading).rejects.toMatchObject({ code: 'audio_too_long', param: 'file' });
    expect(seconds).toBeGreaterThan(590);
    expect(seconds).toBeLessThanOrEqual(600);
  });

  test('a file that says itself that it is too long is refused before it is read', async () => {
    const path = silentFlac({ frames: 10, totalSamples: 8000 * 36_000 });
    await expect(open(startDecoder(), path)).rejects.toMatchObject({ code: 'audio_too_long', param: 'file' });
  });

  test('a wav header that a program wrote before it knew the length refuses nothing', async () => {
    const wav = Buffer.concat([wavHeader({ sampleRateHz: 16_000 }), toS16le(sine({ hz: 440, sampleRateHz: 16_000, durationMs: 1000 }))]);
    wav.writeUInt32LE(0x7fff_ffff, 40);
    const media = await open(startDecoder(), fileOf(wav));
    expect((await readAll(media)).length).toBe(toHz);
  });
});

describe('memory and time', () => {
  test('a process that takes more memory than it may is ended, and the file is to blame', async () => {
    const decoder = startDecoder({ limits: { memoryBytes: 1_000_000 } });
    await expect(open(decoder, longFile()).then(readAll)).rejects.toMatchObject({ code: 'audio_unreadable', message: expect.stringContaining('memory') });
  });

  test('a small mp4 whose tables unpack to gigabytes is stopped by the limit', async () => {
    const path = join(folder, 'tables.m4a');
    writeMedia(path, { format: 'ipod', sound: { codec: 'aac', sampleRateHz: 16_000, channels: [sine({ hz: 440, sampleRateHz: 16_000, durationMs: 1000 })] } });
    const bytes = readFileSync(path);
    const samples = 80_000_000;
    const sizes = bytes.indexOf('stsz');
    bytes.writeUInt32BE(1, sizes + 8);
    bytes.writeUInt32BE(samples, sizes + 12);
    bytes.writeUInt32BE(samples, bytes.indexOf('stsc') + 16);
    bytes.writeUInt32BE(samples, bytes.indexOf('stts') + 12);
    await expect(open(startDecoder(), fileOf(bytes)).then(readAll)).rejects.toMatchObject({ code: 'audio_unreadable', message: expect.stringContaining('memory') });
  });

  test('a process that gives nothing for too long is ended, but only while somebody waits for it', async () => {
    const clock = createVirtualClock();
    const decoder = startDecoder({ clock, spare: 0, limits: { stallMs: 5000 } });
    const media = await open(decoder, longFile());
    await clock.advance(60_000);
    expect((await media.samples.next()).done).toBe(false);

    const [pid = 0] = decodersOf(process.pid);
    process.kill(pid, 'SIGSTOP');
    let failure: unknown;
    const reading = readAll(media).catch((error: unknown) => { failure = error; });
    await until('the stalled process is given up', async () => {
      await clock.advance(1000);
      return failure;
    });
    await reading;
    expect(failure).toMatchObject({ code: 'audio_unreadable', message: expect.stringContaining('5 seconds') });
    expect(isAlive(pid)).toBe(false);
  });
});

describe('processes', () => {
  test('one that is killed midway is a clear failure, never a short success', async () => {
    const decoder = startDecoder({ spare: 0 });
    const media = await open(decoder, longFile());
    await media.samples.next();
    process.kill(decodersOf(process.pid)[0]!, 'SIGKILL');
    await expect(readAll(media)).rejects.toMatchObject({ code: 'engine_failed', param: 'file' });
    expect(media.totals()).toBeUndefined();
  });

  test('a Ctrl-C that reaches the whole group leaves it to its parent when to stop', async () => {
    const decoder = startDecoder({ spare: 0 });
    const media = await open(decoder, longFile());
    process.kill(decodersOf(process.pid)[0]!, 'SIGINT');
    expect((await readAll(media)).length / toHz).toBe(300);
  });

  test('whoever closes a file while another reads it ends that reading as cancelled', async () => {
    const media = await open(startDecoder(), longFile());
    const reading = readAll(media);
    await media.close();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('one that crashes over a file blames the file', async () => {
    const decoder = startDecoder({ spare: 0 });
    const media = await open(decoder, longFile());
    process.kill(decodersOf(process.pid)[0]!, 'SIGSEGV');
    await expect(readAll(media)).rejects.toMatchObject({ code: 'audio_unreadable', param: 'file' });
  });

  test('one is given nothing of what stands in the environment', async () => {
    process.env['ANTIPHON_TEST_KEY'] = 'not-for-children';
    try {
      await open(startDecoder(), longFile());
      expect(readFileSync(`/proc/${decodersOf(process.pid)[0]!}/environ`, 'utf8')).not.toContain('not-for-children');
    } finally {
      delete process.env['ANTIPHON_TEST_KEY'];
    }
  });

  test('each file has its own, and one more stands ready behind the first, for a minute', async () => {
    const clock = createVirtualClock();
    const decoder = startDecoder({ spare: 1, clock });
    const path = longFile();
    expect(decodersOf(process.pid)).toEqual([]);
    await (await open(decoder, path)).close();
    await clock.advance(100);
    const ready = decodersOf(process.pid);
    expect(ready).toHaveLength(1);
    const first = await open(decoder, path);
    expect(decodersOf(process.pid)).toEqual(ready);
    expect((await readAll(first)).length / toHz).toBe(300);
    await clock.advance(100);
    const [next = 0, ...others] = decodersOf(process.pid);
    expect([ready, others]).toEqual([[expect.not.toSatisfy((pid: number) => pid === next)], []]);
    await clock.advance(60_000);
    await until('the one for which there was no file is gone', () => !isAlive(next));
    expect(decodersOf(process.pid)).toEqual([]);
  });

  test('a spare that has died is replaced', async () => {
    const decoder = startDecoder({ spare: 1 });
    await (await open(decoder, longFile())).close();
    await until('one stands ready', () => decodersOf(process.pid).length === 1);
    const [spare = 0] = decodersOf(process.pid);
    process.kill(spare, 'SIGKILL');
    // Until this process has taken note of its end, there is an entry for it.
    await until('the spare is gone', () => !existsSync(`/proc/${spare}`));
    const media = await open(decoder, longFile());
    expect((await readAll(media)).length / toHz).toBe(300);
  });

  test('fifty files left midway, by signal, loop or close, leave no process and no open file behind', async () => {
    const decoder = startDecoder({ spare: 0 });
    const path = longFile();
    const leave = async (turn: number): Promise<void> => {
      const caller = new AbortController();
      const opening = open(decoder, path, caller.signal);
      if (turn % 5 === 0) {
        caller.abort(new Error('left while it opened'));
        await expect(opening).rejects.toThrow('left while it opened');
        return;
      }
      const media = await opening;
      if (turn % 5 === 1) for await (const _ of media.samples) break;
      if (turn % 5 === 2) await media.close();
      if (turn % 5 > 2) {
        const reading = readAll(media);
        caller.abort(new Error('left while it read'));
        await expect(reading).rejects.toThrow('left while it read');
      }
      await media.close();
    };
    await leave(1);
    const before = openFileCount(process.pid);

    for (let turn = 0; turn < 50; turn += 2) await Promise.all([leave(turn), leave(turn + 1)]);

    expect(decodersOf(process.pid)).toEqual([]);
    expect(openFileCount(process.pid)).toBeLessThanOrEqual(before);
  }, 120_000);

  test('files beyond the limit wait for their turn, and one that is left while waiting takes none', async () => {
    const decoder = startDecoder({ spare: 0, maxOpen: 1 });
    const path = longFile();
    const first = await open(decoder, path);
    const caller = new AbortController();
    const left = open(decoder, path, caller.signal);
    const third = open(decoder, path);
    caller.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(decodersOf(process.pid)).toHaveLength(1);
    await first.close();
    await (await third).close();
  });

  test('closing the decoder ends what is at work', async () => {
    const decoder = startDecoder();
    const media = await open(decoder, longFile());
    await decoder.close();
    expect(decodersOf(process.pid)).toEqual([]);
    await expect(readAll(media)).rejects.toMatchObject({ code: 'engine_failed' });
    await expect(open(decoder, longFile())).rejects.toMatchObject({ code: 'draining' });
  });

  test('one whose parent is gone goes too, whether it waits or writes', async () => {
    const script = `
      import { createMediaDecoder } from '${new URL('./open-media.ts', import.meta.url).href}';
      import { systemClock } from '${new URL('../../clock.ts', import.meta.url).href}';
      const decoder = createMediaDecoder({ limits: ${JSON.stringify(limits)}, clock: systemClock });
      await decoder.open({ path: ${JSON.stringify(longFile())}, toHz: 16000, signal: new AbortController().signal });
      process.stdout.write('open');
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => { parent.stdout.once('data', resolve); });
    await until('one more stands ready', () => decodersOf(parent.pid!).length === 2);
    const children = decodersOf(parent.pid!);
    parent.kill('SIGKILL');
    await until('no process is left', () => !children.some(isAlive));
  });

  test('one whose parent is gone goes too, even while it is caught in a decoder', async () => {
    const script = fileOf(Buffer.from(`
      import { Worker } from 'node:worker_threads';
      const lifeline = new Worker(new URL('${new URL('./lifeline.ts', import.meta.url).href}'), { stdout: true, stderr: true });
      lifeline.on('online', () => { process.stdout.write('caught'); for (;;); });`), 'caught.mjs');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
    const exited = new Promise((resolve) => { child.once('exit', (_, signal) => resolve(signal)); });
    await new Promise((resolve) => { child.stdout!.once('data', resolve); });
    child.stdio[3]!.destroy();
    expect(await exited).toBe('SIGKILL');
  });
});
