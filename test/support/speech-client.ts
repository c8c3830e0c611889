/** What tests ask of a running server, without a vendor's client in between. */
import { request, type IncomingMessage } from 'node:http';

export type SpeechAnswer = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  /** False where the body broke off before its end. */
  readonly complete: boolean;
};

export type OpenSpeech = {
  /** Resolves with the first bytes of the body; rejects where there are none. */
  readonly begun: Promise<void>;
  /** Resolves with all there was, complete or not; rejects where the connection gave no answer at all. */
  readonly answer: Promise<SpeechAnswer>;
  /** Drops the connection. */
  readonly leave: () => void;
  readonly received: () => number;
};

export type AskOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Reads nothing until the promise resolves. */
  readonly readAfter?: Promise<void>;
};

/** Opens one request on a connection of its own. */
export function openSpeech(url: string, body: Readonly<Record<string, unknown>>, { headers = {}, readAfter }: AskOptions = {}): OpenSpeech {
  const begun = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<SpeechAnswer>();
  begun.promise.catch(() => undefined);
  answer.promise.catch(() => undefined);
  const parts: Buffer[] = [];
  const call = request(`${url}/v1/audio/speech`, { method: 'POST', agent: false, headers: { 'content-type': 'application/json', ...headers } }, (response) => {
    const settle = () => {
      begun.reject(new Error('The body was empty.'));
      answer.resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(parts), complete: response.complete });
    };
    const read = () => {
      response.on('data', (part: Buffer) => { parts.push(part); begun.resolve(); });
    };
    response.on('error', settle).on('close', settle);
    if (readAfter === undefined) read();
    else void readAfter.then(read);
  });
  call.on('error', (error) => { begun.reject(error); answer.reject(error); });
  call.end(JSON.stringify({ model: 'tts-1', response_format: 'pcm', ...body }));
  return { begun: begun.promise, answer: answer.promise, leave: () => call.destroy(), received: () => parts.reduce((sum, { length }) => sum + length, 0) };
}

export async function speak(url: string, body: Readonly<Record<string, unknown>>, options?: AskOptions): Promise<SpeechAnswer> {
  return openSpeech(url, body, options).answer;
}

export type QueueEntry = { readonly id: string; readonly kind: string; readonly phase: string; readonly voice: string | null; readonly model: string; readonly audio_seconds: number };
export type Queue = { readonly waiting_sentences: number; readonly open_streams: Readonly<Record<string, number>>; readonly requests: readonly QueueEntry[] };

export async function queueOf(url: string): Promise<Queue> {
  return (await fetch(`${url}/api/v1/requests`)).json() as Promise<Queue>;
}

export async function streamsOpen(url: string): Promise<number> {
  return Object.values((await queueOf(url)).open_streams).reduce((sum, count) => sum + count, 0);
}

export type Health = { readonly status: string; readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>> };

export async function healthOf(url: string): Promise<Health> {
  return (await fetch(`${url}/health`)).json() as Promise<Health>;
}

/** Several sentences, about 55 characters and 3.5 s each. */
export function longText(sentences: number): string {
  return Array.from({ length: sentences }, (_, index) => `Sentence number ${index + 1} of this text is here to take some time.`).join(' ');
}
