/**
 * The suite that every transcription engine passes, the scripted fake included: what engines/kinds.ts promises, as
 * tests. Call describeTranscriptionEngine from a test file beside the engine.
 */
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hearingRateHz } from '../kinds.ts';
import type { HeardSpeech, LoadedTranscriptionModel, TranscriptionEngine, TranscriptionRequest, TranscriptionStep } from '../kinds.ts';
import { wordErrors } from './transcription-words.ts';

export type TranscriptionEngineUnderTest = {
  readonly engine: TranscriptionEngine;
  /** A model that `engine` can load. */
  readonly modelId: string;
  /** An engine that lists a model whose file is truncated. */
  readonly damaged: { readonly engine: TranscriptionEngine; readonly modelId: string };
  /** Inference steps begun so far, where the engine can tell; then "no inference after an abort" is checked too. */
  readonly stepsBegun?: () => number;
};

/** Mono at `hearingRateHz`, with what is said in it. */
export type Recording = { readonly samples: Float32Array; readonly text: string };

export type TranscriptionEngineKitOptions = {
  readonly name: string;
  readonly create: () => Promise<TranscriptionEngineUnderTest>;
  /** One or two sentences, 3 to 12 s. */
  readonly recording: () => Promise<Recording>;
  /** Another, of 1 to 6 s. */
  readonly otherRecording: () => Promise<Recording>;
  /** The language of both. Default `en`. */
  readonly language?: string;
  /** Words of `recording` that may be wrong. Default 0. */
  readonly mostWordErrors?: number;
  /** A recording with a word that is written as `expected` after `prompt` and otherwise not; left out where a prompt changes nothing. */
  readonly spelling?: { readonly recording: () => Promise<Recording>; readonly prompt: string; readonly expected: string };
  /** Why the suite cannot run here (a model is not on this machine). */
  readonly skip?: string | undefined;
  /** Limit of one test. Default 60,000. */
  readonly timeoutMs?: number;
};

export function describeTranscriptionEngine(options: TranscriptionEngineKitOptions): void {
  const { name } = options;
  if (options.skip !== undefined) {
    describe.skip(`${name} as a transcription engine (skipped: ${options.skip})`, () => {
      it('keeps the contract', () => {});
    });
    return;
  }
  describe(`${name} as a transcription engine`, { timeout: options.timeoutMs ?? 60_000 }, () => {
    let subject: TranscriptionEngineUnderTest;
    let model: LoadedTranscriptionModel;
    let recording: Recording;
    let other: Recording;

    beforeAll(async () => {
      recording = await options.recording();
      other = await options.otherRecording();
      subject = await options.create();
      model = await subject.engine.load(subject.modelId, quiet());
    }, options.timeoutMs ?? 60_000);
    afterAll(() => model?.close());

    const scene: Scene = {
      options,
      recording: () => recording,
      other: () => other,
      subject: () => subject,
      model: () => model,
      load: () => subject.engine.load(subject.modelId, quiet()),
    };
    describeHearing(scene);
    describeTimes(scene);
    describeQuiet(scene);
    describeCancellation(scene);
    describeRefusals(scene);
    describeLifetime(scene);
  });
}

type Scene = {
  readonly options: TranscriptionEngineKitOptions;
  readonly recording: () => Recording;
  readonly other: () => Recording;
  readonly subject: () => TranscriptionEngineUnderTest;
  readonly model: () => LoadedTranscriptionModel;
  readonly load: () => Promise<LoadedTranscriptionModel>;
};

function describeHearing({ options, recording, other, subject, model }: Scene): void {
  const language = options.language ?? 'en';

  it('lists what it loads, with unique languages', async () => {
    const listed = (await subject().engine.listModels()).find((info) => info.id === subject().modelId);
    expect(listed).toEqual(model().info);
    expect(listed!.languages).toContain(language);
    expect(new Set(listed!.languages).size).toBe(listed!.languages.length);
    expect(model().residentBytes).toBeGreaterThan(0);
    expect(subject().engine.executionProviders).toContain(model().executionProvider);
  });

  it('writes down the words of a spoken sentence', async () => {
    const heard = await hear(model(), { samples: recording().samples, language });
    expect(wordErrors(textOf(heard), recording().text).errors).toBeLessThanOrEqual(options.mostWordErrors ?? 0);
    expect(heard.language).toBe(language);
    expect(heard.languageProbability).toBe(1);
  });

  it('tells the language where it is not given', async () => {
    const heard = await hear(model(), { samples: recording().samples });
    expect(heard.language).toBe(language);
    expect(heard.languageProbability).toBeGreaterThan(0.5);
    expect(heard.languageProbability).toBeLessThanOrEqual(1);
  });

  it('gives interleaved streams each its own words, the same as alone', async () => {
    const requests = [recording(), other()].map(({ samples }) => ({ samples, language }));
    const alone = [await hear(model(), requests[0]!), await hear(model(), requests[1]!)];
    expect(await interleave(requests.map((request) => open(model(), request)))).toEqual(alone);
  });

  it('leaves the samples that it was given as they were', async () => {
    const samples = Float32Array.from(other().samples);
    await hear(model(), { samples, language });
    expect(samples).toEqual(other().samples);
  });

  const { spelling } = options;
  if (spelling !== undefined) it('spells a word as the prompt does', async () => {
    const { samples } = await spelling.recording();
    expect(textOf(await hear(model(), { samples, language }))).not.toContain(spelling.expected);
    expect(textOf(await hear(model(), { samples, language, prompt: spelling.prompt }))).toContain(spelling.expected);
  });
}

