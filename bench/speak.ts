/** Speech: first audio, what the house adds to the engine, and the peer beside it in the same run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { bareOnEveryCore, loadBare, runBare, type BareFigures } from './bare-engine.ts';
import { fineVoiceOverHouse } from './fine-voice.ts';
import type { BenchOptions, Figure } from './main.ts';
import { pythonWithPiper, startAntiphon, startPiperServer, type RunningProcess } from './processes.ts';
import { load, speakOnce, type LoadResult, type SpeechTarget } from './speech-client.ts';
import { milliseconds, p50, p95, silenceFigure } from './statistics.ts';
import { sentences } from './texts.ts';

const sampleRateHz = 22_050;
const counts = [1, 4, 16] as const;

export async function benchSpeak({ quick, python }: BenchOptions): Promise<readonly Figure[]> {
  const rounds = quick ? 8 : 40;
  const bareModel = await loadBare('piper', 'en_US-joe-medium');
  const bare = await runBare(bareModel, sentences, rounds);
  await bareModel.close();
  const bothCores = await bareOnEveryCore(rounds);
  const antiphon = await startAntiphon();
  const own = await measure(antiphon, antiphonTarget(antiphon), rounds);
  const disturbed = await besideSlowReader(antiphonTarget(antiphon), rounds);
  const kokoro = await fineVoiceOverHouse(antiphon, quick ? 3 : 10);
  await antiphon.stop();
  const figures = [...ownFigures(own, bare, bothCores), slowReaderFigure(disturbed), ...kokoro];
  const peerPython = pythonWithPiper(python);
  if (peerPython === undefined) return [...figures, { what: 'beside piper.http_server', value: 'not measured: no python3 with piper-tts here', aim: '', met: undefined }];
  const piper = await startPiperServer(peerPython);
  const peer = await measure(piper, piperTarget(piper), rounds);
  await piper.stop();
  return [...figures, ...peerFigures(own, peer)];
}

type Measured = { readonly loads: Readonly<Record<(typeof counts)[number], LoadResult>>; readonly residentBytes: number };

async function measure(server: RunningProcess, target: SpeechTarget, rounds: number): Promise<Measured> {
  await load(target, sentences, { clients: 4, rounds: 3 });
  const loads = {} as Record<(typeof counts)[number], LoadResult>;
  for (const clients of counts) loads[clients] = await load(target, sentences, { clients, rounds: Math.max(3, Math.ceil(rounds / clients)) });
  return { loads, residentBytes: server.residentBytes() };
}

function antiphonTarget({ url }: RunningProcess): SpeechTarget {
  return { url: `${url}/v1/audio/speech`, sampleRateHz, body: (input) => JSON.stringify({ model: 'piper', voice: 'en_US-joe-medium', input, response_format: 'wav' }) };
}

function piperTarget({ url }: RunningProcess): SpeechTarget {
  return { url: `${url}/synthesize`, sampleRateHz, body: (text) => JSON.stringify({ text }) };
}

function ownFigures(own: Measured, bare: BareFigures, bothCores: number): Figure[] {
  const one = own.loads[1].firstAudioMs;
  const added = p50(one) - bare.firstChunkMs;
  const share = own.loads[16].audioSecondsPerSecond / bothCores;
  return [
    { what: 'first audio at the client, warm, 17 words, fast voice', value: `p50 ${milliseconds(p50(one))}, p95 ${milliseconds(p95(one))}`, aim: 'p50 ≤ 90 ms, p95 ≤ 150 ms', met: p50(one) <= 90 && p95(one) <= 150 },
    { what: 'added to the engine\'s own first chunk', value: `p50 ${milliseconds(added)} (engine ${milliseconds(bare.firstChunkMs)})`, aim: 'p50 ≤ 15 ms', met: added <= 15 },
    { what: 'throughput, 16 clients, against bare engine loops on both cores', value: `${own.loads[16].audioSecondsPerSecond.toFixed(1)} of ${bothCores.toFixed(1)} audio s/s = ${(share * 100).toFixed(0)} %`, aim: '≥ 95 %', met: share >= 0.95 },
    ...counts.map((clients) => silenceFigure(`fast voice, ${clients} ${clients === 1 ? 'client' : 'clients'}`, own.loads[clients].silentMs)),
    { what: 'memory, server and workers', value: `${Math.round(own.residentBytes / 1e6)} MB`, aim: '≤ 600 MB', met: own.residentBytes <= 600e6 },
  ];
}

function peerFigures(own: Measured, peer: Measured): Figure[] {
  const first = counts.map((clients) => {
    const [ours, theirs] = [p50(own.loads[clients].firstAudioMs), p50(peer.loads[clients].firstAudioMs)];
    const aim = { 1: 2.5, 4: undefined, 16: 4 }[clients];
    return { what: `first audio beside piper.http_server, ${clients} ${clients === 1 ? 'client' : 'clients'}`, value: `${milliseconds(ours)} against ${milliseconds(theirs)} = ${(theirs / ours).toFixed(1)} × sooner`, aim: aim === undefined ? '' : `≥ ${aim} ×`, met: aim === undefined ? undefined : theirs / ours >= aim };
  });
  const speedUp = own.loads[16].audioSecondsPerSecond / peer.loads[16].audioSecondsPerSecond;
  return [
    ...first,
    { what: 'throughput beside piper.http_server, 16 clients', value: `${own.loads[16].audioSecondsPerSecond.toFixed(1)} against ${peer.loads[16].audioSecondsPerSecond.toFixed(1)} audio s/s = ${speedUp.toFixed(2)} ×`, aim: '≥ 1.2 ×', met: speedUp >= 1.2 },
    { what: 'memory beside piper.http_server', value: `${Math.round(own.residentBytes / 1e6)} against ${Math.round(peer.residentBytes / 1e6)} MB`, aim: '', met: undefined },
  ];
}

/** Twenty seconds of the fast voice take about one and a half. */
const slowReaderFillsMs = 5_000;

/** Fifteen clients beside one that reads a byte a second, against fifteen alone. */
async function besideSlowReader(target: SpeechTarget, rounds: number): Promise<{ alone: number; beside: number }> {
  const round = () => load(target, sentences, { clients: 15, rounds: Math.max(3, Math.ceil(rounds / 15)) });
  const alone = p95((await round()).firstAudioMs);
  const leave = new AbortController();
  const slow = speakOnce(target, sentences.join(' '), 1, leave.signal).catch(() => undefined);
  // Until it may run no further ahead its speech is work like any other's; what is asked is what it costs after that.
  await sleep(slowReaderFillsMs);
  const beside = p95((await round()).firstAudioMs);
  leave.abort();
  await slow;
  return { alone, beside };
}

function slowReaderFigure({ alone, beside }: { alone: number; beside: number }): Figure {
  return { what: '15 clients beside one that reads a byte a second, first audio p95', value: `${milliseconds(beside)}, without it ${milliseconds(alone)}`, aim: 'within noise (± 15 %)', met: beside <= alone * 1.15 };
}
