/** A worker's speech from text to frames on a virtual clock, with the step times that real voices took: nobody hears a gap. */
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { LoadedSpeechModel, SpeechChunk } from '../engines/kinds.ts';
import { frameMs, contextFrames, planWindows } from '../engines/kokoro/window-plan.ts';
import { createSession } from './session.ts';
import { createSpeaker } from './speak-session.ts';
import { createStepScheduler } from './step-scheduler.ts';

const rateHz = 1_000;
type Step = { readonly tookMs: number; readonly audioMs: number; readonly heldFor?: number };

/** Kokoro: 150 ms for the prosody, then so much a frame, context included. */
function kokoroSteps(seconds: number, msPerFrame: number): Step[] {
  const { windows, held } = planWindows(new Float32Array(Math.round((seconds * 1000) / frameMs)).fill(5), { msPerFrame });
  return windows.map(({ from, to }, index) => ({
    tookMs: (index === 0 ? 150 : 0) + (to - from + 2 * contextFrames) * msPerFrame,
    audioMs: (to - from) * frameMs,
    ...(index === 0 && held > 0 ? { heldFor: held } : {}),
  }));
}

/** Piper's windows of 250 ms, then twice and four times that: 60 ms for the first with all that precedes it, 7 % of their length for others. */
function piperSteps(seconds: number): Step[] {
  const lengths = [250, 500, 1_000];
  let left = seconds * 1000 - 1_750;
  for (; left > 0; left -= 1_100) lengths.push(Math.min(1_100, left));
  return lengths.map((audioMs, index) => ({ audioMs, tookMs: index === 0 ? 60 : 12 + audioMs * 0.06 }));
}

/** Speaks all streams at once on one worker. How long each waits for its first sound, and how long it is silent after that. */
async function listen(streams: readonly (readonly Step[])[]): Promise<{ firstMs: number; silentMs: number; heardMs: number }[]> {
  const clock = createVirtualClock();
  let nowMs = 0;
  const scheduler = createStepScheduler({ now: () => nowMs, breathe: () => Promise.resolve() });
  return Promise.all(streams.map(async (steps, index) => {
    const model = {
      info: { id: 'recorded', engine: 'kokoro', voices: [{ id: 'v', name: 'V', language: 'en-US', gender: 'unknown' }], sampleRateHz: rateHz, fileBytes: 0 },
      residentBytes: 0,
      executionProvider: 'cpu',
      async *synthesise(): AsyncGenerator<SpeechChunk> {
        for (const { tookMs, audioMs, heldFor } of steps) {
          nowMs += tookMs;
          yield { samples: new Float32Array(Math.round(audioMs)), sampleRateHz: rateHz, ...(heldFor === undefined ? {} : { heldFor }) };
        }
      },
      warmUp: async () => undefined,
      close: async () => undefined,
    } satisfies LoadedSpeechModel;
    const residency = { list: async () => [], acquire: async () => ({ model, release: () => undefined }), unload: async () => false, residentBytes: () => 0, limitBytes: 0, close: async () => undefined };
    const speak = createSpeaker({ residency, scheduler });
    const session = createSession({ session_id: String(index), model_id: 'recorded', options: { sample_rate_hz: 'native', frame_ms: 'chunk' } });
    let firstMs: number | undefined;
    let soundUntilMs = 0;
    let silentMs = 0;
    let heardMs = 0;
    await speak({
      session,
      sentences: (async function* () { yield { text: 'Recorded.', start: 0 }; })(),
      deadlineMs: clock.now(),
      signal: new AbortController().signal,
      send: ({ audio_data: data }) => {
        if (data.length === 0) return;
        firstMs ??= nowMs;
        if (heardMs > 0) silentMs += Math.max(0, nowMs - soundUntilMs);
        const lengthMs = (data.length / 2 / rateHz) * 1000;
        soundUntilMs = Math.max(soundUntilMs, nowMs) + lengthMs;
        heardMs += lengthMs;
      },
    });
    return { firstMs: firstMs ?? Infinity, silentMs, heardMs };
  }));
}

describe('a listener who plays what he gets at once', () => {
  it.each([[15.5, 'as measured'], [20, 'a slower core'], [26, 'slower than it plays'], [45, 'hopeless']])('hears a sentence of Kokoro without a gap at %f ms a frame (%s)', async (msPerFrame) => {
    for (const seconds of [1, 3, 5.2, 9, 14]) {
      const [heard] = await listen([kokoroSteps(seconds, msPerFrame)]);
      expect(heard).toMatchObject({ silentMs: 0, heardMs: seconds * 1000 });
    }
  });

  it('waits for no more than the first window of Kokoro where the machine keeps up', async () => {
    const [heard] = await listen([kokoroSteps(5.2, 15.5)]);
    expect(heard!.firstMs).toBeLessThanOrEqual(150 + (48 + 2 * contextFrames) * 15.5);
  });

  it('hears Piper without a gap, with seven others on the same worker', async () => {
    const heard = await listen(Array.from({ length: 8 }, (_, i) => piperSteps(4 + i)));
    expect(heard.map(({ silentMs }) => silentMs)).toEqual(Array.from({ length: 8 }, () => 0));
    expect(Math.max(...heard.map(({ firstMs }) => firstMs))).toBeLessThan(1_500);
  });
});
