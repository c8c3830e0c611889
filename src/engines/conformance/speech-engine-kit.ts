/**
 * The suite that every speech engine passes, the scripted fake included: what engines/kinds.ts promises, as tests.
 * Call describeSpeechEngine from a test file beside the engine.
 */
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PcmChunk } from '../../audio/pcm.ts';
import type { LoadedSpeechModel, SpeechEngine } from '../kinds.ts';

export type SpeechEngineUnderTest = {
  readonly engine: SpeechEngine;
  /** A model that `engine` can load. */
  readonly modelId: string;
  /** An engine that lists a model whose file is truncated; left out where models have no files. */
  readonly damaged?: { readonly engine: SpeechEngine; readonly modelId: string };
  /** Inference steps begun so far, where the engine can tell; then "no inference after an abort" is checked too. */
  readonly stepsBegun?: () => number;
  /** True where the same request gives the same samples each time; then interleaved streams must match bit by bit. */
  readonly isDeterministic?: boolean;
};

export type SpeechEngineKitOptions = {
  readonly name: string;
  readonly create: () => Promise<SpeechEngineUnderTest>;
  /** A sentence of 60 to 150 characters in the language of the model's first voice. */
  readonly sampleText: string;
  /** Why the suite cannot run here (a model is not on this machine). */
  readonly skip?: string | undefined;
  /** Limit of one test. Default 60,000. */
  readonly timeoutMs?: number;
};

const oddTexts = [
  'A\u0301e\u0300 n\u0303o\u0308',
  'Zażółć gęślą jaźń',
  'שלום, مرحبا',
  '👩‍👩‍👧 and 🏳️‍🌈',
  'ＦＵＬＬ　ｗｉｄｔｈ',
  '你好世界',
  'x\u200By\u00ADz \u202Eabc\u202C',
  'a' + '\u0301'.repeat(50),
  '3.14159 + $5 = ½ ≠ ∞ %',
  '<b>bold</b> & [[ ]] {x} `code`',
];

export function describeSpeechEngine(options: SpeechEngineKitOptions): void {
  const { name, sampleText } = options;
  if (options.skip !== undefined) {
    describe.skip(`${name} as a speech engine (skipped: ${options.skip})`, () => {
      it('keeps the contract', () => {});
    });
    return;
  }
  describe(`${name} as a speech engine`, { timeout: options.timeoutMs ?? 60_000 }, () => {
    let subject: SpeechEngineUnderTest;
    let model: LoadedSpeechModel;

    beforeAll(async () => {
      subject = await options.create();
      model = await subject.engine.load(subject.modelId, quiet());
    }, options.timeoutMs ?? 60_000);
    afterAll(() => model?.close());

    const scene: Scene = {
      sampleText,
      subject: () => subject,
      model: () => model,
      load: () => subject.engine.load(subject.modelId, quiet()),
    };
    describeSound(scene);
    describeCancellation(scene);
    describeRefusals(scene);
    describeLifetime(scene);
  });
}

type Scene = {
  readonly sampleText: string;
  readonly subject: () => SpeechEngineUnderTest;
  readonly model: () => LoadedSpeechModel;
  readonly load: () => Promise<LoadedSpeechModel>;
};

