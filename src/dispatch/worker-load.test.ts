import { describe, expect, it } from 'vitest';
import { createWorkerLoad } from './worker-load.ts';

describe('worker load', () => {
  it('counts streams until they end, once', () => {
    const load = createWorkerLoad();
    const end = load.begin('w', 'piper');
    load.begin('w', 'piper');
    expect(load.openStreams('w')).toBe(2);
    end();
    end();
    expect(load.openStreams('w')).toBe(1);
    expect(load.all()).toEqual({ w: 1 });
  });

  it('knows after a while that one stream of a slow model is more work than several of a quick one', () => {
    const load = createWorkerLoad();
    for (let i = 0; i < 20; i++) {
      load.begin('w', 'piper')(0.3);
      load.begin('w', 'kokoro')(5);
    }
    load.begin('slow', 'kokoro');
    for (let i = 0; i < 5; i++) load.begin('quick', 'piper');
    expect(load.expectedSeconds('slow')).toBeGreaterThan(load.expectedSeconds('quick'));
  });

  it('learns nothing from a stream that was cut off', () => {
    const load = createWorkerLoad();
    load.begin('w', 'piper')(2);
    load.begin('w', 'piper')();
    load.begin('other', 'piper');
    expect(load.expectedSeconds('other')).toBe(2);
  });
});
