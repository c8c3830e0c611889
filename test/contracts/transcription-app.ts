/** The real application with its real HTTP, and a transcription that says what a test wrote down: for what is said on the wire. */
import type { FastifyInstance } from 'fastify';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createApp } from '../../src/http/app.ts';
import { registerElevenLabsSpeechToText } from '../../src/http/elevenlabs/speech-to-text.ts';
import { registerGroqTranscriptions } from '../../src/http/groq/transcriptions.ts';
import { registerOpenAiTranscriptions } from '../../src/http/openai/transcriptions.ts';
import { createSilentLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Transcribe, TranscribeRequest, TranscriptPart, TranscriptSegment } from '../../src/transcription/transcript.ts';

export type ScriptedTranscription = {
  readonly parts?: readonly TranscriptPart[];
  readonly language?: string | undefined;
  readonly durationSeconds?: number;
  readonly insteadOf?: string;
  /** Before anything is heard. */
  readonly refusal?: Error;
  /** After the parts. */
  readonly failure?: Error;
  /** Waited for after the first part. */
  readonly pause?: Promise<void>;
};

export type HeardRequest = TranscribeRequest & { readonly bytes: Buffer; readonly left: AbortSignal };

export type TranscriptionApp = {
  readonly url: string;
  readonly port: number;
  readonly app: FastifyInstance;
  /** What is to be heard from now on. */
  readonly say: (script: ScriptedTranscription) => void;
  /** What was asked since `say`. */
  readonly asked: readonly HeardRequest[];
  /** Names of the files that lie in the folder of uploads now. */
  readonly uploads: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

export type TranscriptionAppOptions = { readonly maxBytes?: number; readonly stallTimeoutMs?: number; readonly bodyTimeoutMs?: number; readonly clock?: Clock };

export async function startTranscriptionApp({ maxBytes = 50_000_000, stallTimeoutMs = 60_000, bodyTimeoutMs = 30_000, clock }: TranscriptionAppOptions = {}): Promise<TranscriptionApp> {
  const home = await mkdtemp(join(tmpdir(), 'antiphon-uploads-'));
  const folder = join(home, 'uploads');
  let script: ScriptedTranscription = {};
  const asked: HeardRequest[] = [];

  const transcribe: Transcribe = async (request, caller) => {
    asked.push({ ...request, left: caller, bytes: await readFile(request.path) });
    const { parts = [], language = 'en', durationSeconds = 4.2, insteadOf, refusal, failure, pause } = script;
    if (refusal !== undefined) throw refusal;
    return {
      provider: 'local',
      model: 'whisper/base',
      insteadOf,
      expectedSeconds: durationSeconds,
      parts: (async function* () {
        for (const [index, part] of parts.entries()) {
          if (index === 1) await pause;
          caller.throwIfAborted();
          yield part;
        }
        if (failure !== undefined) throw failure;
      })(),
      summary: () => ({ language: 'language' in script ? script.language : language, languageProbability: 0.97, durationSeconds, speechSeconds: durationSeconds }),
    };
  };

  const options = { transcribe, uploads: { folder, maxBytes, stallTimeoutMs }, stallTimeoutMs: 60_000, ...(clock === undefined ? {} : { clock }) };
  const app = await createApp({
    server: { ...loadConfig({ environment: {} }).config.server, bodyTimeoutMs },
    metrics: createMetrics(),
    log: createSilentLogger(),
    closeAtOnce: AbortSignal.abort(),
    routes: [
      (given) => registerOpenAiTranscriptions(given, options),
      (given) => registerGroqTranscriptions(given, options),
      (given) => registerElevenLabsSpeechToText(given, options),
    ],
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    app,
    asked,
    say: (next) => {
      script = next;
      asked.length = 0;
    },
    uploads: () => readdir(folder).catch(() => []),
    close: async () => {
      await app.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Words of 0.4 s each that follow each other from `from` on, as a model writes them. */
export function segmentOf(text: string, { index = 0, from = 0 }: { readonly index?: number; readonly from?: number } = {}): TranscriptSegment {
  const written = text.match(/\s*\S+/gu) ?? [];
  const words = written.map((word, i) => ({ text: word, startSeconds: from + i * 0.4, endSeconds: from + (i + 1) * 0.4, probability: 0.5 }));
  return {
    index,
    text,
    startSeconds: from,
    endSeconds: from + written.length * 0.4,
    tokens: written.map((_, i) => 1_000 + i),
    temperature: 0.2,
    averageLogProbability: -0.25,
    compressionRatio: 1.1,
    noSpeechProbability: 0.01,
    words,
  };
}

/** One part a text, which follow each other. */
export function partsOf(...texts: readonly string[]): TranscriptPart[] {
  let from = 0;
  return texts.map((text, index) => {
    const segment = segmentOf(text, { index, from });
    from = segment.endSeconds;
    return { segments: text === '' ? [] : [segment], doneSeconds: from };
  });
}
