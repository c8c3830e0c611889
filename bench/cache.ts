/** What a kept sentence saves: the first sound of what was spoken before, beside that of what was not. */
import type { BenchOptions, Figure } from './main.ts';
import { startAntiphon } from './processes.ts';
import { speakOnce, type SpeechTarget } from './speech-client.ts';
import { milliseconds, p50, p99 } from './statistics.ts';
import { sentences } from './texts.ts';

export async function benchCache({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const server = await startAntiphon({ ANTIPHON_CACHE_ENABLED: 'true' });
  try {
    const target: SpeechTarget = { url: `${server.url}/v1/audio/speech`, sampleRateHz: 22_050, body: (input) => JSON.stringify({ model: 'tts-1', voice: 'alloy', input, response_format: 'wav' }) };
    const texts = sentences.slice(0, quick ? 5 : 20);
    await speakOnce(target, 'A sentence to warm up with, said by nobody else.');
    const made: number[] = [];
    for (const text of texts) made.push((await speakOnce(target, text)).firstAudioMs);
    // What was made is on the disk a moment later.
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    const kept: number[] = [];
    for (let round = 0; round < (quick ? 20 : 50); round++) for (const text of texts) kept.push((await speakOnce(target, text)).firstAudioMs);
    return [
      { what: `first audio of a sentence that was kept (${kept.length} requests, one at a time)`, value: `p50 ${milliseconds(p50(kept))}, p99 ${milliseconds(p99(kept))}`, aim: 'p50 ≤ 8 ms, p99 ≤ 20 ms', met: p50(kept) <= 8 && p99(kept) <= 20 },
      { what: `the same, made (${made.length} requests)`, value: `p50 ${milliseconds(p50(made))} = ${(p50(made) / p50(kept)).toFixed(0)} × as long`, aim: '', met: undefined },
    ];
  } finally {
    await server.stop();
  }
}
