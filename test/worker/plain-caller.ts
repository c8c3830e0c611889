/** A worker process on its own and a plain gRPC client for it, which knows nothing but the published protocol. */
import { loadPackageDefinition, type Client, type ClientDuplexStream, type GrpcObject, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** A proto file as gRPC sees it. */
export const load = (file: string) => loadPackageDefinition(loadSync(join(root, file), { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true }));
export const TtsService = (load('proto/tts.proto')['tts'] as GrpcObject)['TTSService'] as ServiceClientConstructor;

export type Frame = { session_id: string; audio_data: Buffer; sample_rate: number; frame_duration_ms: number; sequence_number: number; is_final: boolean; timings: Timing[] };
export type Timing = { symbol: string; text_start: number; text_end: number; start_sample: number; end_sample: number };
export type TextChunk = { session_id?: string; text?: string; is_final?: boolean; start?: object; sequence_number?: number; whole_sentence?: boolean; pronunciations?: { start: number; end: number; ipa: string }[] };
export type Model = { model_id: string; voices: string[]; loaded: boolean; resident_bytes: number; execution_provider: string; sample_rate: number; voice_details: { id: string; language: string }[]; changes_pitch: boolean; tells_timings: boolean };

export type Worker = { readonly address: string; readonly stop: () => Promise<number | null>; readonly output: () => string };

export async function startWorker(env: Readonly<Record<string, string>> = {}): Promise<Worker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'antiphon-test-'));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/cli/main.ts'), 'worker', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ANTIPHON_DATA_DIR: dataDir, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
  const exited = once(child, 'exit');
  const address = await until('the worker listens', () => /listens on (\S+:\d+)\./.exec(output)?.[1]);
  return {
    address,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      await rm(dataDir, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}

export type Call = { readonly send: (chunk: TextChunk) => void; readonly finish: () => void; readonly frames: Frame[]; readonly ended: Promise<ServiceError | undefined>; readonly stream: ClientDuplexStream<TextChunk, Frame> };

export function createCaller(client: Client) {
  const methods = client as unknown as Record<string, (request: unknown, callback: (error: ServiceError | null, response: unknown) => void) => void>;
  const ask = <Response = Record<string, unknown>>(method: string, request: object = {}) => new Promise<Response>((resolve, reject) => {
    methods[method]!.call(client, request, (error, response) => (error ? reject(error) : resolve(response as Response)));
  });
  const refusal = async (method: string, request: object) => {
    const outcome: unknown = await ask(method, request).catch((error: unknown) => error);
    const { code, details, metadata } = outcome as ServiceError;
    return { code, details, antiphonCode: metadata?.get('antiphon-error-code')[0] };
  };
  function open({ read = true } = {}): Call {
    const stream = (client as unknown as { Synthesize: () => ClientDuplexStream<TextChunk, Frame> }).Synthesize();
    const frames: Frame[] = [];
    const ended = new Promise<ServiceError | undefined>((resolve) => { stream.once('error', resolve).once('end', () => resolve(undefined)); });
    if (read) stream.on('data', (frame: Frame) => frames.push(frame));
    return { send: (chunk) => stream.write(chunk), finish: () => stream.end(), frames, ended, stream };
  }
  return { ask, refusal, open };
}

/** The Piper voice that tests speak with. */
export const piper = 'piper/en_US-joe-medium';