function describeTimes({ options, recording, model }: Scene): void {
  const language = options.language ?? 'en';
  const asked = (words: boolean) => hear(model(), { samples: recording().samples, language, words });

  it('gives segments in order and within the sound, with figures in their ranges', async () => {
    const { segments } = await asked(false);
    expect(segments.length).toBeGreaterThan(0);
    expectOrdered(segments, { from: 0, to: seconds(recording().samples) });
    for (const segment of segments) {
      expect(segment.text.trim()).not.toBe('');
      expect(segment.tokens.length).toBeGreaterThan(0);
      expect(segment.averageLogProbability).toBeLessThanOrEqual(0);
      expect(segment.compressionRatio).toBeGreaterThan(0);
      expect(segment.noSpeechProbability).toBeGreaterThanOrEqual(0);
      expect(segment.noSpeechProbability).toBeLessThanOrEqual(1);
      expect(segment.words).toBeUndefined();
    }
  });

  it('gives words, where asked for, in order within their segment, which join to its text', async () => {
    const { segments } = await asked(true);
    expect(segments.length).toBeGreaterThan(0);
    for (const segment of segments) {
      expect(segment.words!.map(({ text }) => text).join('')).toBe(segment.text);
      expectOrdered(segment.words!, { from: segment.startSeconds, to: segment.endSeconds });
      for (const { probability } of segment.words!) {
        expect(probability).toBeGreaterThan(0);
        expect(probability).toBeLessThanOrEqual(1);
      }
    }
  });

  it('writes down the same, with words or without', async () => {
    expect(textOf(await asked(true))).toBe(textOf(await asked(false)));
  });
}

function describeQuiet({ options, recording, model }: Scene): void {
  const language = options.language ?? 'en';

  it('hears no words in silence, be it a sample or half a minute', async () => {
    for (const length of [1, hearingRateHz / 10, 5 * hearingRateHz, 30 * hearingRateHz]) {
      expect((await hear(model(), { samples: new Float32Array(length), language, words: true })).segments, `${length} samples`).toEqual([]);
    }
  });

  it('hears no speech in faint noise', async () => {
    const samples = Float32Array.from({ length: 5 * hearingRateHz }, (_, i) => 0.002 * Math.sin(i * i * 12.9898));
    for (const segment of (await hear(model(), { samples, language })).segments) expect(segment.noSpeechProbability).toBeGreaterThan(0.5);
  });

  it('finds the words at the end of half a minute', async () => {
    const samples = new Float32Array(30 * hearingRateHz);
    const from = samples.length - recording().samples.length;
    samples.set(recording().samples, from);
    const { segments } = await hear(model(), { samples, language });
    expect(segments.length).toBeGreaterThan(0);
    expectOrdered(segments, { from: 0, to: 30 });
    expect(segments.at(-1)!.endSeconds).toBeGreaterThan(from / hearingRateHz);
  });
}

