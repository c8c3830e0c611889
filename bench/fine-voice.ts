/** The fine voice: is it as fast through the house as bare, when is it first heard, and does it pause in the middle. */
import { loadBare, runBare } from './bare-engine.ts';
import type { BenchOptions, Figure } from './main.ts';
import { startAntiphon, type RunningProcess } from './processes.ts';
import { load, speakOnce, type SpeechTarget } from './speech-client.ts';
import { milliseconds, p50, p95, silenceFigure } from './statistics.ts';
import { sentences } from './texts.ts';

const sampleRateHz = 24_000;
/** Sentences of a text, so that sentences follow each other. */
const sentencesOfText = 4;

export async function benchFineVoice({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const server = await startAntiphon();
  try {
    const target = fineVoice(server);
    await speakOnce(target, sentences[0]!);
    const one = await load(target, sentences, { clients: 1, rounds: quick ? 8 : 40 });
    const two = await load(target, sentences, { clients: 2, rounds: quick ? 4 : 20 });
    const texts = await load(target, longerTexts(), { clients: 1, rounds: quick ? 1 : 5 });
    return [
      { what: 'Kokoro, first audio at the client, 17 words', value: `p50 ${milliseconds(p50(one.firstAudioMs))}, p95 ${milliseconds(p95(one.firstAudioMs))}`, aim: '', met: undefined },
      silenceFigure('Kokoro, 17 words', one.silentMs),
      { what: 'Kokoro, first audio at the client, two at once', value: `p50 ${milliseconds(p50(two.firstAudioMs))}, p95 ${milliseconds(p95(two.firstAudioMs))}`, aim: '', met: undefined },
      silenceFigure('Kokoro, two at once', two.silentMs),
      silenceFigure(`Kokoro, ${sentencesOfText} sentences`, texts.silentMs),
    ];
  } finally {
    await server.stop();
  }
}

/** The same text through the house and from the bare engine, in turns, so that both see the same machine. */
export async function fineVoiceOverHouse(server: RunningProcess, rounds: number): Promise<Figure[]> {
  const model = await loadBare('kokoro', 'kokoro');
  const target = fineVoice(server);
  await speakOnce(target, sentences[0]!);
  const [house, bare, first, factors, silent]: number[][] = [[], [], [], [], []];
  for (let round = 0; round < rounds; round++) {
    const text = sentences[round % sentences.length]!;
    const startedMs = performance.now();
    const { audioSecondsPerSecond } = await runBare(model, [text], 1);
    bare!.push(performance.now() - startedMs);
    factors!.push(1 / audioSecondsPerSecond);
    const answer = await speakOnce(target, text);
    house!.push(answer.totalMs);
    first!.push(answer.firstAudioMs);
    silent!.push(answer.silentMs);
  }
  await model.close();
  const ratio = p50(house!) / p50(bare!);
  return [
    { what: 'Kokoro, 17 words through the house against the bare engine', value: `${milliseconds(p50(house!))} against ${milliseconds(p50(bare!))} = ${ratio.toFixed(2)} × (real-time factor of the engine ${p50(factors!).toFixed(2)} on one thread)`, aim: '≤ 1.05 ×', met: ratio <= 1.05 },
    { what: 'Kokoro, first audio at the client, 17 words', value: `p50 ${milliseconds(p50(first!))}`, aim: '', met: undefined },
    silenceFigure('Kokoro, 17 words', silent!),
  ];
}

function fineVoice({ url }: RunningProcess): SpeechTarget {
  return { url: `${url}/v1/audio/speech`, sampleRateHz, body: (input) => JSON.stringify({ model: 'kokoro', voice: 'af_heart', input, response_format: 'wav' }) };
}

function longerTexts(): string[] {
  return Array.from({ length: sentences.length / sentencesOfText }, (_, i) => sentences.slice(i * sentencesOfText, (i + 1) * sentencesOfText).join(' '));
}
