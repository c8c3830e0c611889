/**
 * The suite that every speech engine passes, the scripted fake included: what engines/kinds.ts promises, as tests.
 * Call describeSpeechEngine from a test file beside the engine.
 */
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longestSilence, medianPitchHz, rms } from './hearing.ts';
import type { LoadedSpeechModel, SoundTiming, SpeechChunk, SpeechEngine, SpeechRequest } from '../kinds.ts';

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
  /**
   * A sentence with one comma behind a vowel, where the voice pauses: the silence that is heard there must lie where the
   * timings say. Left out where sound is no evidence (a tone without pauses).
   */
  readonly pausedText?: string;
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
      pausedText: options.pausedText,
      subject: () => subject,
      model: () => model,
      load: () => subject.engine.load(subject.modelId, quiet()),
    };
    describeSound(scene);
    describeTimings(scene);
    describeManner(scene);
    describeCancellation(scene);
    describeRefusals(scene);
    describeLifetime(scene);
  });
}

type Scene = {
  readonly sampleText: string;
  readonly pausedText: string | undefined;
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
    const spoken = await speak(model(), { text });
    expectPlausible(spoken, text);
    if (!subject().engine.capabilities.tellsTimings) return;
    // However many utterances it took: their timings go on where the one before ended.
    expectOrdered(spoken);
    expect(spoken.timings.at(-1)!.endSample / spoken.samples.length).toBeGreaterThan(0.95);
    expect(spoken.timings.at(-1)!.textEnd).toBeGreaterThanOrEqual(text.length - 1);
  });

  it.each(oddTexts)('speaks or refuses as empty the odd text %j', async (text) => {
    try {
      expectFinite(await speak(model(), { text }));
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'input_empty' });
    }
  });
}

function describeTimings({ sampleText, pausedText, subject, model }: Scene): void {
  it('says when each word is heard, in order and within the sound, where it tells timings', async () => {
    const spoken = await speak(model(), { text: sampleText });
    if (!subject().engine.capabilities.tellsTimings) {
      expect(spoken.timings).toEqual([]);
      return;
    }
    expect(spoken.timings.length).toBeGreaterThan(0);
    expectOrdered(spoken);
    for (const word of sampleText.matchAll(/[\p{L}\p{N}]+/gu)) {
      const own = spoken.timings.filter(({ textStart, textEnd }) => textStart <= word.index && textEnd >= word.index + word[0].length);
      expect(own.length, `sounds of ${word[0]}`).toBeGreaterThan(0);
      expect(own.at(-1)!.endSample).toBeGreaterThan(own[0]!.startSample);
    }
  });

  it.each([1, 0.7, 1.5])('is silent at speed %d where its timings say that it pauses', async (speed) => {
    if (pausedText === undefined || !subject().engine.capabilities.tellsTimings) return;
    const comma = pausedText.indexOf(',');
    const errors: { begin: number; end: number }[] = [];
    // Some voices draw every sound anew; one odd take is not the engine's.
    for (let take = 0; take < 3; take++) {
      const spoken = await speak(model(), { text: pausedText, speed });
      const told = spoken.timings.filter(({ textStart, textEnd }) => textStart >= comma && textStart <= comma + 1 && textEnd <= comma + 1);
      const next = spoken.timings.find(({ textStart, textEnd }) => textStart > comma && textEnd > textStart);
      expect(told.length).toBeGreaterThan(0);
      const heard = longestSilence(spoken);
      errors.push({ begin: Math.abs(heard.startSample - told[0]!.startSample) / spoken.sampleRateHz, end: Math.abs(heard.endSample - next!.startSample) / spoken.sampleRateHz });
    }
    expect(errors.map(({ end }) => end).toSorted((one, other) => one - other)[1]).toBeLessThan(0.03);
    // Where a sound that dies away ends is a matter of the threshold, more so the slower it is.
    expect(errors.map(({ begin }) => begin).toSorted((one, other) => one - other)[1]).toBeLessThan(0.12 / Math.min(1, speed));
  });
}

function describeManner({ sampleText, subject, model }: Scene): void {
  it('speaks higher in the same time, or refuses to', async () => {
    if (!subject().engine.capabilities.changesPitch) {
      await expect(speak(model(), { text: sampleText, pitchSemitones: 4 })).rejects.toMatchObject({ code: 'input_unsupported', param: 'pitch' });
      return;
    }
    const [own, higher, lower] = [await speak(model(), { text: sampleText }), await speak(model(), { text: sampleText, pitchSemitones: 4 }), await speak(model(), { text: sampleText, pitchSemitones: -4 })];
    expect([higher.samples.length, lower.samples.length]).toEqual([own.samples.length, own.samples.length]);
    const factor = 2 ** (4 / 12);
    expect(Math.abs(medianPitchHz(higher) / medianPitchHz(own) / factor - 1)).toBeLessThan(0.05);
    expect(Math.abs((medianPitchHz(lower) / medianPitchHz(own)) * factor - 1)).toBeLessThan(0.05);
  });

  it('says a stretch as its pronunciation tells, or refuses to', async () => {
    const word = /[\p{L}\p{N}]+/u.exec(sampleText)!;
    const given = { start: word.index, end: word.index + word[0].length, ipa: 'həlˈoʊ' };
    const outcome = await speak(model(), { text: sampleText, pronunciations: [given] }).catch((thrown: unknown) => thrown);
    if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'input_unsupported', param: 'phoneme' });
    else expectFinite(outcome as Spoken);
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

type Utterance = Partial<Omit<SpeechRequest, 'text'>> & { readonly text: string; readonly signal?: AbortSignal };
type Spoken = { readonly samples: Float32Array; readonly chunkLengths: readonly number[]; readonly sampleRateHz: number; readonly timings: readonly SoundTiming[] };

function open(model: LoadedSpeechModel, { signal, ...request }: Utterance): AsyncIterator<SpeechChunk> {
  return model.synthesise({ voice: model.info.voices[0]!.id, speed: 1, ...request }, signal ?? quiet())[Symbol.asyncIterator]();
}

async function speak(model: LoadedSpeechModel, utterance: Utterance): Promise<Spoken> {
  const stream = open(model, utterance);
  const chunks: Float32Array[] = [];
  const timings: SoundTiming[] = [];
  for (let step = await stream.next(); step.done !== true; step = await stream.next()) {
    expect(step.value.sampleRateHz).toBe(model.info.sampleRateHz);
    expect(step.value.samples.length).toBeGreaterThan(0);
    chunks.push(step.value.samples);
    timings.push(...(step.value.timings ?? []));
  }
  return { timings, samples: joined(chunks), chunkLengths: chunks.map((chunk) => chunk.length), sampleRateHz: model.info.sampleRateHz };
}

async function interleave(streams: readonly AsyncIterator<SpeechChunk>[]): Promise<Float32Array[]> {
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

function expectOrdered({ timings, samples }: Spoken): void {
  for (const [index, { startSample, endSample }] of timings.entries()) {
    expect(startSample).toBeGreaterThanOrEqual(timings[index - 1]?.startSample ?? 0);
    expect(endSample).toBeGreaterThanOrEqual(startSample);
    expect(endSample).toBeLessThanOrEqual(samples.length);
  }
}

function expectFinite(spoken: Spoken): void {
  expect(spoken.samples.length).toBeGreaterThan(0);
  expect(spoken.samples.findIndex((sample) => !(Math.abs(sample) <= 1))).toBe(-1);
}

function quiet(): AbortSignal {
  return new AbortController().signal;
}