function describeCancellation({ recording, subject, model }: Scene): void {
  it('does not begin when the signal is aborted already', async () => {
    const stepsBefore = subject().stepsBegun?.();
    const reason = new Error('left before the start');
    await expect(hear(model(), { samples: recording().samples, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(subject().stepsBegun?.()).toBe(stepsBefore);
  });

  it('stops between steps with the signal’s reason and starts no further inference', async () => {
    const controller = new AbortController();
    const stream = open(model(), { samples: recording().samples, signal: controller.signal });
    expect((await stream.next()).value?.heard).toBeUndefined();
    const stepsBefore = subject().stepsBegun?.();
    const reason = new Error('left in the middle');
    controller.abort(reason);
    await expect(stream.next()).rejects.toBe(reason);
    expect((await stream.next()).done).toBe(true);
    expect(subject().stepsBegun?.()).toBe(stepsBefore);
  });

  it('leaves no listener on the signal and no open handle behind', async () => {
    await hear(model(), { samples: recording().samples });
    const handlesBefore = process.getActiveResourcesInfo().length;
    const controller = new AbortController();
    await hear(model(), { samples: recording().samples, signal: controller.signal });
    const abandoned = open(model(), { samples: recording().samples, signal: controller.signal });
    await abandoned.next();
    await abandoned.return?.();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(handlesBefore);
  });
}

function describeRefusals({ recording, subject, model }: Scene): void {
  it.each(['xx', 'english', ''])('refuses the language %j', async (language) => {
    await expect(hear(model(), { samples: recording().samples, language })).rejects.toMatchObject({ code: 'language_unknown', param: 'language' });
  });

  it('translates, or refuses to', async () => {
    const outcome = await hear(model(), { samples: recording().samples, task: 'translate' }).catch((thrown: unknown) => thrown);
    if (model().info.translates) expect(textOf(outcome as HeardSpeech)).not.toBe('');
    else expect(outcome).toMatchObject({ code: 'input_unsupported', param: 'task' });
  });

  it('refuses to load a model that is not here', async () => {
    await expect(subject().engine.load('no-such-model', quiet())).rejects.toMatchObject({ code: 'model_unknown' });
  });

  it('does not load when the signal is aborted already', async () => {
    const reason = new Error('left while loading');
    await expect(subject().engine.load(subject().modelId, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('refuses a truncated model file', async () => {
    const { damaged } = subject();
    await expect(damaged.engine.load(damaged.modelId, quiet())).rejects.toMatchObject({ code: 'model_file_invalid' });
  });
}

function describeLifetime({ other, load }: Scene): void {
  it('warms up as often as asked and then hears', async () => {
    const own = await load();
    try {
      await own.warmUp();
      await own.warmUp();
      expect(textOf(await hear(own, { samples: other().samples }))).not.toBe('');
    } finally {
      await own.close();
    }
  });

  it('ends open streams with a failure when it is closed, and may be closed twice', async () => {
    const own = await load();
    const begun = open(own, { samples: other().samples });
    await begun.next();
    const fresh = open(own, { samples: other().samples });
    await Promise.all([own.close(), own.close()]);
    await own.close();
    await expect(begun.next()).rejects.toMatchObject({ code: 'engine_failed' });
    await expect(fresh.next()).rejects.toMatchObject({ code: 'engine_failed' });
  });

  it('can be loaded again after it was closed', async () => {
    const handlesBefore = process.getActiveResourcesInfo().length;
    for (let round = 0; round < 2; round++) {
      const own = await load();
      expect(textOf(await hear(own, { samples: other().samples }))).not.toBe('');
      await own.close();
    }
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(handlesBefore);
  });
}

type Asked = Partial<TranscriptionRequest> & { readonly samples: Float32Array; readonly signal?: AbortSignal };

function open(model: LoadedTranscriptionModel, { signal, ...request }: Asked): AsyncIterator<TranscriptionStep, undefined> {
  return model.transcribe({ task: 'transcribe', words: false, ...request }, signal ?? quiet())[Symbol.asyncIterator]() as AsyncIterator<TranscriptionStep, undefined>;
}

async function hear(model: LoadedTranscriptionModel, asked: Asked): Promise<HeardSpeech> {
  return (await interleave([open(model, asked)]))[0]!;
}

/** One step of each in turn. Exactly one step of a stream has the result, and it is the last. */
async function interleave(streams: readonly AsyncIterator<TranscriptionStep>[]): Promise<HeardSpeech[]> {
  const results: HeardSpeech[] = [];
  const running = new Set(streams.keys());
  while (running.size > 0) {
    for (const index of running) {
      const step = await streams[index]!.next();
      if (step.done === true) {
        running.delete(index);
        continue;
      }
      expect(results[index], 'no step after the result').toBeUndefined();
      if (step.value.heard !== undefined) results[index] = step.value.heard;
    }
  }
  for (const index of streams.keys()) expect(results[index], 'a result').toBeDefined();
  return results;
}

function textOf({ segments }: HeardSpeech): string {
  return segments.map(({ text }) => text).join('').trim();
}

type Span = { readonly startSeconds: number; readonly endSeconds: number };

function expectOrdered(spans: readonly Span[], { from, to }: { from: number; to: number }): void {
  for (const [index, { startSeconds, endSeconds }] of spans.entries()) {
    expect(startSeconds).toBeGreaterThanOrEqual(spans[index - 1]?.endSeconds ?? from);
    expect(endSeconds).toBeGreaterThanOrEqual(startSeconds);
    expect(endSeconds).toBeLessThanOrEqual(to);
  }
}

function seconds(samples: Float32Array): number {
  return samples.length / hearingRateHz;
}

function quiet(): AbortSignal {
  return new AbortController().signal;
}
