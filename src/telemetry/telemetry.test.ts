import { describe, expect, it } from 'vitest';
import { checkHealth } from './health.ts';
import { createMetrics } from './metrics.ts';
import { continueTrace, toTraceparent } from './trace-context.ts';

describe('trace context', () => {
  it('continues a valid trace under a span of its own', () => {
    const trace = continueTrace('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
    expect(trace.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(trace.spanId).not.toBe('00f067aa0ba902b7');
    expect(toTraceparent(trace)).toBe(`00-${trace.traceId}-${trace.spanId}-01`);
  });

  it('keeps the caller\'s wish not to be sampled', () => {
    expect(toTraceparent(continueTrace('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'))).toMatch(/-00$/);
  });

  it('takes fields that a later version of the standard may add', () => {
    expect(continueTrace('01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more').traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  });

  it.each([undefined, '', 'nonsense', '00-00000000000000000000000000000000-00f067aa0ba902b7-01', '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', 'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more'])('starts a new trace in place of %s', (header) => {
    const { traceId } = continueTrace(header);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(header ?? '').not.toContain(traceId);
  });
});

describe('health', () => {
  it('is as bad as the worst part', async () => {
    const { status, components } = await checkHealth({ a: () => ({ status: 'pass' }), b: async () => ({ status: 'warn', message: 'tired' }), c: () => ({ status: 'pass' }) });
    expect(status).toBe('warn');
    expect(components['b']).toEqual({ status: 'warn', message: 'tired' });
  });

  it('takes a check that throws for a failure, and shows nothing of its error', async () => {
    const { status, components } = await checkHealth({ a: () => { throw new Error('/secret/path'); } });
    expect(status).toBe('fail');
    expect(JSON.stringify(components)).not.toContain('secret');
  });
});

describe('metrics', () => {
  it('have a bucket bound on each objective for first audio, and end as OpenMetrics does', async () => {
    const metrics = createMetrics();
    metrics.firstAudio.observe({ engine: 'piper', format: 'mp3' }, 0.08);
    const text = await metrics.registry.metrics();
    expect(text).toContain('antiphon_speech_first_audio_seconds_bucket{le="0.09",engine="piper",format="mp3"} 1');
    expect(text).toContain('le="0.15"');
    expect(text.trimEnd().endsWith('# EOF')).toBe(true);
    expect(metrics.registry.contentType).toContain('application/openmetrics-text');
  });
});
