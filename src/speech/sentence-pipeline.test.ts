import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import type { PcmChunk } from '../audio/pcm.ts';
import { synthesiseInOrder, type SentencePipelineOptions } from './sentence-pipeline.ts';

const rateHz = 1_000;

function second(value: number): PcmChunk {
  return { samples: new Float32Array(rateHz).fill(value), sampleRateHz: rateHz };
}

/** An engine that makes one second of audio a pull, and remembers every pull. */
function recordingEngine(secondsEach: number) {
  const pulled: string[] = [];
  const delays: Record<string, number> = {};
  const ended: string[] = [];
  const synthesise: SentencePipelineOptions['synthesise'] = async function* (index, playoutDelayMs, signal) {
    const sentence = String(index + 1);
    delays[sentence] = playoutDelayMs();
    try {
      for (let i = 0; i < secondsEach; i++) {
        signal.throwIfAborted();
        pulled.push(sentence);
        yield second(Number(sentence));
      }
    } finally {
      ended.push(sentence);
    }
  };
  return { synthesise, pulled, delays, ended };
}

function options(sentences: string[], engine: ReturnType<typeof recordingEngine>, more: Partial<SentencePipelineOptions> = {}): SentencePipelineOptions {
  return { sentences: sentences.map(({ length }) => ({ characters: length, speed: 1, pauseAfterMs: 0 })), ahead: 2, bufferSeconds: 10, synthesise: engine.synthesise, clock: createVirtualClock(), signal: new AbortController().signal, ...more };
}

async function readAll(pipeline: AsyncIterable<AsyncIterable<PcmChunk>>): Promise<number[]> {
  const heard: number[] = [];
  for await (const sentence of pipeline) for await (const { samples } of sentence) heard.push(samples[0]!);
  return heard;
}

describe('sentence pipeline', () => {
  it('gives sentences in order, whatever is ready first', async () => {
    const engine = recordingEngine(3);
    expect(await readAll(synthesiseInOrder(options(['1', '2', '3', '4'], engine)))).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  });

  it('keeps no more sentences in work than asked', async () => {
    const engine = recordingEngine(2);
    const pipeline = synthesiseInOrder(options(['1', '2', '3', '4'], engine));
    await pipeline.next();
    await settle();
    expect(new Set(engine.pulled)).toEqual(new Set(['1', '2']));
    await pipeline.return(undefined);
  });

  it('stops making audio when the bound of unread audio is reached, and goes on when it is read', async () => {
    const engine = recordingEngine(100);
    const pipeline = synthesiseInOrder(options(['1', '2'], engine, { bufferSeconds: 5 }));
    const first = (await pipeline.next()).value as AsyncIterable<PcmChunk>;
    await settle();
    // Two sentences may each have one chunk on the way when the bound is met.
    expect(engine.pulled.length).toBeLessThanOrEqual(6);
    const reader = first[Symbol.asyncIterator]();
    for (let i = 0; i < 20; i++) await reader.next();
    await settle();
    expect(engine.pulled.filter((sentence) => sentence === '1').length).toBeGreaterThanOrEqual(20);
    await pipeline.return(undefined);
  });

  it('cannot be starved by sentences behind the one being read', async () => {
    const engine = recordingEngine(4);
    expect(await readAll(synthesiseInOrder(options(['1', '2', '3'], engine, { bufferSeconds: 0.5, ahead: 3 })))).toHaveLength(12);
  });

  it('tells each sentence how long its listener can wait', async () => {
    const engine = recordingEngine(1);
    const pipeline = synthesiseInOrder(options(['1'.repeat(30), '2'.repeat(15)], engine));
    await pipeline.next();
    await settle();
    expect(engine.delays['1']).toBe(0);
    expect(engine.delays['2']).toBeCloseTo(30_000 / 18);
    await pipeline.return(undefined);
  });

  it('aborts what is in work when its reader leaves', async () => {
    const engine = recordingEngine(100);
    for await (const sentence of synthesiseInOrder(options(['1', '2', '3'], engine))) {
      for await (const chunk of sentence) if (chunk) break;
      break;
    }
    await settle();
    expect(engine.ended.toSorted()).toEqual(['1', '2']);
  });

  it('passes a sentence\'s failure to the reader when he comes to it', async () => {
    const engine = recordingEngine(1);
    const failing: SentencePipelineOptions['synthesise'] = (sentence, delay, signal) => {
      if (sentence === 1) throw new Error('broken');
      return engine.synthesise(sentence, delay, signal);
    };
    await expect(readAll(synthesiseInOrder({ ...options(['1', '2'], engine), synthesise: failing }))).rejects.toThrow('broken');
  });
});
