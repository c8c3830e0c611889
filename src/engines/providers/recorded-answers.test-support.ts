/** A provider's adapter over a server that answers with the files of fixtures/. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { startMisbehavingProvider, type MisbehavingProvider } from '../../../test/support/misbehaving-provider.ts';
import { hearingRateHz, type ChatDelta, type ChatMessage, type ChatRequest, type HeardSpeech, type TranscriptionRequest } from '../kinds.ts';
import { createProvider } from './create-provider.ts';
import type { Provider, ProviderType } from './provider.ts';

export type RecordedAnswers = {
  readonly server: MisbehavingProvider;
  readonly provider: Provider;
  /** The next request is answered with this file of the protocol's folder. */
  readonly next: (file: string, status?: number, headers?: Readonly<Record<string, string>>) => Promise<void>;
};

const contentTypes: Readonly<Record<string, string>> = { '.json': 'application/json', '.sse': 'text/event-stream; charset=utf-8' };

export async function startRecordedAnswers(type: ProviderType): Promise<RecordedAnswers> {
  const server = await startMisbehavingProvider();
  const provider = createProvider({ id: 'somebody', type, baseUrl: server.baseUrl(type), key: async () => 'sk-recorded', answerTimeoutMs: 20_000, stallTimeoutMs: 20_000, fetch });
  return {
    server,
    provider,
    async next(file, status = 200, headers = {}) {
      const bytes = await readFile(new URL(`fixtures/${type}/${file}`, import.meta.url));
      const contentType = contentTypes[extname(file)]!;
      if (status === 200) server.script({ kind: 'bytes', contentType, pieces: [bytes] });
      else server.script({ kind: 'status', status, headers, contentType, body: bytes.toString('utf8') });
    },
  };
}

export const question: readonly ChatMessage[] = [{ role: 'user', content: 'How do you do on such a morning?' }];

export async function converse(provider: Provider, request: Partial<ChatRequest> = {}): Promise<{ readonly text: string; readonly end: ChatDelta | undefined }> {
  const deltas = await Array.fromAsync(provider.chat!('some-model').chat({ messages: question, ...request }, new AbortController().signal));
  return { text: deltas.map((delta) => (delta.type === 'chat.text' ? delta.text : '')).join(''), end: deltas.at(-1) };
}

export async function hear(provider: Provider, { seconds = 10, model = 'some-model', ...request }: Partial<TranscriptionRequest> & { readonly seconds?: number; readonly model?: string } = {}): Promise<HeardSpeech> {
  const samples = new Float32Array(seconds * hearingRateHz);
  const steps = await Array.fromAsync(provider.transcription!.transcribe(model, { samples, task: 'transcribe', words: false, ...request }, new AbortController().signal));
  return steps.at(-1)!.heard!;
}

export async function speak(provider: Provider, { model = 'some-model', ...request }: Partial<Parameters<NonNullable<Provider['speech']>['synthesise']>[1]> & { readonly model?: string } = {}): Promise<number[]> {
  const samples: number[] = [];
  for await (const chunk of provider.speech!.synthesise(model, { text: 'Good morning to all of you.', voice: 'alloy', speed: 1, ...request }, new AbortController().signal)) samples.push(...chunk.samples);
  return samples;
}
