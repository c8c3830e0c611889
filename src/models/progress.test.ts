import { describe, expect, it } from 'vitest';

import { createProgressBar } from './progress-bar.ts';
import { createProgressMeter, type PullProgress } from './progress.ts';

function meterAt(): { clock: { nowMs: number }; seen: PullProgress[]; meter: ReturnType<typeof createProgressMeter> } {
  const clock = { nowMs: 0 };
  const seen: PullProgress[] = [];
  const meter = createProgressMeter({ artefactId: 'voice', emit: (progress) => seen.push(progress), nowMs: () => clock.nowMs });
  return { clock, seen, meter };
}

describe('createProgressMeter', () => {
  it('tells speed and time left from the last seconds', () => {
    const { clock, seen, meter } = meterAt();
    meter.begin('downloading', { receivedBytes: 0, totalBytes: 10_000, source: 'hub' });
    for (let second = 1; second <= 4; second++) {
      clock.nowMs = second * 1000;
      meter.add(1000);
    }
    expect(seen.at(-1)).toEqual({
      artefactId: 'voice', phase: 'downloading', receivedBytes: 4000, totalBytes: 10_000, bytesPerSecond: 1000, etaSeconds: 6, source: 'hub',
    });
  });

  it('forgets how slow the beginning was', () => {
    const { clock, seen, meter } = meterAt();
    meter.begin('downloading', { receivedBytes: 0, totalBytes: 1_000_000, source: 'hub' });
    clock.nowMs = 60_000;
    meter.add(100);
    for (let step = 1; step <= 10; step++) {
      clock.nowMs += 1000;
      meter.add(5000);
    }
    expect(seen.at(-1)?.bytesPerSecond).toBe(5000);
  });

  it('does not count bytes that were here before as speed', () => {
    const { clock, seen, meter } = meterAt();
    meter.begin('downloading', { receivedBytes: 9000, totalBytes: 10_000, source: 'hub' });
    clock.nowMs = 1000;
    meter.add(10);
    expect(seen.at(-1)?.bytesPerSecond).toBe(10);
  });

  it('reports no more often than it should, and always the end', () => {
    const { clock, seen, meter } = meterAt();
    meter.begin('downloading', { receivedBytes: 0, totalBytes: 1000, source: 'hub' });
    for (let step = 1; step <= 1000; step++) {
      clock.nowMs += 1;
      meter.add(1);
    }
    expect(seen.length).toBeLessThanOrEqual(7);
    expect(seen.at(-1)?.receivedBytes).toBe(1000);
  });
});

describe('createProgressBar', () => {
  const progress: PullProgress = {
    artefactId: 'voice', phase: 'downloading', receivedBytes: 31_600_000, totalBytes: 63_200_000, bytesPerSecond: 2_000_000, etaSeconds: 75.2, source: 'hub.example',
  };

  function written(options: { isTTY: boolean; columns?: number }): { text: () => string; output: { write(text: string): void; isTTY: boolean; columns: number } } {
    let text = '';
    return { text: () => text, output: { ...options, columns: options.columns ?? 120, write: (more) => { text += more; } } };
  }

  it('renews one line on a terminal and ends it when all is here', () => {
    const { text, output } = written({ isTTY: true });
    const bar = createProgressBar({ output });
    bar.update(progress);
    expect(text()).toBe('\rvoice ██████████░░░░░░░░░░  50 % 31.6/63.2 MB, 2.0 MB/s, 1 min 16 s left · fetching from hub.example\u001b[K');
    bar.update({ ...progress, phase: 'ready', receivedBytes: 63_200_000, source: 'this machine' });
    expect(text()).toMatch(/100 % 63\.2\/63\.2 MB · ready on this machine\u001b\[K\n$/);
    bar.close();
    expect(text().split('\n')).toHaveLength(2);
  });

  it('never writes wider than the terminal, where a line could not be renewed', () => {
    const { text, output } = written({ isTTY: true, columns: 40 });
    createProgressBar({ output }).update(progress);
    expect(Array.from(text().replace('\r', '').replace('\u001b[K', ''))).toHaveLength(39);
  });

  it('writes a plain line at every change of phase and else every few seconds into a log', () => {
    const clock = { nowMs: 0 };
    const { text, output } = written({ isTTY: false });
    const bar = createProgressBar({ output, lineEveryMs: 5000, nowMs: () => clock.nowMs });
    for (; clock.nowMs <= 10_000; clock.nowMs += 200) bar.update(progress);
    bar.update({ ...progress, phase: 'extracting', source: 'this machine' });
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe('voice:  50 % 31.6/63.2 MB, 2.0 MB/s, 1 min 16 s left, fetching from hub.example');
    expect(lines[3]).toContain('unpacking on this machine');
    expect(text()).not.toMatch(/[\r\u001b]/);
  });
});
