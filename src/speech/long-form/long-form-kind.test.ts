import { appendFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../../test/support/until.ts';
import type { SpeechTask } from '../../dispatch/speech-pool.ts';
import { AntiphonError } from '../../errors.ts';
import { parseWav } from '../../audio/wav.ts';
import type { Job } from '../../jobs/job.ts';
import { openBench, smallDisk, toneRateHz, toneSamples, type BenchOptions, type ReadingBench } from '../../../test/support/reading-bench.ts';

const book = 'Chapter 1\n\nThe first sentence. And a second one.\n\nA paragraph of its own.\n\nChapter 2\n\nThis is the other chapter. It ends here.';
const sentences = ['Chapter one', 'The first sentence.', 'And a second one.', 'A paragraph of its own.', 'Chapter two', 'This is the other chapter.', 'It ends here.'];

let open: ReadingBench[] = [];
afterEach(async () => {
  for (const bench of open) await bench.close();
  open = [];
});

async function bench(options: BenchOptions = {}): Promise<ReadingBench> {
  const own = await openBench(options);
  open.push(own);
  return own;
}

async function restarted(own: ReadingBench, options: BenchOptions = {}): Promise<ReadingBench> {
  const again = await own.restart(options);
  open.push(again);
  return again;
}

const stateOf = async ({ runner }: ReadingBench, job: Job) => (await runner.get(job)).state;
const ended = (own: ReadingBench, job: Job) => until('the job ends', async () => {
  const state = await stateOf(own, job);
  return state !== 'running' && state !== 'queued' && state;
});

/** Lengths of the tones in a file, silence left out: which sentences are in it. */
function tones(wav: Uint8Array): number[] {
  const loud = Array.from(parseWav(wav).channels[0]!, (sample) => Math.abs(sample) > 0.1);
  const lengths: number[] = [];
  for (let i = 0, run = 0; i <= loud.length; i++) {
    if (loud[i] === true) run++;
    else if (run > 0) {
      lengths.push(run);
      run = 0;
    }
  }
  return lengths;
}

async function whole(): Promise<Readonly<Record<string, Buffer>>> {
  const own = await bench();
  const job = await own.begin({ text: book });
  await ended(own, job);
  return own.files(job);
}

/** A gate that opens for so many sentences and holds the others until they are cancelled. */
function onlySo(many: number) {
  let left = many;
  return async (_text: string, signal: AbortSignal): Promise<void> => {
    if (left-- > 0) return;
    await new Promise<void>((_resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }); });
  };
}

