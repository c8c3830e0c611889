/** A worker's speech from text to frames on a virtual clock, with the step times that real voices took: nobody hears a gap. */
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { Listener, LoadedSpeechModel, SpeechChunk } from '../engines/kinds.ts';
import { createDecoderPace, type DecoderPace } from '../engines/kokoro/decoder-pace.ts';
import { frameMs, contextFrames, createWindowPlan } from '../engines/kokoro/window-plan.ts';
import { createSession } from './session.ts';
import { createSpeaker } from './speak-session.ts';
import { createStepScheduler } from './step-scheduler.ts';

const rateHz = 1_000;
type Step = { readonly audioMs: number; readonly isHeld?: boolean };
/** The steps of one sentence; each passes its time before it is yielded. */
type Sentence = (pass: (durationMs: number) => void, listener?: Listener) => Iterable<Step>;
/** What the decoder takes for a frame in its next step. */
type Machine = () => number;

/** Milliseconds a frame on one core that nobody else uses; a frame lasts 25. */
const measuredMs = 15.5;
const proseMs = 150;

/** As a worker that has spoken before: eight steps of the machine are known. */
function warmPace(machine: Machine): DecoderPace {
  const pace = createDecoderPace();
  for (let step = 0; step < 8; step++) pace.observe(1, machine());
  return pace;
}

/** A sentence of Kokoro: its prosody, then windows as they are planned on this machine. */
function kokoro(seconds: number, machine: Machine, pace = warmPace(machine)): Sentence {
  return function* (pass, listener) {
    pass(proseMs);
    const plan = createWindowPlan({ energy: new Float32Array(Math.round((seconds * 1000) / frameMs)).fill(5), pace: pace.now, listener });
    for (let window = plan.next(); window !== undefined; window = plan.next()) {
      const frames = window.to - window.from + 2 * contextFrames;
      const tookMs = frames * machine();
      pass(tookMs);
      pace.observe(frames, tookMs);
      yield { audioMs: (window.to - window.from) * frameMs, isHeld: !plan.mayBeHeard() };
    }
  };
}

/** Piper's windows of 250 ms, then twice and four times that: 60 ms for the first with all that precedes it, 7 % of their length for others. */
function piper(seconds: number): Sentence {
  const lengths = [250, 500, 1_000];
  let left = seconds * 1000 - 1_750;
  for (; left > 0; left -= 1_100) lengths.push(Math.min(1_100, left));
  return function* (pass) {
    for (const [index, audioMs] of lengths.entries()) {
      pass(index === 0 ? 60 : 12 + audioMs * 0.06);
      yield { audioMs };
    }
  };
}

const steady = (msPerFrame: number): Machine => () => msPerFrame;

/** Steps that take 5 % less to 15 % more than measured, the same ones for the same seed (Lehmer's generator). */
function noisy(seed: number): Machine {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return measuredMs * (0.95 + 0.2 * (state / 2_147_483_647));
  };
}

/** Like another, but that step `at` takes 40 % more than any before it. */
function stumbling(machine: Machine, at: number): Machine {
  let longest = 0;
  let step = 0;
  return () => {
    const ms = step++ === at ? longest * 1.4 : machine();
    longest = Math.max(longest, ms);
    return ms;
  };
}

/** Like another, until from step `at` on somebody else takes a part of the core. */
function robbed(machine: Machine, { at, share }: { at: number; share: number }): Machine {
  let step = 0;
  return () => machine() / (step++ < at ? 1 : 1 - share);
}

type Heard = { readonly firstMs: number; readonly silentMs: number; readonly heardMs: number };

