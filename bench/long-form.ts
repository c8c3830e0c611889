/** A book through the house beside the engine alone: throughput, memory over its length, and what others notice of it. */
import { bareOnEveryCore } from './bare-engine.ts';
import type { BenchOptions, Figure } from './main.ts';
import { startAntiphon, type RunningProcess } from './processes.ts';
import { speakOnce, type SpeechTarget } from './speech-client.ts';
import { milliseconds, p50, p95 } from './statistics.ts';
import { sentences } from './texts.ts';

/** Over two hours of audio: what grows in the second is not a warm-up. */
const bookCharacters = 150_000;
const shortBookCharacters = 40_000;
const chapterCharacters = 12_500;
const sampleRateHz = 22_050;

type Job = { readonly id: string; readonly state: string; readonly audio_seconds: number; readonly worked_seconds: number; readonly error: unknown };

export async function benchLongForm({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const long = book(quick ? bookCharacters / 10 : bookCharacters);
  const short = book(quick ? shortBookCharacters / 4 : shortBookCharacters);
  const bare = await bareOnEveryCore(quick ? 10 : 40);
  const server = await startAntiphon();
  try {
    const alone = await firstAudio(server, 30);
    const wav = await read(server, long, 'response_format=wav');
    const bareAfter = await bareOnEveryCore(quick ? 10 : 40);
    const mp3 = await read(server, short, 'response_format=mp3');
    const levelled = await read(server, short, 'response_format=mp3&loudness_lufs=-18');
    const beside = await whileReading(server, short, () => firstAudio(server, 30));
    const bareRate = (bare + bareAfter) / 2;
    return [
      throughput('wav', wav.rate, bareRate),
      throughput('mp3', mp3.rate, bareRate),
      throughput('mp3 at −18 LUFS', levelled.rate, bareRate),
      memoryOver(wav),
      { what: 'first audio of a short request while a book is read', value: `p50 ${milliseconds(p50(beside))}, p95 ${milliseconds(p95(beside))}; alone p50 ${milliseconds(p50(alone))}, p95 ${milliseconds(p95(alone))}`, aim: '', met: undefined },
    ];
  } finally {
    await server.stop();
  }
}

/** The most that was held in the first half of the book and in the second: a leak would show as the difference. */
function memoryOver({ memory, audioSeconds }: Read): Figure {
  const half = Math.floor(memory.length / 2);
  const [first, second] = [Math.max(...memory.slice(0, half)), Math.max(...memory.slice(half))];
  return {
    what: `memory of the server alone, over ${Math.round(audioSeconds / 60)} minutes of audio`,
    value: `${mb(memory[0]!)} when begun, at most ${mb(first)} in the first half and ${mb(second)} in the second, ${mb(memory.at(-1)!)} at the end`,
    aim: 'flat: second half ≤ first + 10 MB',
    met: second - first <= 10e6,
  };
}

function throughput(format: string, rate: number, bare: number): Figure {
  return { what: `a book (${format}) against bare engine loops on both cores`, value: `${rate.toFixed(1)} of ${bare.toFixed(1)} audio s/s = ${((100 * rate) / bare).toFixed(0)} %`, aim: '≥ 95 %', met: rate >= 0.95 * bare };
}

type Read = { readonly rate: number; readonly audioSeconds: number; readonly memory: readonly number[] };

async function read(server: RunningProcess, text: string, query: string): Promise<Read> {
  const memory: number[] = [];
  const begun = await submit(server, text, query);
  for (;;) {
    const job = await ask<Job>(server, `/${begun.id}`);
    if (job.audio_seconds > 60) memory.push(server.ownBytes());
    if (job.state === 'done') {
      await ask(server, `/${begun.id}`, { method: 'DELETE' });
      return { rate: job.audio_seconds / job.worked_seconds, audioSeconds: job.audio_seconds, memory };
    }
    if (job.state !== 'running' && job.state !== 'queued') throw new Error(`The job is ${job.state}: ${JSON.stringify(job.error)}`);
    await new Promise((resolve) => { setTimeout(resolve, 500); });
  }
}

async function whileReading<Value>(server: RunningProcess, text: string, work: () => Promise<Value>): Promise<Value> {
  const { id } = await submit(server, text, 'response_format=mp3&loudness_lufs=-18');
  while ((await ask<Job>(server, `/${id}`)).audio_seconds < 60) await new Promise((resolve) => { setTimeout(resolve, 200); });
  const value = await work();
  await ask(server, `/${id}/cancel`, { method: 'POST' });
  return value;
}

/** Requests one after the other, a moment apart. */
async function firstAudio(server: RunningProcess, rounds: number): Promise<number[]> {
  const target: SpeechTarget = { url: `${server.url}/v1/audio/speech`, sampleRateHz, body: (input) => JSON.stringify({ model: 'piper', input, response_format: 'wav' }) };
  const times: number[] = [];
  for (let round = 0; round < rounds + 3; round++) {
    const { firstAudioMs } = await speakOnce(target, sentences[round % sentences.length]!);
    if (round >= 3) times.push(firstAudioMs);
    await new Promise((resolve) => { setTimeout(resolve, 150); });
  }
  return times;
}

async function submit(server: RunningProcess, text: string, query: string): Promise<Job> {
  return ask<Job>(server, `/speech?model=piper&${query}`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: text });
}

async function ask<Answer>(server: RunningProcess, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${server.url}/api/v1/jobs${path}`, init);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

/** The sentences of the speech bench as chapters, so that both are the same work. */
function book(characters: number): string {
  let text = '';
  let inChapter = 0;
  for (let i = 0; text.length < characters; i++) {
    if (i === 0 || inChapter >= chapterCharacters) {
      text += `\n\nChapter ${Math.round(text.length / chapterCharacters) + 1}\n\n`;
      inChapter = 0;
    }
    const sentence = `${sentences[i % sentences.length]!}${i % 6 === 5 ? '\n\n' : ' '}`;
    text += sentence;
    inChapter += sentence.length;
  }
  return text;
}

function mb(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
