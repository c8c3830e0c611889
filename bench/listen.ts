/** How well and how fast recordings and live speech are heard: words, times, delays, and the peer on the same files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roundTripSentences } from './listen-texts.ts';
import { listenLive, speakTimed, toWav, transcribe, type Spoken, type TimedWord } from './listening-client.ts';
import type { BenchOptions, Figure } from './main.ts';
import { notSpeech, type NotSpeech } from './not-speech.ts';
import { modelsDir, startAntiphon } from './processes.ts';
import { milliseconds, p50, p95 } from './statistics.ts';
import { sentences } from './texts.ts';
import { pythonWithWhisper, runWhisperPeer } from './whisper-peer.ts';
import { rateOf, wordErrors, wordsOf, type WordErrors } from './word-errors.ts';

const kokoroVoices = ['af_heart', 'af_bella', 'af_nicole', 'am_michael', 'am_puck', 'am_fenrir', 'bf_emma', 'bf_isabella', 'bm_george', 'bm_fable'];
const atOnce = 2;
const most = (share: number): string => `≤ ${share * 100} %`;

/** Named with --only. `peer` compares what `delays` and `sentences` recorded, if they ran. */
const partNames = ['delays', 'sentences', 'times', 'live', 'invented', 'peer'] as const;

export async function benchListen({ quick, python: givenPython, only = partNames }: BenchOptions): Promise<readonly Figure[]> {
  const has = (part: (typeof partNames)[number]): boolean => only.includes(part);
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-bench-listen-'));
  const server = await startAntiphon();
  try {
    const { url } = server;
    // The first takes what it costs to write the graphs and to load the model into both workers.
    const warm = toWav(await speakTimed(url, { text: sentences[0]!, model: 'piper' }));
    for (let round = 0; round < 4; round++) await Promise.all([transcribe(url, warm), transcribe(url, warm)]);
    const timed = has('delays') ? await timeRecordings(url, quick) : undefined;
    const texts = quick ? roundTripSentences.filter((_, index) => index % 10 === 0) : roundTripSentences;
    const fast = has('sentences') ? await roundTrips(url, texts, () => ({ model: 'piper' })) : [];
    const fine = has('sentences') ? await roundTrips(url, texts, (index) => ({ model: 'kokoro', voice: kokoroVoices[index % kokoroVoices.length]! })) : [];
    const figures = [
      ...(timed === undefined ? [] : delays(timed)),
      ...(fine.length === 0 ? [] : [errorFigure(`${texts.length} sentences spoken by Kokoro in ten voices and heard by base, words wrong`, fine, 0.04)]),
      ...(fast.length === 0 ? [] : [errorFigure(`${texts.length} sentences spoken by Piper's Joe`, fast, 0.06)]),
      ...(has('times') ? [await wordTimes(url, quick ? 10 : 60)] : []),
      ...(has('live') ? [await liveFigure(url, quick ? 20 : 120)] : []),
      ...(has('invented') ? await invented(url, quick ? 60 : 600) : []),
    ];
    // The peer last: this process waits for it without a look at its own connections.
    return has('peer') ? [...figures, ...peerFigures({ givenPython, folder, timed, trips: [...fast, ...fine] })] : figures;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type TimedRecordings = { readonly short: Buffer; readonly long: Buffer; readonly shortMs: readonly number[]; readonly longMs: readonly number[] };

async function timeRecordings(url: string, quick: boolean): Promise<TimedRecordings> {
  const short = toWav(await recordingOf(url, 5));
  const long = toWav(await recordingOf(url, 28));
  return { short, long, shortMs: await timesOf(url, short, quick ? 5 : 20), longMs: await timesOf(url, long, quick ? 3 : 10) };
}

/** Exactly so many seconds of Kokoro's speech. */
async function recordingOf(url: string, seconds: number): Promise<Spoken> {
  const spoken = await speakTimed(url, { text: sentences.slice(0, Math.ceil(seconds / 4)).join(' '), model: 'kokoro', voice: 'af_heart' });
  return { ...spoken, samples: spoken.samples.subarray(0, seconds * spoken.sampleRateHz * 2) };
}

async function timesOf(url: string, wav: Buffer, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await transcribe(url, wav)).tookMs);
  return times;
}

function delays({ shortMs, longMs }: TimedRecordings): Figure[] {
  return [
    { what: '5 s of speech to its text at the client, warm, base', value: `p50 ${milliseconds(p50(shortMs))}, p95 ${milliseconds(p95(shortMs))}`, aim: 'p50 ≤ 350 ms', met: p50(shortMs) <= 350 },
    { what: '28 s of speech', value: `p50 ${milliseconds(p50(longMs))} = ${(p50(longMs) / 28_000).toFixed(3)} of its length`, aim: '≤ 0.1 of its length', met: p50(longMs) <= 2_800 },
  ];
}

type Trip = WordErrors & { readonly said: string; readonly wav: Buffer };

async function roundTrips(url: string, texts: readonly string[], speakerOf: (index: number) => { model: string; voice?: string }): Promise<Trip[]> {
  const trips: Trip[] = [];
  const indices = texts.keys();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const index of indices) {
      const said = texts[index]!;
      const wav = toWav(await speakTimed(url, { text: said, ...speakerOf(index) }));
      trips[index] = { said, wav, ...wordErrors(said, (await transcribe(url, wav)).text) };
    }
  }));
  return trips;
}

function errorFigure(what: string, trips: readonly Trip[], aim: number): Figure {
  for (const { misheard } of trips) for (const one of misheard) console.log(`  ${what.includes('Kokoro') ? 'kokoro' : 'piper'}: ${one}`);
  const rate = rateOf(trips);
  const errors = trips.reduce((sum, trip) => sum + trip.errors, 0);
  return { what, value: `${(100 * rate).toFixed(1)} % (${errors} of ${trips.reduce((sum, trip) => sum + trip.words, 0)})`, aim: most(aim), met: rate <= aim };
}

