/** Speech as it is spoken, in; words as they become certain, out: one live session, for every client that streams. */
import { askerOf } from '../dispatch/lanes.ts';
import type { Caller } from '../caller.ts';
import { createResampler } from '../audio/resample.ts';
import type { RequestHandle } from '../dispatch/request-registry.ts';
import { hearingRateHz, type TranscriptionRequest } from '../engines/kinds.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import { createLiveRecogniser, type LiveEvent } from '../recognition/live-recogniser.ts';
import { toTraceparent, type TraceContext } from '../telemetry/trace-context.ts';
import { chooseLanguage, chooseModel } from './choose-model.ts';
import type { TranscribeDependencies } from './transcribe.ts';
import { createArrivalTimes } from './arrival-times.ts';

export type ListenRequest = {
  readonly requestId: string;
  readonly trace: TraceContext;
  readonly caller: Caller;
  readonly model: string;
  readonly language?: string | undefined;
  readonly prompt?: string | undefined;
  /** 8,000…48,000: of the samples that will be pushed. */
  readonly sampleRateHz: number;
};

export type LiveSession = {
  /** `whisper/base` */
  readonly model: string;
  readonly insteadOf: string | undefined;
  /** Mono. Pending while more has come than can be heard. Errors: those of the pool. */
  readonly push: (samples: Float32Array) => Promise<void>;
  /** No more sound: resolves when what was said last is complete. */
  readonly finish: () => Promise<void>;
  /** One reader. Ends after `finish`, or rejects. */
  readonly events: AsyncIterable<LiveEvent>;
  /** Idempotent. */
  readonly close: () => void;
};

export type ListenDependencies = Pick<TranscribeDependencies, 'config' | 'catalog' | 'pool' | 'requests' | 'usage' | 'voiceActivity' | 'clock' | 'metrics' | 'log'>;

/** Errors: model_unknown, model_not_ready, language_unknown, input_invalid, queue_full, draining. */
export type Listen = (request: ListenRequest, caller: AbortSignal) => Promise<LiveSession>;

/** The words of somebody who is speaking now go before any recording, and a moment behind who waits to hear. */
const answerDelayMs = 200;

export function createListen({ config, catalog, pool, requests, usage, voiceActivity, clock, metrics, log }: ListenDependencies): Listen {
  return async (request, caller) => {
    if (!(request.sampleRateHz >= 8_000 && request.sampleRateHz <= 48_000)) {
      throw new AntiphonError('input_invalid', `sample_rate must be between 8000 and 48000, not ${request.sampleRateHz}.`, { param: 'sample_rate' });
    }
    const model = chooseModel({ model: request.model, models: await catalog.models(), config });
    const language = chooseLanguage(request.language ?? config.language, model);
    pool.admit(request.caller.lane);
    const opened = await usage.open({ caller: request.caller, requestId: request.requestId, action: 'transcription', characters: 0 });
    let computeSeconds = 0;
    let handle: RequestHandle;
    try {
      handle = requests.begin({ caller: request.caller, id: request.requestId, kind: 'live', model: model.modelId }, caller);
    } catch (error) {
      await opened.settle({ engine: model.modelId, characters: 0, audioSeconds: 0, computeSeconds, outcome: toAntiphonError(error).code });
      throw error;
    }
    metrics.liveSessions.inc();
    const startedMs = clock.now();
    const voice = voiceActivity.openStream();
    const resampler = request.sampleRateHz === hearingRateHz ? undefined : createResampler({ fromHz: request.sampleRateHz, toHz: hearingRateHz });
    const arrivals = createArrivalTimes(clock);
    const recognise = (asked: TranscriptionRequest, stop: AbortSignal) =>
      pool.transcribe({ ...asked, asker: askerOf(request.caller), onInference: (seconds) => { computeSeconds += seconds; }, modelId: model.modelId, answerDelayMs: () => answerDelayMs, traceparent: toTraceparent(request.trace) }, AbortSignal.any([handle.signal, stop]));
    const live = createLiveRecogniser({ voice, recognise, clock, options: { ...(language === undefined ? {} : { language }), ...(request.prompt === undefined ? {} : { prompt: request.prompt }) } });
    let closed = false;

    async function take(samples: Float32Array): Promise<void> {
      if (samples.length === 0) return;
      arrivals.add(samples.length / hearingRateHz);
      handle.update({ phase: 'listening', audioSeconds: arrivals.seconds() });
      await live.push(samples);
    }

    async function* watched(): AsyncGenerator<LiveEvent> {
      try {
        for await (const event of live.events) {
          for (const { endSeconds } of wordsOf(event)) metrics.wordDelay.observe(Math.max(0, clock.now() - arrivals.atMs(endSeconds)) / 1000);
          yield event;
        }
        await close('ok');
      } catch (error) {
        await close(toAntiphonError(error).code);
        throw error;
      }
    }

    async function close(outcome: string): Promise<void> {
      if (closed) return;
      closed = true;
      handle.signal.removeEventListener('abort', onAbort);
      live.close();
      voice.close();
      resampler?.close();
      finishBooks(handle, outcome);
      await opened.settle({ engine: model.modelId, characters: 0, audioSeconds: arrivals.seconds(), computeSeconds, outcome });
    }

    function finishBooks(open: RequestHandle, outcome: string): void {
      open.end();
      metrics.liveSessions.dec();
      metrics.transcriptionRequests.inc({ model: model.modelId, outcome });
      metrics.transcribedSeconds.inc({ model: model.modelId }, arrivals.seconds());
      log.info({ request_id: request.requestId, trace_id: request.trace.traceId, model: model.modelId, audio_s: Math.round(arrivals.seconds()), duration_ms: Math.round(clock.now() - startedMs), outcome }, 'live transcription');
    }

    const onAbort = () => void close(toAntiphonError(handle.signal.reason).code);
    handle.signal.addEventListener('abort', onAbort, { once: true });
    return {
      model: model.modelId,
      insteadOf: model.insteadOf,
      push: (samples) => take(resampler ? resampler.push(samples) : samples),
      finish: async () => {
        if (resampler) await take(resampler.finish());
        await live.finish();
      },
      events: watched(),
      close: () => void close('cancelled'),
    };
  };
}

/** Words that become final with the event; those of a whole utterance were told before, but for the last. */
function wordsOf(event: LiveEvent): readonly { readonly endSeconds: number }[] {
  return event.type === 'words' ? event.final : [];
}
