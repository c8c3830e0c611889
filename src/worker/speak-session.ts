/** Speaks the text of one Synthesize call: sentences as they become complete, steps in the scheduler's order. */
import { toS16le } from '../audio/pcm.ts';
import type { LoadedSpeechModel, SoundTiming, SpeechChunk } from '../engines/kinds.ts';
import type { Pronunciation } from '../text/passage.ts';
import { hasSpeakableContent } from '../text/speakable.ts';
import { AntiphonError } from '../errors.ts';
import { createFramer, type Frame, type Framer } from './framer.ts';
import type { AudioFrame, WireTiming } from './protocol.ts';
import type { Residency } from './residency.ts';
import { StopSpeech, type Session } from './session.ts';
import type { StepScheduler } from './step-scheduler.ts';

export type SpokenSentence = {
  readonly text: string;
  /** Where it begins in the text of the call, UTF-16. */
  readonly start: number;
  /** Offsets into `text`. */
  readonly pronunciations?: readonly Pronunciation[];
};

export type SpeakOptions = {
  readonly session: Session;
  /** Complete sentences; ends when the caller has sent its last. */
  readonly sentences: AsyncIterable<SpokenSentence>;
  /** Clock time at which a listener needs the first sample. */
  readonly deadlineMs: number;
  readonly laneWeight: number;
  readonly signal: AbortSignal;
  /** Sends a frame; the promise is pending while the caller reads slower than we speak. */
  readonly send: (frame: AudioFrame) => void | Promise<void>;
};

export type Speaker = (options: SpeakOptions) => Promise<void>;

export type SpeakerDependencies = {
  readonly residency: Residency<LoadedSpeechModel>;
  readonly scheduler: StepScheduler;
};

/** The returned function resolves once the closing frame was sent, or rejects with what went wrong. */
export function createSpeaker({ residency, scheduler }: SpeakerDependencies): Speaker {
  return async ({ session, sentences, deadlineMs, laneWeight, signal, send }) => {
    const speech = new AbortController();
    session.speech = speech;
    const stop = AbortSignal.any([signal, session.closed.signal, speech.signal]);
    const outlet = createOutlet(session, send);
    let dueMs = deadlineMs;
    try {
      for await (const sentence of untilAborted(sentences, stop)) {
        if (!hasSpeakableContent(sentence.text) && (sentence.pronunciations ?? []).length === 0) continue;
        dueMs = await speakSentence({ session, sentence, dueMs, laneWeight, stop, outlet });
      }
      await outlet.finish();
    } catch (error) {
      if (!(speech.signal.reason instanceof StopSpeech)) throw error;
      await outlet.finish();
    } finally {
      outlet.close();
      if (session.speech === speech) session.speech = undefined;
    }
  };

  /** Resolves with the time at which the listener has heard it. */
  async function speakSentence(work: { session: Session; sentence: SpokenSentence; dueMs: number; laneWeight: number; stop: AbortSignal; outlet: Outlet }): Promise<number> {
    const { session, sentence, dueMs, laneWeight, stop, outlet } = work;
    const { model, release } = await residency.acquire(session.modelId, stop);
    try {
      const voice = session.options.voice ?? model.info.voices[0]!.id;
      const { speed, pitchSemitones } = session.options;
      const { text, pronunciations = [] } = sentence;
      outlet.open({ inputRateHz: model.info.sampleRateHz, textStart: sentence.start });
      return await scheduler.run({
        deadlineMs: dueMs,
        costName: session.modelId,
        laneWeight,
        onStep: outlet.worked,
        source: (listener) => model.synthesise({ text, voice, speed, pitchSemitones, pronunciations, listener }, stop)[Symbol.asyncIterator](),
        signal: stop,
        durationMs: (chunk) => (chunk.samples.length / chunk.sampleRateHz) * 1000,
        isHeld: (chunk) => chunk.isHeld === true,
        deliver: (chunk) => outlet.push(chunk),
        isPaused: () => session.paused,
      });
    } finally {
      release();
    }
  }
}