function describeSound({ sampleText, subject, model }: Scene): void {
  it('lists what it loads, with unique voices', async () => {
    const listed = (await subject().engine.listModels()).find((info) => info.id === subject().modelId);
    expect(listed).toEqual(model().info);
    const ids = listed!.voices.map((voice) => voice.id);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
    expect(model().residentBytes).toBeGreaterThan(0);
    expect(model().executionProvider).not.toBe('');
    expect(subject().engine.capabilities.executionProviders).toContain(model().executionProvider);
  });

  it('speaks with finite samples in range, of plausible length and loudness', async () => {
    const spoken = await speak(model(), { text: sampleText });
    expectPlausible(spoken, sampleText);
    expect(rms(spoken.samples)).toBeGreaterThan(0.005);
  });

  it('gives the first sound before the last when it streams inside a sentence', async () => {
    const spoken = await speak(model(), { text: sampleText });
    if (!subject().engine.capabilities.streamsInsideSentence) return;
    expect(spoken.chunkLengths.length).toBeGreaterThan(1);
    expect(spoken.chunkLengths[0]!).toBeLessThan(spoken.samples.length / 2);
  });

  it('takes about half the time at speed 2 and about twice at speed 0.5', async () => {
    const [normal, fast, slow] = [await speak(model(), { text: sampleText }), await speak(model(), { text: sampleText, speed: 2 }), await speak(model(), { text: sampleText, speed: 0.5 })];
    expect(fast.samples.length / normal.samples.length).toBeGreaterThan(0.4);
    expect(fast.samples.length / normal.samples.length).toBeLessThan(0.65);
    expect(slow.samples.length / normal.samples.length).toBeGreaterThan(1.6);
    expect(slow.samples.length / normal.samples.length).toBeLessThan(2.4);
  });

  it('gives interleaved streams each its own sound', async () => {
    const shortText = sampleText.split(/\s+/u).slice(0, 2).join(' ');
    const alone = [await speak(model(), { text: sampleText }), await speak(model(), { text: shortText })] as const;
    const streams = [open(model(), { text: sampleText }), open(model(), { text: shortText })] as const;
    const together = await interleave(streams);
    for (const [index, solo] of alone.entries()) {
      if (subject().isDeterministic === true) {
        expect(together[index]).toEqual(solo.samples);
      } else {
        expect(together[index]!.length / solo.samples.length).toBeGreaterThan(0.75);
        expect(together[index]!.length / solo.samples.length).toBeLessThan(1.33);
      }
    }
  });

  it('speaks a sentence of 1,000 characters', async () => {
    const clause = sampleText.replace(/[.!?]+$/u, '');
    const text = `${Array.from({ length: Math.ceil(1000 / clause.length) }, () => clause).join(', ')}.`;
    expectPlausible(await speak(model(), { text }), text);
  });

  it.each(oddTexts)('speaks or refuses as empty the odd text %j', async (text) => {
    try {
      expectFinite(await speak(model(), { text }));
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'input_empty' });
    }
  });
}

