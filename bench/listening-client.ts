/** What the bench asks of a server that hears: recordings, spoken sentences with their times, live sound. */
import { WebSocket } from 'ws';
import { wavHeader } from '../src/audio/wav.ts';

export type TimedWord = { readonly text: string; readonly startSeconds: number; readonly endSeconds: number };

export type Spoken = {
  /** s16le, mono. */
  readonly samples: Buffer;
  readonly sampleRateHz: number;
  /** On the clock of `samples`, from the synthesiser's own durations. */
  readonly words: readonly TimedWord[];
};

type WireWord = { readonly start: number; readonly end: number; readonly start_seconds: number; readonly end_seconds: number };

export async function speakTimed(url: string, { text, model, voice, sampleRateHz }: { text: string; model: string; voice?: string; sampleRateHz?: number }): Promise<Spoken> {
  const body = { input: text, model, response_format: 'pcm', ...(voice === undefined ? {} : { voice }), ...(sampleRateHz === undefined ? {} : { sample_rate: sampleRateHz }) };
  const response = await fetch(`${url}/api/v1/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  const lines = (await response.text()).trim().split('\n').map((line) => JSON.parse(line) as { type: string; sample_rate?: number; audio?: string; sentences?: { words: WireWord[] }[] });
  const words = lines.flatMap(({ sentences = [] }) => sentences.flatMap((sentence) => sentence.words));
  return {
    samples: Buffer.concat(lines.map(({ audio = '' }) => Buffer.from(audio, 'base64'))),
    sampleRateHz: lines[0]!.sample_rate!,
    words: words.map(({ start, end, start_seconds: startSeconds, end_seconds: endSeconds }) => ({ text: text.slice(start, end), startSeconds, endSeconds })),
  };
}

export function toWav({ samples, sampleRateHz }: Pick<Spoken, 'samples' | 'sampleRateHz'>): Buffer {
  return Buffer.concat([wavHeader({ sampleRateHz, dataBytes: samples.length }), samples]);
}

export type HeardRecording = { readonly text: string; readonly words: readonly TimedWord[]; readonly tookMs: number };

/** By OpenAI's route, as clients send it. */
export async function transcribe(url: string, wav: Buffer, { model = 'base', words = false }: { model?: string; words?: boolean } = {}): Promise<HeardRecording> {
  const form = new FormData();
  form.set('model', model);
  form.set('language', 'en');
  if (words) {
    form.set('response_format', 'verbose_json');
    form.append('timestamp_granularities[]', 'word');
  }
  form.set('file', new Blob([new Uint8Array(wav)]), 'recording.wav');
  const startedMs = performance.now();
  const response = await fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', body: form });
  if (!response.ok) throw new Error(await response.text());
  const answer = (await response.json()) as { text: string; words?: { word: string; start: number; end: number }[] };
  return { text: answer.text, words: (answer.words ?? []).map(({ word, start, end }) => ({ text: word, startSeconds: start, endSeconds: end })), tookMs: performance.now() - startedMs };
}

export type LiveHearing = {
  /** Each as it became final, with when, in milliseconds since the first sound was sent. */
  readonly finals: readonly (TimedWord & { readonly atMs: number })[];
  /** Words that were final and are not in the utterance that they belonged to. */
  readonly takenBack: number;
};

type LiveMessage =
  | { readonly type: 'words'; readonly utterance: number; readonly final: readonly { text: string; start: number; end: number }[] }
  | { readonly type: 'utterance'; readonly utterance: number; readonly words: readonly { text: string; start: number; end: number }[] }
  | { readonly type: 'started' | 'speech_started' | 'speech_ended' }
  | { readonly type: 'error'; readonly message: string };

const chunkMs = 20;

/** Sends the sound as it would be spoken, and waits for its last word. */
export function listenLive(url: string, { samples, sampleRateHz }: Pick<Spoken, 'samples' | 'sampleRateHz'>): Promise<LiveHearing> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/listen`);
    const finals: (TimedWord & { atMs: number; utterance: number })[] = [];
    let takenBack = 0;
    let startedMs = 0;
    socket.on('open', () => socket.send(JSON.stringify({ type: 'start', model: 'base', language: 'en', sample_rate: sampleRateHz })));
    socket.on('error', reject);
    socket.on('close', () => resolve({ finals, takenBack }));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as LiveMessage;
      const atMs = performance.now() - startedMs;
      if (message.type === 'started') void send();
      if (message.type === 'error') reject(new Error(message.message));
      if (message.type === 'words') finals.push(...message.final.map((word) => toFinal(word, { atMs, utterance: message.utterance })));
      if (message.type !== 'utterance') return;
      const known = finals.filter(({ utterance }) => utterance === message.utterance);
      takenBack += known.filter(({ text }, index) => message.words[index]?.text !== text).length;
      finals.push(...message.words.slice(known.length).map((word) => toFinal(word, { atMs, utterance: message.utterance })));
    });

    async function send(): Promise<void> {
      startedMs = performance.now();
      const bytes = Math.round((sampleRateHz * chunkMs) / 1000) * 2;
      for (let at = 0, sent = 0; at < samples.length; at += bytes) {
        const dueMs = (sent += chunkMs) - (performance.now() - startedMs);
        if (dueMs > 0) await new Promise((wake) => { setTimeout(wake, dueMs); });
        socket.send(samples.subarray(at, at + bytes));
      }
      socket.send(JSON.stringify({ type: 'finish' }));
    }
  });
}

function toFinal({ text, start, end }: { text: string; start: number; end: number }, more: { atMs: number; utterance: number }) {
  return { text, startSeconds: start, endSeconds: end, ...more };
}
