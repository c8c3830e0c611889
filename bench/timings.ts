/** When words are said to be heard against when they are: the end of a pause is told by the sound itself. */
import type { LoadedSpeechModel, SoundTiming } from '../src/engines/kinds.ts';
import { longestSilence } from '../src/engines/conformance/hearing.ts';
import { loadBare } from './bare-engine.ts';
import type { BenchOptions, Figure } from './main.ts';
import { milliseconds, p50, p95 } from './statistics.ts';

/** Each with one comma, behind a vowel or a sound that dies away, and a word behind it that begins clearly. */
const sentences = [
  'When they came to the valley, dogs were barking everywhere.',
  'If you want to go, tell me before the weekend.',
  'After the long and rainy day, people went outside again.',
  'She looked at the old piano, but nobody wanted to play.',
  'Although it was three in the afternoon, candles were burning.',
  'On the way to the sea, Thomas told us a story.',
  'Having had nothing to eat all day, birds fell on the bread.',
  'In the year of the great snow, trains could not run.',
  'As far as I can see, Patrick is the only one left.',
  'Before you open the window, close the door.',
];

export async function benchTimings({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [engine, modelId, voices] of [['piper', 'en_US-joe-medium', ['en_US-joe-medium']], ['kokoro', 'kokoro', ['af_heart', 'bm_george']]] as const) {
    const model = await loadBare(engine, modelId);
    const errorsMs: number[] = [];
    for (const voice of voices) for (const speed of quick ? [1] : [1, 0.8, 1.25]) for (const text of sentences) errorsMs.push(await errorMs(model, { text, voice, speed }));
    await model.close();
    figures.push({ what: `beginning of a word behind a pause, told against heard, ${engine} (${errorsMs.length} sentences)`, value: `median ${milliseconds(p50(errorsMs))}, p95 ${milliseconds(p95(errorsMs))}`, aim: 'median ≤ 20 ms', met: p50(errorsMs) <= 20 });
  }
  return figures;
}

async function errorMs(model: LoadedSpeechModel, request: { text: string; voice: string; speed: number }): Promise<number> {
  const parts: Float32Array[] = [];
  const timings: SoundTiming[] = [];
  let sampleRateHz = 0;
  for await (const chunk of model.synthesise(request, new AbortController().signal)) {
    parts.push(chunk.samples);
    timings.push(...(chunk.timings ?? []));
    sampleRateHz = chunk.sampleRateHz;
  }
  const samples = Float32Array.from(parts.flatMap((part) => [...part]));
  const comma = request.text.indexOf(',');
  const next = timings.find(({ textStart, textEnd }) => textStart > comma && textEnd > textStart);
  if (next === undefined) throw new Error(`No sound behind the comma of "${request.text}".`);
  return (Math.abs(longestSilence({ samples, sampleRateHz }).endSample - next.startSample) / sampleRateHz) * 1000;
}