type Outlet = {
  /** Before the first chunk of each sentence; `textStart` is where that begins in the call's text. */
  readonly open: (sentence: { readonly inputRateHz: number; readonly textStart: number }) => void;
  /** Counts inference. */
  readonly worked: (durationMs: number) => void;
  readonly push: (chunk: SpeechChunk) => void | Promise<void>;
  /** Sends what is left and the closing frame. */
  readonly finish: () => Promise<void>;
  readonly close: () => void;
};

function createOutlet(session: Session, send: SpeakOptions['send']): Outlet {
  let framer: Framer | undefined;
  let sequence = 0;
  let rateHz = session.options.sampleRateHz ?? 0;
  let pushedSamples = 0;
  let inferenceMs = 0;
  let origin = { samples: 0, text: 0 };
  /** Made, and kept until a listener can begin without running dry. */
  let held: Frame[] = [];
  /** Told, and not sent yet: a short chunk may fill no frame. */
  let timings: WireTiming[] = [];

  const takeTimings = (): WireTiming[] => {
    const taken = timings;
    timings = [];
    return taken;
  };

  const toAudioFrame = ({ samples, sampleRateHz, durationMs }: Frame): AudioFrame => ({
    session_id: session.id,
    audio_data: toS16le(samples),
    sample_rate: sampleRateHz,
    frame_duration_ms: Math.max(1, Math.round(durationMs)),
    sequence_number: sequence++,
    is_final: false,
    timings: takeTimings(),
    inference_seconds: inferenceMs / 1000,
  });

  function sendAll(frames: readonly Frame[]): void | Promise<void> {
    let pending: void | Promise<void> = undefined;
    for (const frame of frames) pending = send(toAudioFrame(frame)) ?? pending;
    return pending;
  }

  function sendHeld(): void | Promise<void> {
    const frames = held;
    held = [];
    return sendAll(frames);
  }

  return {
    open: ({ inputRateHz, textStart }) => {
      origin = { samples: pushedSamples, text: textStart };
      if (framer) return;
      rateHz = session.options.sampleRateHz ?? inputRateHz;
      framer = createFramer({ inputRateHz, outputRateHz: rateHz, frameMs: session.options.frameMs });
    },
    worked: (durationMs) => { inferenceMs += durationMs; },
    push: (chunk) => {
      const scale = rateHz / chunk.sampleRateHz;
      for (const timing of chunk.timings ?? []) timings.push(toWire(timing, { origin, scale }));
      pushedSamples += chunk.samples.length;
      held.push(...framer!.push(chunk));
      return chunk.isHeld === true ? undefined : sendHeld();
    },
    finish: async () => {
      await sendHeld();
      if (framer) await sendAll(framer.finish());
      await send({ session_id: session.id, audio_data: new Uint8Array(0), sample_rate: rateHz, frame_duration_ms: 0, sequence_number: sequence++, is_final: true, timings: takeTimings(), inference_seconds: inferenceMs / 1000 });
    },
    close: () => framer?.close(),
  };
}

/** From the sentence's own samples and text to the call's. */
function toWire({ symbol, textStart, textEnd, startSample, endSample }: SoundTiming, { origin, scale }: { origin: { samples: number; text: number }; scale: number }): WireTiming {
  const at = (sample: number): number => Math.round((origin.samples + sample) * scale);
  return { symbol, text_start: origin.text + textStart, text_end: origin.text + textEnd, start_sample: at(startSample), end_sample: at(endSample) };
}

/** The same items, but waiting for the next one ends with the signal's reason when it is aborted. */
async function* untilAborted<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason ?? new AntiphonError('cancelled', 'The request was cancelled.'));
  aborted.promise.catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    for (;;) {
      const { done, value } = await Promise.race([iterator.next(), aborted.promise]);
      if (done === true) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    void iterator.return?.();
  }
}