/** Speaks all streams at once on one worker. How long each waits for its first sound, and how long it is silent after that. */
async function listen(streams: readonly (readonly Sentence[])[]): Promise<readonly Heard[]> {
  const clock = createVirtualClock();
  let nowMs = 0;
  const pass = (durationMs: number) => { nowMs += durationMs; };
  const scheduler = createStepScheduler({ now: () => nowMs, breathe: () => Promise.resolve() });
  return Promise.all(streams.map(async (sentences, index) => {
    const model = {
      info: { id: 'recorded', engine: 'kokoro', voices: [{ id: 'v', name: 'V', language: 'en-US', gender: 'unknown' }], sampleRateHz: rateHz, fileBytes: 0, revision: '1' },
      residentBytes: 0,
      executionProvider: 'cpu',
      async *synthesise({ text, listener }): AsyncGenerator<SpeechChunk> {
        for (const { audioMs, isHeld = false } of sentences[Number(text)]!(pass, listener)) {
          yield { samples: new Float32Array(Math.round(audioMs)), sampleRateHz: rateHz, isHeld };
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
      sentences: (async function* () { for (const number of sentences.keys()) yield { text: String(number), start: 0 }; })(),
      deadlineMs: clock.now(),
      laneWeight: 1,
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

const lengthsSeconds = [1, 3, 5.2, 9, 14];
const seeds = Array.from({ length: 40 }, (_, i) => i * 7919 + 1);
const firstWindowMs = proseMs + (48 + 2 * contextFrames) * measuredMs;

describe('a listener who plays what he gets at once', () => {
  it.each([[measuredMs, 'as measured'], [20, 'a slower core'], [26, 'slower than it plays'], [45, 'hopeless']])('hears a sentence of Kokoro without a gap at %f ms a frame (%s)', async (msPerFrame) => {
    for (const seconds of lengthsSeconds) {
      const [heard] = await listen([[kokoro(seconds, steady(msPerFrame))]]);
      expect(heard).toMatchObject({ silentMs: 0, heardMs: seconds * 1000 });
    }
  });

  it('waits for no more than the first window of Kokoro where the machine keeps up, however its steps vary', async () => {
    for (const seed of seeds) {
      const [heard] = await listen([[kokoro(5.2, noisy(seed))]]);
      expect(heard!.firstMs).toBeLessThanOrEqual(firstWindowMs * 1.15);
    }
  });

  it('hears no gap where steps vary, nor where one of them takes 40 % more than any before it', async () => {
    for (const seed of seeds) {
      for (const seconds of lengthsSeconds) {
        const [heard] = await listen([[kokoro(seconds, stumbling(noisy(seed), 8 + (seed % 7)))]]);
        expect(heard).toMatchObject({ silentMs: 0, heardMs: seconds * 1000 });
      }
    }
  });

  it('hears no gap where from some step on a sixth of the core is taken away', async () => {
    for (const seed of seeds) {
      const [heard] = await listen([[kokoro(5.2, robbed(noisy(seed), { at: 9 + (seed % 4), share: 1 / 6 }))]]);
      expect(heard).toMatchObject({ silentMs: 0 });
    }
  });

  it('hears no gap between sentences of a text, either', async () => {
    for (const seed of seeds) {
      const machine = stumbling(noisy(seed), 8 + (seed % 20));
      const pace = warmPace(machine);
      const [heard] = await listen([[1.2, 5.2, 3, 9].map((seconds) => kokoro(seconds, machine, pace))]);
      expect(heard).toMatchObject({ silentMs: 0 });
    }
  });

  it('hears no gap where two share a worker, which then begins to speak later', async () => {
    for (const msPerFrame of [6, 8, measuredMs, 20]) {
      const machine = steady(msPerFrame);
      const pace = warmPace(machine);
      const heard = await listen([[kokoro(5.2, machine, pace)], [kokoro(7, machine, pace)]]);
      expect(heard.map(({ silentMs }) => silentMs)).toEqual([0, 0]);
    }
  });

  it('hears Piper without a gap, with seven others on the same worker', async () => {
    const heard = await listen(Array.from({ length: 8 }, (_, i) => [piper(4 + i)]));
    expect(heard.map(({ silentMs }) => silentMs)).toEqual(Array.from({ length: 8 }, () => 0));
    expect(Math.max(...heard.map(({ firstMs }) => firstMs))).toBeLessThan(1_500);
  });
});
