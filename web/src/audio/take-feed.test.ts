import { describe, expect, it } from 'vitest';
import type { PlayerCommand, PlayerReport } from './player-messages.ts';
import { createTakeFeed } from './take-feed.ts';
import { createTake } from './take.ts';

const report = (generation: number, playedSamples: number): PlayerReport => ({ generation, playedSamples, state: 'playing', bufferedSamples: 0, underruns: 0, contextTime: 0, firstSampleAt: 0 });

function setUp(lengthSamples: number) {
  const take = createTake(1_000);
  take.append(new Uint8Array(Int16Array.from({ length: lengthSamples }, (_, i) => i).buffer));
  const sent: PlayerCommand[] = [];
  const feed = createTakeFeed({ take, aheadSamples: 100, send: (command) => sent.push(command) });
  feed.restartAt(0);
  const samples = () => sent.flatMap((command) => (command.type === 'samples' ? [...command.samples].map((sample) => Math.round(sample * 32_768)) : []));
  return { take, feed, sent, samples };
}

describe('the feed of a take', () => {
  it('never sends more than the ring can hold, and every sample once, in order', () => {
    const { take, feed, sent, samples } = setUp(350);
    expect(samples()).toHaveLength(100);
    for (let played = 30; played <= 350; played += 30) feed.hear(report(1, played));
    expect(samples()).toEqual(Array.from({ length: 350 }, (_, i) => i));
    take.finish();
    feed.feed();
    feed.feed();
    expect(sent.filter(({ type }) => type === 'end')).toHaveLength(1);
  });

  it('goes on from where it was moved to, and is not misled by reports from before', () => {
    const { feed, sent } = setUp(350);
    feed.restartAt(200);
    expect(feed.hear(report(1, 90))).toBe(false);
    expect(feed.played().sample).toBe(200);
    expect(feed.hear(report(2, 10))).toBe(true);
    expect(feed.played().sample).toBe(210);
    const last = sent.at(-1);
    expect(last?.type === 'samples' && last.generation).toBe(2);
  });

  it('cannot be moved beyond what has come', () => {
    const { feed } = setUp(50);
    feed.restartAt(1_000);
    expect(feed.startSample()).toBe(50);
  });
});
