/** A client that measures: when the first audio came, how much there was, and what load of many of them does. */
import { request } from 'node:http';

export type SpokenResponse = {
  /** From sending the request to the first byte behind the WAV header. */
  readonly firstAudioMs: number;
  readonly totalMs: number;
  readonly audioSeconds: number;
  /** How long one who plays at once what has come hears nothing, after the first sound. */
  readonly silentMs: number;
};

export type SpeechTarget = {
  readonly url: string;
  readonly body: (text: string) => string;
  readonly sampleRateHz: number;
};

const wavHeaderBytes = 44;

/** Reads one WAV answer to its end. `bytesPerSecond` makes it a slow reader. */
export function speakOnce(target: SpeechTarget, text: string, bytesPerSecond?: number, signal?: AbortSignal): Promise<SpokenResponse> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const call = request(target.url, { method: 'POST', headers: { 'content-type': 'application/json' }, ...(signal ? { signal } : {}) }, (answer) => {
      let bytes = 0;
      let firstAudioMs = Number.NaN;
      let silentMs = 0;
      let soundUntilMs = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        const nowMs = performance.now() - startedMs;
        if (bytes > wavHeaderBytes) {
          if (Number.isNaN(firstAudioMs)) firstAudioMs = soundUntilMs = nowMs;
          silentMs += Math.max(0, nowMs - soundUntilMs);
          soundUntilMs = Math.max(soundUntilMs, nowMs) + (chunk.length / 2 / target.sampleRateHz) * 1000;
        }
        if (bytesPerSecond === undefined) return;
        answer.pause();
        setTimeout(() => answer.resume(), (chunk.length / bytesPerSecond) * 1000).unref();
      });
      answer.on('end', () => {
        if (answer.statusCode !== 200) reject(new Error(`HTTP ${answer.statusCode} from ${target.url}`));
        else resolve({ firstAudioMs, totalMs: performance.now() - startedMs, audioSeconds: (bytes - wavHeaderBytes) / 2 / target.sampleRateHz, silentMs });
      });
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end(target.body(text));
  });
}

export type LoadResult = { readonly firstAudioMs: readonly number[]; readonly silentMs: readonly number[]; readonly audioSecondsPerSecond: number };

/** `clients` of them begin together and each asks `rounds` times, one after the other. */
export async function load(target: SpeechTarget, texts: readonly string[], { clients, rounds }: { clients: number; rounds: number }): Promise<LoadResult> {
  const startedMs = performance.now();
  const responses = (await Promise.all(Array.from({ length: clients }, async (_, client) => {
    const own: SpokenResponse[] = [];
    for (let round = 0; round < rounds; round++) own.push(await speakOnce(target, texts[(client + round * clients) % texts.length]!));
    return own;
  }))).flat();
  const seconds = (performance.now() - startedMs) / 1000;
  return { firstAudioMs: responses.map(({ firstAudioMs }) => firstAudioMs), silentMs: responses.map(({ silentMs }) => silentMs), audioSecondsPerSecond: responses.reduce((sum, { audioSeconds }) => sum + audioSeconds, 0) / seconds };
}