type PeerWork = { readonly givenPython: string | undefined; readonly folder: string; readonly timed: TimedRecordings | undefined; readonly trips: readonly Trip[] };

function peerFigures({ givenPython, folder, timed, trips }: PeerWork): Figure[] {
  const python = pythonWithWhisper(givenPython);
  if (python === undefined) {
    console.log('Python with faster-whisper could not be had: nothing beside the peer.');
    return [];
  }
  const save = (name: string, bytes: Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const recordings = timed === undefined ? [] : [
    { what: '5 s beside faster-whisper, same file, int8, greedy', file: save('short.wav', timed.short), ownMs: timed.shortMs, aim: 2.5 },
    { what: '28 s beside faster-whisper', file: save('long.wav', timed.long), ownMs: timed.longMs, aim: 1 },
  ];
  const peer = runWhisperPeer({ python, model: join(modelsDir, 'whisper-base'), timed: recordings.map(({ file }) => file), heard: trips.map(({ wav }, index) => save(`${index}.wav`, wav)), rounds: 5 });
  const figures = recordings.map(({ what, file, ownMs, aim }): Figure => {
    const [one, two] = [1, 2].map((threads) => p50(peer.times.find((entry) => entry.threads === threads && entry.recording === file)!.ms)) as [number, number];
    const ratio = Math.min(one, two) / p50(ownMs);
    return { what, value: `${milliseconds(p50(ownMs))} against ${milliseconds(one)} on one thread, ${milliseconds(two)} on two = ${ratio.toFixed(1)} × faster than the better`, aim: `≥ ${aim.toFixed(1)} ×`, met: ratio >= aim };
  });
  if (trips.length === 0) return figures;
  const own = rateOf(trips);
  const its = rateOf(trips.map(({ said }, index) => wordErrors(said, peer.texts[index]!)));
  return [...figures, { what: 'words wrong beside faster-whisper, both voices together', value: `${(100 * own).toFixed(1)} % against ${(100 * its).toFixed(1)} %`, aim: 'no worse', met: own <= its }];
}

/** Where both have the same words, how far the transcriber's times are from the synthesiser's. */
async function wordTimes(url: string, count: number): Promise<Figure> {
  const errorsMs: number[] = [];
  for (let index = 0; index < count; index++) {
    const spoken = await speakTimed(url, { text: sentences[index % sentences.length]!, model: index % 2 === 0 ? 'piper' : 'kokoro' });
    const { words } = await transcribe(url, toWav(spoken), { words: true });
    for (const [own, heard] of paired(spoken.words, words)) errorsMs.push(Math.abs(own.startSeconds - heard.startSeconds) * 1000, Math.abs(own.endSeconds - heard.endSeconds) * 1000);
  }
  return { what: `beginnings and ends of words against the synthesiser's own (${errorsMs.length / 2} words)`, value: `median ${milliseconds(p50(errorsMs))}, p95 ${milliseconds(p95(errorsMs))}`, aim: 'median ≤ 60 ms', met: p50(errorsMs) <= 60 };
}

/** The longest run of the same words in both, by dynamic programming. */
function paired<Heard extends TimedWord>(said: readonly TimedWord[], heard: readonly Heard[]): [TimedWord, Heard][] {
  const [own, others] = [said.map(({ text }) => wordsOf(text).join('')), heard.map(({ text }) => wordsOf(text).join(''))];
  const length = Array.from({ length: own.length + 1 }, () => others.map(() => 0).concat(0));
  for (let i = own.length - 1; i >= 0; i--) for (let j = others.length - 1; j >= 0; j--) length[i]![j] = own[i] === others[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
  const pairs: [TimedWord, Heard][] = [];
  for (let i = 0, j = 0; i < own.length && j < others.length;) {
    if (own[i] === others[j]) pairs.push([said[i++]!, heard[j++]!]);
    else if (length[i + 1]![j]! >= length[i]![j + 1]!) i++;
    else j++;
  }
  return pairs;
}

async function liveFigure(url: string, seconds: number): Promise<Figure> {
  const text = Array.from({ length: Math.ceil(seconds / 4.5) }, (_, index) => sentences[(index * 5) % sentences.length]!).join(' ');
  const spoken = await speakTimed(url, { text: text.slice(0, 4_000), model: 'kokoro', voice: 'af_heart', sampleRateHz: 16_000 });
  const { finals, takenBack } = await listenLive(url, spoken);
  const delaysMs = paired(spoken.words, finals).map(([own, heard]) => heard.atMs - own.endSeconds * 1000);
  return {
    what: `live: a word's end to its being final (${delaysMs.length} of ${spoken.words.length} words in ${Math.round(spoken.samples.length / 2 / spoken.sampleRateHz)} s)`,
    value: `p50 ${milliseconds(p50(delaysMs))}, p95 ${milliseconds(p95(delaysMs))}; ${takenBack} taken back`,
    aim: 'p50 ≤ 1000 ms, none taken back',
    met: p50(delaysMs) <= 1_000 && takenBack === 0,
  };
}

async function invented(url: string, seconds: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const kind of ['silence', 'noise', 'music'] satisfies NotSpeech[]) {
    const { text, tookMs } = await transcribe(url, notSpeech(kind, seconds));
    const count = wordsOf(text).length;
    figures.push({ what: `words invented in ${seconds / 60} min of ${kind}`, value: `${count}${count === 0 ? '' : ` (${text.slice(0, 60)})`}, in ${milliseconds(tookMs)}`, aim: '0', met: count === 0 });
  }
  return figures;
}
