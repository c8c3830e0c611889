/** Speaks the text of one Synthesize call: sentences as they become complete, steps in the scheduler's order. */
import type { PcmChunk } from '../audio/pcm.ts';
import { toS16le } from '../audio/pcm.ts';
import { hasSpeakableContent } from '../text/speakable.ts';
import { AntiphonError } from '../errors.ts';
import { createFramer, type Frame, type Framer } from './framer.ts';
import type { AudioFrame } from './protocol.ts';
import type { Residency } from './residency.ts';
import { StopSpeech, type Session } from './session.ts';
import type { StepScheduler } from './step-scheduler.ts';

export type SpeakOptions = {
  readonly session: Session;
  /** Complete sentences; ends when the caller has sent its last. */
  readonly sentences: AsyncIterable<string>;
  /** Clock time at which a listener needs the first sample. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Sends a frame; the promise is pending while the caller reads slower than we speak. */
  readonly send: (frame: AudioFrame) => void | Promise<void>;
};

export type Speaker = (options: SpeakOptions) => Promise<void>;

export type SpeakerDependencies = {
  readonly residency: Residency;
  readonly scheduler: StepScheduler<PcmChunk>;
};

/** The returned function resolves once the closing frame was sent, or rejects with what went wrong. */
export function createSpeaker({ residency, scheduler }: SpeakerDependencies): Speaker {
  return async ({ session, sentences, deadlineMs, signal, send }) => {
    const speech = new AbortController();
    session.speech = speech;
    const stop = AbortSignal.any([signal, session.closed.signal, speech.signal]);
    const outlet = createOutlet(session, send);
    let dueMs = deadlineMs;
    try {
      for await (const sentence of untilAborted(sentences, stop)) {
        if (!hasSpeakableContent(sentence)) continue;
        dueMs = await speakSentence({ session, sentence, dueMs, stop, outlet });
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

  async function speakSentence(work: { session: Session; sentence: string; dueMs: number; stop: AbortSignal; outlet: Outlet }): Promise<number> {
    const { session, sentence, stop, outlet } = work;
    let { dueMs } = work;
    const { model, release } = await residency.acquire(session.modelId, stop);
    try {
      const voice = session.options.voice ?? model.info.voices[0]!.id;
      const chunks = model.synthesise({ text: sentence, voice, speed: session.options.speed }, stop);
      outlet.open(model.info.sampleRateHz);
      await scheduler.run({
        deadlineMs: dueMs,
        source: chunks[Symbol.asyncIterator](),
        signal: stop,
        durationMs: (chunk) => {
          const milliseconds = (chunk.samples.length / chunk.sampleRateHz) * 1000;
          dueMs += milliseconds;
          return milliseconds;
        },
        deliver: (chunk) => outlet.push(chunk),
        isPaused: () => session.paused,
      });
      return dueMs;
    } finally {
      release();
    }
  }
}

type Outlet = {
  readonly open: (inputRateHz: number) => void;
  readonly push: (chunk: PcmChunk) => void | Promise<void>;
  /** Sends what is left and the closing frame. */
  readonly finish: () => Promise<void>;
  readonly close: () => void;
};

function createOutlet(session: Session, send: SpeakOptions['send']): Outlet {
  let framer: Framer | undefined;
  let sequence = 0;
  let rateHz = session.options.sampleRateHz ?? 0;

  const toAudioFrame = ({ samples, sampleRateHz, durationMs }: Frame): AudioFrame => ({
    session_id: session.id,
    audio_data: toS16le(samples),
    sample_rate: sampleRateHz,
    frame_duration_ms: Math.max(1, Math.round(durationMs)),
    sequence_number: sequence++,
    is_final: false,
  });

  function sendAll(frames: readonly Frame[]): void | Promise<void> {
    let pending: void | Promise<void> = undefined;
    for (const frame of frames) pending = send(toAudioFrame(frame)) ?? pending;
    return pending;
  }

  return {
    open: (inputRateHz) => {
      if (framer) return;
      rateHz = session.options.sampleRateHz ?? inputRateHz;
      framer = createFramer({ inputRateHz, outputRateHz: rateHz, frameMs: session.options.frameMs });
    },
    push: (chunk) => sendAll(framer!.push(chunk)),
    finish: async () => {
      if (framer) await sendAll(framer.finish());
      await send({ session_id: session.id, audio_data: new Uint8Array(0), sample_rate: rateHz, frame_duration_ms: 0, sequence_number: sequence++, is_final: true });
    },
    close: () => framer?.close(),
  };
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