function describeCancellation({ sampleText, subject, model }: Scene): void {
  it('does not begin when the signal is aborted already', async () => {
    const stepsBefore = subject().stepsBegun?.();
    const reason = new Error('left before the start');
    await expect(speak(model(), { text: sampleText, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(subject().stepsBegun?.()).toBe(stepsBefore);
  });

  it('stops between steps with the signal’s reason and starts no further inference', async () => {
    const controller = new AbortController();
    const stream = open(model(), { text: sampleText, signal: controller.signal });
    const first = await stream.next();
    const stepsBefore = subject().stepsBegun?.();
    const reason = new Error('left in the middle');
    controller.abort(reason);
    // An engine without streaming has given everything in its first step and may simply end.
    const isOver = subject().engine.capabilities.streamsInsideSentence ? false : first.done === false;
    const next = stream.next().catch((thrown: unknown) => thrown);
    if (isOver) expect([reason, { done: true, value: undefined }]).toContainEqual(await next);
    else expect(await next).toBe(reason);
    expect((await stream.next()).done).toBe(true);
    expect(subject().stepsBegun?.()).toBe(stepsBefore);
  });

  it('leaves no listener on the signal and no open handle behind', async () => {
    await speak(model(), { text: sampleText });
    const handlesBefore = process.getActiveResourcesInfo().length;
    const controller = new AbortController();
    for (let round = 0; round < 3; round++) await speak(model(), { text: sampleText, signal: controller.signal });
    const abandoned = open(model(), { text: sampleText, signal: controller.signal });
    await abandoned.next();
    await abandoned.return?.();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(handlesBefore);
  });
}

function describeRefusals({ sampleText, subject, model }: Scene): void {
  it('refuses a voice that the model does not have', async () => {
    await expect(speak(model(), { text: sampleText, voice: 'no such voice' })).rejects.toMatchObject({ code: 'voice_unknown' });
  });

  it.each(['…', '?!', ' \u200B—\u00A0"" '])('refuses %j, in which nothing can be spoken', async (text) => {
    await expect(speak(model(), { text })).rejects.toMatchObject({ code: 'input_empty' });
  });

  it('refuses to load a model that is not here', async () => {
    await expect(subject().engine.load('no-such-model', quiet())).rejects.toMatchObject({ code: 'model_unknown' });
  });

  it('does not load when the signal is aborted already', async () => {
    const reason = new Error('left while loading');
    await expect(subject().engine.load(subject().modelId, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('refuses a truncated model file', async ({ skip }) => {
    const { damaged } = subject();
    if (damaged === undefined) return skip('its models have no files');
    await expect(damaged.engine.load(damaged.modelId, quiet())).rejects.toMatchObject({ code: 'model_file_invalid' });
  });
}

function describeLifetime({ sampleText, load }: Scene): void {
  it('warms up as often as asked and then speaks', async () => {
    const own = await load();
    try {
      await own.warmUp();
      await own.warmUp();
      expectFinite(await speak(own, { text: sampleText }));
    } finally {
      await own.close();
    }
  });

  it('ends open streams with a failure when it is closed, and may be closed twice', async () => {
    const own = await load();
    const begun = open(own, { text: sampleText });
    await begun.next();
    const fresh = open(own, { text: sampleText });
    await Promise.all([own.close(), own.close()]);
    await own.close();
    const afterClose = await begun.next().catch((thrown: unknown) => thrown);
    // What was complete in one step has nothing left to reject.
    if (afterClose instanceof Error) expect(afterClose).toMatchObject({ code: 'engine_failed' });
    else expect(afterClose).toMatchObject({ done: true });
    await expect(fresh.next()).rejects.toMatchObject({ code: 'engine_failed' });
  });

  it('can be loaded again after it was closed', async () => {
    const handlesBefore = process.getActiveResourcesInfo().length;
    for (let round = 0; round < 2; round++) {
      const own = await load();
      expectFinite(await speak(own, { text: sampleText }));
      await own.close();
    }
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(handlesBefore);
  });
}

type Utterance = { readonly text: string; readonly voice?: string; readonly speed?: number; readonly signal?: AbortSignal };
type Spoken = { readonly samples: Float32Array; readonly chunkLengths: readonly number[]; readonly sampleRateHz: number };

function open(model: LoadedSpeechModel, { text, voice, speed, signal }: Utterance): AsyncIterator<PcmChunk> {
  const request = { text, voice: voice ?? model.info.voices[0]!.id, speed: speed ?? 1 };
  return model.synthesise(request, signal ?? quiet())[Symbol.asyncIterator]();
}

async function speak(model: LoadedSpeechModel, utterance: Utterance): Promise<Spoken> {
  const stream = open(model, utterance);
  const chunks: Float32Array[] = [];
  for (let step = await stream.next(); step.done !== true; step = await stream.next()) {
    expect(step.value.sampleRateHz).toBe(model.info.sampleRateHz);
    expect(step.value.samples.length).toBeGreaterThan(0);
    chunks.push(step.value.samples);
  }
  return { samples: joined(chunks), chunkLengths: chunks.map((chunk) => chunk.length), sampleRateHz: model.info.sampleRateHz };
}

async function interleave(streams: readonly AsyncIterator<PcmChunk>[]): Promise<Float32Array[]> {
  const chunks = streams.map((): Float32Array[] => []);
  const running = new Set(streams.keys());
  while (running.size > 0) {
    for (const index of running) {
      const step = await streams[index]!.next();
      if (step.done === true) running.delete(index);
      else chunks[index]!.push(step.value.samples);
    }
  }
  return chunks.map(joined);
}

function joined(chunks: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/** People speak 12 to 20 characters a second; engines get a wide margin around it. */
function expectPlausible(spoken: Spoken, text: string): void {
  expectFinite(spoken);
  const secondsPerCharacter = spoken.samples.length / spoken.sampleRateHz / text.length;
  expect(secondsPerCharacter).toBeGreaterThan(0.03);
  expect(secondsPerCharacter).toBeLessThan(0.2);
}

function expectFinite(spoken: Spoken): void {
  expect(spoken.samples.length).toBeGreaterThan(0);
  expect(spoken.samples.findIndex((sample) => !(Math.abs(sample) <= 1))).toBe(-1);
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

function quiet(): AbortSignal {
  return new AbortController().signal;
}
