import { describe, expect, it } from 'vitest';
import type { PcmChunk } from '../audio/pcm.ts';
import { joinSentences } from './join-sentences.ts';

const rateHz = 1_000;
const tone = (count: number): number[] => Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 0.5 : -0.5));
const quiet = (count: number): number[] => Array.from({ length: count }, () => 0);

async function join(sentences: number[][][], pausesAfterMs: number[]): Promise<number[]> {
  async function* sentence(chunks: number[][]): AsyncGenerator<PcmChunk> {
    for (const chunk of chunks) yield { samples: Float32Array.from(chunk), sampleRateHz: rateHz };
  }
  async function* all(): AsyncGenerator<AsyncIterable<PcmChunk>> {
    for (const chunks of sentences) yield sentence(chunks);
  }
  const out: number[] = [];
  const plan = pausesAfterMs.map((pauseAfterMs) => ({ said: () => ({ text: 'x' }), pauseBeforeMs: 0, pauseAfterMs, volumeDb: 0 }));
  for await (const { samples } of joinSentences({ audio: all(), sentences: plan, sampleRateHz: rateHz })) out.push(...samples);
  return out;
}

/** Lengths of the runs of silence, in samples, edges included. */
function silences(samples: number[]): number[] {
  return samples.map((sample) => (Math.abs(sample) < 0.01 ? '_' : 'x')).join('').match(/_+/g)?.map(({ length }) => length) ?? [];
}

describe('joining sentences', () => {
  it('puts the pause of the text in place of the silence of the engine', async () => {
    const padded = [quiet(200), tone(500), quiet(400)];
    expect(silences(await join([padded, padded], [280, 0]))).toEqual([30, 280, 30]);
  });

  it('never doubles a pause, and leaves none out where the engine made none', async () => {
    expect(silences(await join([[tone(300)], [tone(300)]], [280, 0]))).toEqual([220]);
    expect(silences(await join([[tone(300), quiet(1_000)], [quiet(1_000), tone(300)]], [280, 0]))).toEqual([280]);
  });

  it('leaves the pauses inside a sentence alone', async () => {
    expect(silences(await join([[tone(100), quiet(350), tone(100)]], [0]))).toEqual([350]);
  });

  it('does not lose or change what is sound', async () => {
    const samples = await join([[tone(123), tone(77)], [tone(50)]], [0, 0]);
    expect(samples).toEqual([...tone(123), ...tone(77), ...tone(50)]);
  });

  it('makes the same of any chunking', async () => {
    const sentence = [...quiet(90), ...tone(200), ...quiet(120), ...tone(60), ...quiet(80)];
    const whole = await join([[sentence]], [0]);
    const pieces = Array.from({ length: Math.ceil(sentence.length / 7) }, (_, i) => sentence.slice(i * 7, i * 7 + 7));
    expect(await join([pieces], [0])).toEqual(whole);
  });
});
