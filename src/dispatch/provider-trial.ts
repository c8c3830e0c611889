/** One tiny call of a kind, outside of chains and breakers: does the provider really do what it is configured for. */
import type { Clock } from '../clock.ts';
import { hearingRateHz } from '../engines/kinds.ts';
import type { Provider } from '../engines/providers/provider.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { WorkKind } from './fallback.ts';
import type { ProviderEntry } from './provider-roster.ts';

export type Trial = {
  readonly kind: WorkKind;
  readonly model: string;
  readonly latencyMs: number;
  /** undefined: it went well. */
  readonly error: AntiphonError | undefined;
};

export type TrialOptions = { readonly entry: ProviderEntry; readonly kind: WorkKind; readonly clock: Clock; readonly signal: AbortSignal };

/** For one call in all. */
const limitMs = 30_000;

/** Errors: the signal's reason; what goes wrong with the provider is part of the answer. */
export async function tryProvider({ entry, kind, clock, signal }: TrialOptions): Promise<Trial> {
  const model = entry.settings.models[kind] ?? '';
  const startedMs = clock.now();
  const over = new AbortController();
  const own = AbortSignal.any([signal, over.signal]);
  const late = new AntiphonError('provider_timeout', `${entry.id} did not finish a tiny ${kind} call within ${limitMs / 1000} s.`);
  const watch = new AbortController();
  clock.sleep(limitMs, watch.signal).then(() => over.abort(late), () => undefined);
  let error: AntiphonError | undefined;
  try {
    await calls[kind](entry, model, own);
  } catch (thrown) {
    signal.throwIfAborted();
    error = toAntiphonError(thrown);
  } finally {
    watch.abort();
  }
  return { kind, model, latencyMs: clock.now() - startedMs, error };
}

const calls: Readonly<Record<WorkKind, (entry: ProviderEntry, model: string, signal: AbortSignal) => Promise<void>>> = {
  speech: async ({ id, provider, settings }, model, signal) => {
    const speech = required(provider.speech, id, 'speech');
    for await (const { samples } of speech.synthesise(model, { text: 'Hello.', voice: settings.defaultVoice, speed: 1 }, signal)) if (samples.length > 0) return;
    throw silent(id, 'sound');
  },
  transcription: async ({ id, provider }, model, signal) => {
    const hearing = required(provider.transcription, id, 'transcription');
    for await (const { heard } of hearing.transcribe(model, { samples: quietTone(), task: 'transcribe', words: false }, signal)) if (heard !== undefined) return;
    throw silent(id, 'transcript');
  },
  chat: async ({ id, provider }, model, signal) => {
    const source = required(provider.chat, id, 'conversations')(model);
    for await (const delta of source.chat({ messages: [{ role: 'user', content: 'Say OK.' }], maxTokens: 16 }, signal)) if (delta.type === 'chat.end') return;
    throw silent(id, 'end of its answer');
  },
  embeddings: async ({ id, provider }, model, signal) => {
    const { vectors } = await required(provider.embeddings, id, 'embeddings')(model).embed(['hello'], signal);
    if (vectors.length !== 1) throw silent(id, 'vector');
  },
};

/** A second of something that is sound and no speech. */
function quietTone(): Float32Array {
  return Float32Array.from({ length: hearingRateHz }, (_, index) => 0.05 * Math.sin((2 * Math.PI * 220 * index) / hearingRateHz));
}

function required<Part>(part: Part | undefined, id: string, what: string): Part {
  if (part !== undefined) return part;
  throw new AntiphonError('provider_unknown', `${id} does no ${what}.`, { param: 'kinds' });
}

function silent(id: Provider['id'], what: string): AntiphonError {
  return new AntiphonError('provider_failed', `${id} answered without a ${what}.`);
}
