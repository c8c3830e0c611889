/** The microphone's sound to the server while it is spoken, and what is heard of it back, over a WebSocket. */
import * as z from 'zod/mini';
import { keyProtocols } from '../access/page-key.ts';
import { ApiFailure, check } from '../api.ts';
import { toWavFile } from '../audio/wav-file.ts';
import { captureProcessorName, type CapturedSamples } from './capture-messages.ts';
// oxlint-disable-next-line import/default -- Vite makes the module of it: the address of the bundled worklet.
import workletUrl from './capture-worklet.ts?worker&url';
import { closeMicrophone } from './microphone.ts';
import type { ListenOptions } from './transcription-api.ts';

const wordSchema = z.object({ text: z.string(), start: z.number(), end: z.number() });

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), model: z.string() }),
  z.object({ type: z.literal('speech_started'), at_seconds: z.number() }),
  z.object({ type: z.literal('speech_ended'), at_seconds: z.number() }),
  z.object({ type: z.literal('words'), utterance: z.number(), final: z.array(wordSchema), pending: z.array(wordSchema) }),
  z.object({ type: z.literal('utterance'), utterance: z.number(), text: z.string(), words: z.array(wordSchema), start: z.number(), end: z.number(), language: z.nullish(z.string()) }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);

/** Words of `final` are new, and never taken back; an utterance holds all of its words. */
export type LiveEvent = Exclude<z.infer<typeof messageSchema>, { type: 'error' }>;

export type LiveHearing = {
  /** Closes the microphone; the rest is still heard. */
  readonly finish: () => void;
  /** With the sound, once all of it was heard. Errors: ApiFailure. */
  readonly ended: Promise<Blob>;
};

export type HearLiveOptions = {
  /** Closed here in any case. */
  readonly microphone: MediaStream;
  readonly options: ListenOptions;
  readonly signal: AbortSignal;
  readonly onEvent: (event: LiveEvent) => void;
  /** So much was recorded; about once a second. */
  readonly onSeconds: (seconds: number) => void;
};

/** The most that the server takes. */
const highestRateHz = 48_000;
/** A connection that lags behind so far will not catch up. */
const mostUnsentSeconds = 30;
const normalClosure = 1000;

export async function hearLive({ microphone, options, signal, onEvent, onSeconds }: HearLiveOptions): Promise<LiveHearing> {
  const ended = Promise.withResolvers<Blob>();
  const kept: Int16Array<ArrayBuffer>[] = [];
  let keptSamples = 0;
  let isFinished = false;
  let socket: WebSocket | undefined;
  const context = openContext();
  // Held here, or the browser would clear it away while it is at work.
  let source: MediaStreamAudioSourceNode | undefined;

  function close(): void {
    closeMicrophone(microphone);
    if (context.state !== 'closed') void context.close();
    socket?.close(normalClosure);
  }
  function fail(thrown: unknown): void {
    ended.reject(thrown);
    close();
  }
  function take({ samples }: CapturedSamples): void {
    if (isFinished || socket?.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > mostUnsentSeconds * context.sampleRate * samples.BYTES_PER_ELEMENT) return fail(new ApiFailure('connection_cut', 'The connection to the server is too slow to listen live.'));
    const before = Math.floor(keptSamples / context.sampleRate);
    kept.push(samples);
    keptSamples += samples.length;
    socket.send(samples);
    if (Math.floor(keptSamples / context.sampleRate) !== before) onSeconds(keptSamples / context.sampleRate);
  }
  function finish(): void {
    if (isFinished) return;
    isFinished = true;
    source?.disconnect();
    closeMicrophone(microphone);
    socket?.send(JSON.stringify({ type: 'finish' }));
  }

  ended.promise.catch(() => undefined);
  signal.addEventListener('abort', () => fail(signal.reason), { once: true });
  try {
    signal.throwIfAborted();
    await context.audioWorklet.addModule(workletUrl);
    socket = await openSocket(signal);
  } catch (thrown) {
    fail(thrown);
    return { finish, ended: ended.promise };
  }
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    try {
      const message = readMessage(data);
      if (message.type === 'error') fail(new ApiFailure(message.code, message.message));
      else onEvent(message);
    } catch (thrown) {
      fail(thrown);
    }
  });
  socket.addEventListener('close', ({ code }) => {
    if (isFinished && code === normalClosure) ended.resolve(toWavFile(joined(kept, keptSamples), context.sampleRate));
    fail(new ApiFailure('connection_cut', 'The connection was cut while listening.'));
  });
  const { model, language, prompt } = options;
  socket.send(JSON.stringify({ type: 'start', model, sample_rate: context.sampleRate, ...(language === '' ? {} : { language }), ...(prompt.trim() === '' ? {} : { prompt: prompt.trim() }) }));
  const node = new AudioWorkletNode(context, captureProcessorName, { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
  node.port.onmessage = (event: MessageEvent<CapturedSamples>) => take(event.data);
  source = context.createMediaStreamSource(microphone);
  source.connect(node);
  void context.resume();
  // Unplugged, or taken away by the system: what was said is still heard to its end.
  microphone.getAudioTracks()[0]?.addEventListener('ended', finish);
  return { finish, ended: ended.promise };
}

/** At the device's own rate, since some browsers refuse any other for a microphone; the server resamples. */
function openContext(): AudioContext {
  const context = new AudioContext();
  if (context.sampleRate <= highestRateHz) return context;
  void context.close();
  return new AudioContext({ sampleRate: highestRateHz });
}

async function openSocket(signal: AbortSignal): Promise<WebSocket> {
  const address = new URL('/api/v1/listen', window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address, keyProtocols());
  socket.binaryType = 'arraybuffer';
  await new Promise<void>((resolve, reject) => {
    const settled = new AbortController();
    socket.addEventListener('open', () => { settled.abort(); resolve(); }, { signal: settled.signal });
    socket.addEventListener('error', () => { settled.abort(); reject(new ApiFailure('unreachable', 'The server does not listen live. Is it still running?')); }, { signal: settled.signal });
    signal.addEventListener('abort', () => { settled.abort(); socket.close(); reject(signal.reason); }, { signal: settled.signal });
  });
  return socket;
}

function readMessage(data: unknown): z.infer<typeof messageSchema> {
  try {
    return check(messageSchema, JSON.parse(String(data)));
  } catch (thrown) {
    if (thrown instanceof ApiFailure) throw thrown;
    throw new ApiFailure('answer_unreadable', 'The server’s answer could not be read.');
  }
}

function joined(parts: readonly Int16Array<ArrayBuffer>[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(all.buffer);
}
