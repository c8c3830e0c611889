/** One call of each of a provider's kinds, and what its answer must be whatever the vendor. */
import { expect } from 'vitest';
import type { ProviderRoute } from '../../../test/support/provider-protocols.ts';
import type { ChatDelta, SpeechChunk, TranscriptionStep } from '../kinds.ts';
import type { Provider } from '../providers/provider.ts';

/** What may be in no error: said in every request that has a text. */
export const secret = 'The heron by the weir knows nothing of this matter.';

type Call = (provider: Provider, signal: AbortSignal) => AsyncIterable<unknown> | Promise<unknown>;

export const calls: Readonly<Record<ProviderRoute, Call>> = {
  speech: (provider, signal) => provider.speech!.synthesise('a-model', { text: secret, voice: 'a-voice', speed: 1 }, signal),
  transcription: (provider, signal) => provider.transcription!.transcribe('a-model', { samples: new Float32Array(16_000), task: 'transcribe', words: true, prompt: secret }, signal),
  chat: (provider, signal) => provider.chat!('a-model').chat({ messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: secret }] }, signal),
  embeddings: (provider, signal) => provider.embeddings!('a-model').embed([secret, 'Another text.'], signal),
  check: (provider, signal) => provider.check(signal),
};

/** Pieces may be cut otherwise; what they say together may not be another. */
export function joinedOf(value: unknown): unknown {
  if (!Array.isArray(value)) return typeof value === 'object' ? { ...value, latencyMs: 0 } : value;
  const items = value as readonly (Partial<SpeechChunk> & Partial<ChatDelta> & TranscriptionStep)[];
  if (items[0]?.samples !== undefined) return items.flatMap(({ samples }) => [...samples!]);
  return { text: items.map((item) => ('text' in item ? item.text : '')).join(''), last: items.at(-1) };
}

export const contractOf: Readonly<Record<ProviderRoute, (value: unknown, provider: Provider) => void>> = {
  speech(value, provider) {
    const chunks = value as readonly SpeechChunk[];
    expect(chunks.length).toBeGreaterThan(0);
    for (const { samples, sampleRateHz } of chunks) {
      expect(sampleRateHz).toBe(provider.speech!.sampleRateHz);
      expect(samples.length).toBeGreaterThan(0);
      expect(samples.findIndex((sample) => !(Math.abs(sample) <= 1))).toBe(-1);
    }
    const seconds = chunks.reduce((sum, { samples }) => sum + samples.length, 0) / provider.speech!.sampleRateHz;
    expect(seconds / secret.length).toBeGreaterThan(0.03);
    expect(seconds / secret.length).toBeLessThan(0.2);
  },
  transcription(value) {
    const steps = value as readonly TranscriptionStep[];
    expect(steps.map(({ heard }) => heard !== undefined).indexOf(true)).toBe(steps.length - 1);
    const { language, languageProbability, segments } = steps.at(-1)!.heard!;
    expect(language).toMatch(/^[a-z]{2,3}$/);
    expect(languageProbability).toBeLessThanOrEqual(1);
    expect(segments.length).toBeGreaterThan(0);
    for (const { text, words } of segments) expect(words!.map((word) => word.text).join('')).toBe(text);
    const spans = segments.flatMap(({ words }) => words!);
    for (const [index, { startSeconds, endSeconds, probability }] of spans.entries()) {
      expect(startSeconds).toBeGreaterThanOrEqual(spans[index - 1]?.endSeconds ?? 0);
      expect(endSeconds).toBeGreaterThanOrEqual(startSeconds);
      expect(endSeconds).toBeLessThanOrEqual(1);
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThanOrEqual(1);
    }
  },
  chat(value) {
    const deltas = value as readonly ChatDelta[];
    const end = deltas.at(-1)!;
    expect(deltas.findIndex(({ type }) => type === 'chat.end')).toBe(deltas.length - 1);
    expect(end).toMatchObject({ type: 'chat.end', finishReason: 'stop', usage: { promptTokens: 11, completionTokens: deltas.length - 1 } });
    for (const delta of deltas.slice(0, -1)) expect(delta).toMatchObject({ type: 'chat.text', text: expect.stringMatching(/./) as string });
  },
  embeddings(value) {
    const { vectors, tokens } = value as { vectors: readonly Float32Array[]; tokens: number };
    expect(vectors).toHaveLength(2);
    expect(tokens).toBeGreaterThan(0);
    for (const vector of vectors) {
      expect(vector.length).toBe(vectors[0]!.length);
      expect(vector.reduce((sum, one) => sum + one * one, 0)).toBeCloseTo(1, 4);
    }
    expect([...vectors[0]!]).not.toEqual([...vectors[1]!]);
  },
  check(value) {
    expect(value).toMatchObject({ latencyMs: expect.any(Number) as number, models: expect.any(Array) as unknown[] });
    const { latencyMs, models, quota } = value as Awaited<ReturnType<Provider['check']>>;
    expect(latencyMs).toBeGreaterThanOrEqual(0);
    expect(models.length > 0 || quota !== undefined).toBe(true);
  },
};
