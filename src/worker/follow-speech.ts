/** One StreamingRecognize call: sound as it is spoken, words as they become certain. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { fromS16le } from '../audio/pcm.ts';
import { createResampler } from '../audio/resample.ts';
import type { Clock } from '../clock.ts';
import { hearingRateHz, type VoiceActivityModel } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import { createLiveRecogniser, type LiveEvent } from '../recognition/live-recogniser.ts';
import { callerSignal, createSender, laneWeightOf } from './grpc-calls.ts';
import type { RecognisePiece } from './recognise-piece.ts';
import { toWireWord, type StreamingConfig, type StreamingRecognizeRequest, type StreamingRecognizeResponse } from './stt-protocol.ts';

/** Resolves when the caller has sent all and been told all. */
export type FollowSpeech = (call: ServerDuplexStream<StreamingRecognizeRequest, StreamingRecognizeResponse>) => Promise<void>;

export type FollowSpeechDependencies = {
  readonly recognise: RecognisePiece;
  /** Opened with the first call that needs it. Errors: model_not_ready. */
  readonly voiceActivity: () => Promise<VoiceActivityModel>;
  readonly clock: Clock;
};

/** Somebody is speaking and wants to see the words; but who waits to hear is served before. */
const answerDelayMs = 200;

/** Errors: input_invalid, model_not_ready, and those of the model. */
export function createFollowSpeech({ recognise, voiceActivity, clock }: FollowSpeechDependencies): FollowSpeech {
  return async (call) => {
    const signal = callerSignal(call);
    const messages = call[Symbol.asyncIterator]() as AsyncIterator<StreamingRecognizeRequest>;
    const first = await messages.next();
    const config = first.done === true ? undefined : first.value.config;
    if (!config) throw new AntiphonError('input_invalid', 'The first request must carry the configuration.', { param: 'config' });
    const rateHz = sampleRateOf(config);
    const voice = (await voiceActivity()).openStream();
    const resampler = rateHz === hearingRateHz ? undefined : createResampler({ fromHz: rateHz, toHz: hearingRateHz });
    const live = createLiveRecogniser({
      voice,
      clock,
      recognise: async (request, stop) => (await recognise({ ...request, modelId: config.model_id, deadlineMs: clock.now() + answerDelayMs, laneWeight: laneWeightOf(call.metadata) }, AbortSignal.any([signal, stop]))).heard,
      options: { ...(config.language === '' ? {} : { language: config.language }), ...(config.prompt === '' ? {} : { prompt: config.prompt }) },
    });
    const onGone = () => live.close();
    signal.addEventListener('abort', onGone, { once: true });

    async function hear(): Promise<void> {
      for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
        const { audio_data: audio } = next.value;
        if (!audio || audio.length % 2 !== 0) throw new AntiphonError('input_invalid', 'Every request after the first must carry audio_data, whole 16-bit samples.', { param: 'audio_data' });
        const samples = fromS16le(audio);
        await live.push(resampler ? resampler.push(samples) : samples);
      }
      if (resampler) await live.push(resampler.finish());
      await live.finish();
    }

    async function tell(): Promise<void> {
      const send = createSender(call, signal);
      for await (const event of live.events) await send(toMessage(event));
    }

    try {
      await Promise.all([hear(), tell()]);
    } finally {
      signal.removeEventListener('abort', onGone);
      live.close();
      voice.close();
      resampler?.close();
    }
  };
}

function sampleRateOf({ sample_rate: rateHz }: StreamingConfig): number {
  if (rateHz === 0) return hearingRateHz;
  if (rateHz >= 8_000 && rateHz <= 48_000) return rateHz;
  throw new AntiphonError('input_invalid', `sample_rate must be between 8000 and 48000, not ${rateHz}.`, { param: 'sample_rate' });
}

function toMessage(event: LiveEvent): StreamingRecognizeResponse {
  switch (event.type) {
    case 'speech_started':
      return { speech_started: { at_seconds: event.atSeconds } };
    case 'speech_ended':
      return { speech_ended: { at_seconds: event.atSeconds } };
    case 'words':
      return { words: { utterance: event.utterance, final: event.final.map(toWireWord), pending: event.pending.map(toWireWord) } };
    case 'utterance':
      return { utterance: { utterance: event.utterance, text: event.text, words: event.words.map(toWireWord), start_seconds: event.startSeconds, end_seconds: event.endSeconds, language: event.language } };
  }
}