describe('a long reading', () => {
  it('makes a file of each chapter, with every sentence of it once and in order', async () => {
    const files = await whole();
    expect(Object.keys(files)).toEqual(['01 Chapter 1.wav', '02 Chapter 2.wav']);
    const spoken = sentences.map((text) => text.endsWith('.') ? toneSamples(text) : undefined);
    const found = [...tones(files['01 Chapter 1.wav']!), ...tones(files['02 Chapter 2.wav']!)];
    expect(found).toHaveLength(sentences.length);
    for (const [index, length] of spoken.entries()) if (length !== undefined) expect(found[index]).toBe(length);
  });

  it('makes one file with a pause between chapters where that is wanted', async () => {
    const own = await bench();
    const job = await own.begin({ text: book, output: 'single', title: 'A: Book?', captions: ['srt', 'json'] });
    expect(await ended(own, job)).toBe('done');
    const files = await own.files(job);
    expect(Object.keys(files)).toEqual(['A Book.json', 'A Book.srt', 'A Book.wav']);
    expect(tones(files['A Book.wav']!)).toHaveLength(sentences.length);
    expect(String(files['A Book.srt'])).toContain('-->');
    const { sentences: timed } = JSON.parse(String(files['A Book.json'])) as { sentences: { start: number; end: number; start_seconds: number; end_seconds: number }[] };
    expect(timed.map(({ start, end }) => book.slice(start, end))).toEqual(['Chapter 1', ...sentences.slice(1, 4), 'Chapter 2', ...sentences.slice(5)]);
    // Times are those of the one file: the last sound ends where the file ends.
    expect(timed.at(-1)!.end_seconds).toBeCloseTo(parseWav(files['A Book.wav']!).channels[0]!.length / toneRateHz, 1);
  });

  it.each([1, 2, 3, 5, 6])('goes on after a crash behind sentence %i, and makes the very same files', async (many) => {
    const first = await bench({ beforeSentence: onlySo(many) });
    const job = await first.begin({ text: book });
    await until('so many sentences are kept', async () => (await first.progress(job)).sentencesDone >= many);
    const spokenAgain: string[] = [];
    const second = await restarted(first, { onTask: ({ text }) => spokenAgain.push(text) });
    expect(await ended(second, job)).toBe('done');
    expect(spokenAgain).toHaveLength(sentences.length - many);
    expect(await second.files(job)).toEqual(await whole());
    expect((await second.progress(job)).sentencesDone).toBe(sentences.length);
  });

  it('cuts off what a crash left half written', async () => {
    const first = await bench({ beforeSentence: onlySo(3) });
    const job = await first.begin({ text: book });
    await until('three sentences are kept', async () => (await first.progress(job)).sentencesDone === 3);
    await first.close();
    const folder = first.runner.folderOf(job.id);
    await appendFile(join(folder, 'part-0000.pcm'), Buffer.alloc(1_001, 7));
    await appendFile(join(folder, 'part-0000.jsonl'), '{"endByte":99999,"endChar');
    const second = await restarted(first);
    expect(await ended(second, job)).toBe('done');
    expect(await second.files(job)).toEqual(await whole());
  });

  it('speaks again what a power cut took from the file of samples', async () => {
    const first = await bench({ beforeSentence: onlySo(3) });
    const job = await first.begin({ text: book });
    await until('three sentences are kept', async () => (await first.progress(job)).sentencesDone === 3);
    await first.close();
    await truncate(join(first.runner.folderOf(job.id), 'part-0000.pcm'), 30_000);
    const second = await restarted(first);
    expect(await ended(second, job)).toBe('done');
    expect(await second.files(job)).toEqual(await whole());
  });

  it('stops when paused, and goes on when resumed', async () => {
    let isOpen = false;
    const gate = onlySo(2);
    const own = await bench({ beforeSentence: (text, signal) => (isOpen ? undefined : gate(text, signal)) });
    const job = await own.begin({ text: book });
    await until('two sentences are kept', async () => (await own.progress(job)).sentencesDone === 2);
    expect((await own.runner.pause(job)).state).toBe('paused');
    expect(await own.files(job)).toEqual({});
    isOpen = true;
    await own.runner.resume(job);
    expect(await ended(own, job)).toBe('done');
    expect(await own.files(job)).toEqual(await whole());
  });

  it('leaves nothing behind when cancelled and deleted', async () => {
    const own = await bench({ beforeSentence: onlySo(2) });
    const job = await own.begin({ text: book });
    await until('it runs', async () => (await own.progress(job)).sentencesDone === 2);
    await expect(own.runner.remove(job)).rejects.toMatchObject({ code: 'job_state_conflict' });
    expect((await own.runner.cancel(job)).state).toBe('cancelled');
    await expect(own.files(job)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(own.runner.resume(job)).rejects.toMatchObject({ code: 'job_state_conflict' });
    await own.runner.remove(job);
    await expect(own.runner.get(job)).rejects.toMatchObject({ code: 'job_unknown' });
  });

  it('tries a sentence again, later each time, and then names it', async () => {
    let isWell = false;
    let attempts = 0;
    const own = await bench({ beforeSentence: (text) => {
      if (isWell || text !== 'And a second one.') return;
      attempts++;
      throw new AntiphonError('engine_failed', 'The engine stumbled.');
    } });
    const job = await own.begin({ text: book });
    const state = await until('it has failed', async () => {
      await own.clock.advance(1_000);
      const now = await stateOf(own, job);
      return now === 'failed' && now;
    });
    expect(state).toBe('failed');
    expect(attempts).toBe(4);
    expect((await own.runner.get(job)).failure).toMatchObject({ code: 'engine_failed', message: expect.stringContaining('sentence 3 of chapter 1') as string });
    isWell = true;
    await own.runner.resume(job);
    expect(await ended(own, job)).toBe('done');
    expect(await own.files(job)).toEqual(await whole());
  });

  it('waits for as long as it takes while no worker is free', async () => {
    let refusals = 10;
    const own = await bench({ beforeSentence: () => {
      if (refusals-- > 0) throw new AntiphonError('worker_unavailable', 'No worker was free in time.');
    } });
    const job = await own.begin({ text: book });
    await until('it is done', async () => {
      await own.clock.advance(30_000);
      return (await stateOf(own, job)) === 'done';
    });
    expect(refusals).toBeLessThan(0);
    expect(await own.files(job)).toEqual(await whole());
  });

  it.each([4_000, 40_000, 95_000])('pauses with the reason when the disk is full after %i bytes, and goes on once there is room', async (bytes) => {
    const first = await bench({ openFile: smallDisk(bytes) });
    const job = await first.begin({ text: book });
    expect(await ended(first, job)).toBe('paused');
    expect((await first.runner.get(job)).failure).toMatchObject({ code: 'disk_full' });
    expect(await first.runner.stoppedByFault()).toBe(1);
    const second = await restarted(first);
    expect(await stateOf(second, job)).toBe('paused');
    await second.runner.resume(job);
    expect(await ended(second, job)).toBe('done');
    expect(await second.files(job)).toEqual(await whole());
    expect((await second.runner.get(job)).failure).toBeUndefined();
  });

  it('asks for its sentences in order, each of them far from urgent', async () => {
    const tasks: SpeechTask[] = [];
    const own = await bench({ onTask: (task) => tasks.push(task) });
    const job = await own.begin({ text: book });
    await ended(own, job);
    expect(tasks.filter(({ text }) => text.endsWith('.')).map(({ text }) => text)).toEqual(sentences.filter((text) => text.endsWith('.')));
    expect(tasks.every(({ playoutDelayMs }) => playoutDelayMs() > 3_600_000)).toBe(true);
  });

  it('runs one job after the other, and refuses more than may be open', async () => {
    const own = await bench({ beforeSentence: onlySo(1) });
    const [first, second] = [await own.begin({ text: book }), await own.begin({ text: book })];
    await own.begin({ text: book });
    await expect(own.begin({ text: book })).rejects.toMatchObject({ code: 'queue_full' });
    await until('the first runs', async () => (await own.progress(first)).sentencesDone === 1);
    expect(await stateOf(own, second)).toBe('queued');
    await own.runner.cancel(first);
    await until('the second runs', async () => (await stateOf(own, second)) === 'running');
  });

  it.each([
    ['an empty text', { text: ' \n … ' }, 'input_empty', 'input'],
    ['a text that is too long', { text: 'Word. '.repeat(400_000) }, 'input_too_long', 'input'],
    ['an unknown voice', { text: book, voice: 'nobody' }, 'voice_unknown', 'voice'],
    ['an unknown model', { text: book, model: 'tts-9' }, 'model_unknown', 'model'],
    ['a speed out of range', { text: book, speed: 5 }, 'input_invalid', 'speed'],
    ['a loudness out of range', { text: book, loudnessLufs: -3 }, 'input_invalid', 'loudness_lufs'],
    ['a voice that would only stand in', { text: book, model: 'tts-1' }, 'model_not_ready', 'model'],
  ])('is refused at once for %s', async (_name, request, code, param) => {
    const own = await bench();
    await expect(own.begin(request)).rejects.toMatchObject({ code, param });
    expect(await own.runner.list({ owner: 'local', limit: 10 })).toEqual([]);
  });

  it('keeps one owner\'s jobs from another', async () => {
    const own = await bench();
    const job = await own.begin({ text: book });
    await expect(own.runner.get({ owner: 'somebody', id: job.id })).rejects.toMatchObject({ code: 'job_unknown' });
    expect(await own.runner.list({ owner: 'somebody', limit: 10 })).toEqual([]);
    await ended(own, job);
  });
});
