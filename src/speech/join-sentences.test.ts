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

describe('telling what is heard when', () => {
  const timings = (end: number) => [{ symbol: 'x', textStart: 0, textEnd: 1, startSample: 100, endSample: end }];
  const sentence = (more: object = {}) => ({ said: () => ({ text: 'x' }), pauseBeforeMs: 0, pauseAfterMs: 280, volumeDb: 0, ...more });

  async function heard(sentences: ReturnType<typeof sentence>[], withTimings: boolean) {
    async function* all() {
      for (const _ of sentences) {
        yield (async function* () {
          yield { samples: Float32Array.from([...quiet(100), ...tone(500), ...quiet(400)]), sampleRateHz: rateHz, ...(withTimings ? { timings: timings(600) } : {}) };
        })();
      }
    }
    const parts = await Array.fromAsync(joinSentences({ audio: all(), sentences, sampleRateHz: rateHz }));
    let sent = 0;
    return parts.flatMap((part) => {
      const told = part.heard.map((one) => ({ ...one, soundsFrom: sent }));
      sent += part.samples.length;
      return told;
    });
  }

  it('counts times on the stream that is sent: silence cut, pauses put in', async () => {
    const [first, second] = await heard([sentence({ pauseBeforeMs: 50 }), sentence()], true);
    // 50 of pause, 30 kept of the 100 before the sound: the sound that the model has at 100 lies at 80.
    expect(first!.originSample + first!.timings[0]!.startSample).toBe(80);
    // 80 + 500 of sound + 30 kept + 220 of pause + 30 kept.
    expect(second!.originSample + second!.timings[0]!.startSample).toBe(860);
    expect(first!.soundsFrom).toBe(50);
  });

  it('tells where a sentence lies even if the model tells no times', async () => {
    const [first, second] = await heard([sentence(), sentence()], false);
    expect([first!.startSample, first!.endSample, first!.timings]).toEqual([0, 560, []]);
    expect(second!.startSample).toBe(780);
  });

  it('makes a sentence louder or softer by what its manner says', async () => {
    async function* one() {
      yield (async function* () { yield { samples: Float32Array.from(tone(100)), sampleRateHz: rateHz }; })();
    }
    const parts = await Array.fromAsync(joinSentences({ audio: one(), sentences: [sentence({ volumeDb: -20 })], sampleRateHz: rateHz }));
    expect(Math.abs(parts[0]!.samples[10]!)).toBeCloseTo(0.05);
  });
});
