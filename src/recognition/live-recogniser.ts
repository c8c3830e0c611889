/**
 * Speech followed while it is spoken: sound in, words out as they become certain. What somebody says is decoded again
 * and again while he speaks, one decode at a time; words on which two decodes in a row agree are final
 * (stable-prefix.ts), and their sound is soon let go of, so that a monologue of an hour costs no more a second than its
 * first minute.
 */
import type { Clock } from '../clock.ts';
import { hearingRateHz, vadFrameSamples, type HeardSpeech, type TranscriptionRequest, type VoiceActivityStream } from '../engines/kinds.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import { createChangeSignal } from './change-signal.ts';
import { createEventOutlet } from './event-outlet.ts';
import { createLiveHearing } from './live-hearing.ts';
import type { DecodeStep, LiveUtterance } from './live-utterance.ts';
import type { LiveWord } from './stable-prefix.ts';

export type { LiveWord } from './stable-prefix.ts';

/** Seconds count from the beginning of the stream. */
export type LiveEvent =
  | { readonly type: 'speech_started'; readonly atSeconds: number }
  | { readonly type: 'speech_ended'; readonly atSeconds: number }
  /** `final`: newly so, never taken back. `pending`: what follows all that is final, as far as is known now. */
  | { readonly type: 'words'; readonly utterance: number; readonly final: readonly LiveWord[]; readonly pending: readonly LiveWord[] }
  /** It is complete: all its words, the final ones of before first. None is told of an utterance without words. */
  | { readonly type: 'utterance'; readonly utterance: number; readonly text: string; readonly words: readonly LiveWord[]; readonly startSeconds: number; readonly endSeconds: number; readonly language: string };

export type LiveRecogniserOptions = {
  /** ISO 639-1; absent: told anew in each utterance. */
  readonly language?: string;
  /** Names that may occur, or what was said before. */
  readonly prompt?: string;
  /** From the beginning of one decode to the next, at the least, while somebody speaks. Default 400. */
  readonly intervalMs?: number;
  /** So long nobody must speak for an utterance to end. Default 600. */
  readonly endSilenceMs?: number;
  /** Probability of speech at which it begins. Default 0.5. */
  readonly threshold?: number;
  /** Decodes in a row that must agree on a word. Default 2. */
  readonly agreement?: number;
  /** Of sound is decoded again at the most, as a rule; up to twice as much while no two decodes agree. Default 6. */
  readonly windowSeconds?: number;
};

export type LiveRecogniserDependencies = {
  /** At its beginning; the caller closes it. */
  readonly voice: VoiceActivityStream;
  readonly recognise: (request: TranscriptionRequest, signal: AbortSignal) => Promise<HeardSpeech>;
  readonly clock: Clock;
  readonly options?: LiveRecogniserOptions;
};

export type LiveRecogniser = {
  /**
   * Mono at `hearingRateHz`, any length. Resolves when more can be taken: not before the reader of `events` and the
   * decodes have caught up with it. Rejects once `events` has failed, with its error, and after `close`.
   */
  readonly push: (samples: Float32Array) => Promise<void>;
  /** No sound will come. Resolves when the last utterance is complete. Rejects as `push` does. */
  readonly finish: () => Promise<void>;
  /** One reader. Ends after `finish` and `close`. Throws what `voice` or, twice in a row, `recognise` failed with. */
  readonly events: AsyncIterable<LiveEvent>;
  /** Stops all work. Idempotent. */
  readonly close: () => void;
};

/** Unread events, and seconds of sound not done with, from which on `push` waits. */
const mostEvents = 64;
const mostHeldSeconds = 30;
/** Longer chunks are heard in parts. */
const partSamples = 31 * vadFrameSamples;

export function createLiveRecogniser({ voice, recognise, clock, options = {} }: LiveRecogniserDependencies): LiveRecogniser {
  const { intervalMs = 400, endSilenceMs = 600, agreement = 2, windowSeconds = 6, threshold = 0.5, language, prompt } = options;
  const signal = createChangeSignal(clock);
  const outlet = createEventOutlet<LiveEvent>({ limit: mostEvents, onRead: signal.changed });
  const hearing = createLiveHearing({ voice, onSpeech: ({ type, atSample }) => outlet.put({ type, atSeconds: atSample / hearingRateHz }), language, threshold, endSilenceMs, agreement, windowSeconds });
  let hasFinished = false;
  let isDone = false;
  let lastPush: Promise<unknown> = Promise.resolve();
  let nextDecodeMs = -Infinity;

  function fail(error: unknown): void {
    if (signal.stopped.aborted) return;
    outlet.fail(error);
    signal.stop(error);
  }

  const canTakeMore = () => outlet.hasRoom() && hearing.heldSeconds() < mostHeldSeconds;

  async function hear(samples: Float32Array): Promise<void> {
    await signal.until(canTakeMore);
    for (let at = 0; at < samples.length; at += partSamples) {
      await hearing.hear(samples.subarray(at, at + partSamples));
      signal.changed();
      await signal.until(canTakeMore);
    }
  }

  async function hearTheEnd(): Promise<void> {
    if (hasFinished) return;
    await hearing.end();
    hasFinished = true;
    signal.changed();
  }

  /** One decode after the other, always of the oldest utterance. */
  async function work(): Promise<void> {
    for (;;) {
      await signal.until(outlet.hasRoom);
      const utterance = hearing.oldest();
      const next = hearing.next();
      if (utterance === undefined && hasFinished) break;
      if (utterance === undefined || next === undefined) await signal.next();
      else if (next === 'complete') complete(utterance);
      else if (!utterance.hasEnded() && clock.now() < nextDecodeMs) await signal.nextWithin(nextDecodeMs - clock.now());
      else await decode(utterance, next);
    }
    isDone = true;
    outlet.end();
    signal.changed();
  }

  async function decode(utterance: LiveUtterance, step: DecodeStep): Promise<void> {
    nextDecodeMs = clock.now() + intervalMs;
    const before = utterance.pending();
    const request = requestOf(step, { samples: hearing.soundOf(step), prompt });
    const final = utterance.take(await recogniseTwice(request), step);
    tellWords(utterance, { final, before });
    signal.changed();
  }

  /** A worker may be lost once; its successor is there soon. */
  async function recogniseTwice(request: TranscriptionRequest): Promise<HeardSpeech> {
    try {
      return await recognise(request, signal.stopped);
    } catch (error) {
      if (signal.stopped.aborted || !toAntiphonError(error).retryable) throw error;
      return await recognise(request, signal.stopped);
    }
  }

  function tellWords(utterance: LiveUtterance, { final, before }: { final: readonly LiveWord[]; before: readonly LiveWord[] }): void {
    const pending = utterance.pending();
    if (final.length > 0 || textOf(pending) !== textOf(before)) outlet.put({ type: 'words', utterance: utterance.number, final, pending });
  }

  function complete(utterance: LiveUtterance): void {
    const before = utterance.pending();
    tellWords(utterance, { final: utterance.complete(), before });
    if (utterance.words().length > 0) outlet.put(summaryOf(utterance));
    hearing.forgetOldest();
    signal.changed();
  }

  /** In the order of the calls, whether or not they are waited for. */
  function inTurn(action: () => Promise<void>): Promise<void> {
    const turn = lastPush.then(action);
    lastPush = turn.catch(fail);
    return turn;
  }

  work().catch(fail);

  return {
    push: (samples) => inTurn(() => hear(samples)),
    async finish() {
      await inTurn(hearTheEnd);
      await signal.until(() => isDone);
    },
    events: outlet.events,
    close() {
      outlet.end();
      signal.stop(new AntiphonError('cancelled', 'The stream of speech was closed.'));
    },
  };
}

function requestOf({ context, language }: DecodeStep, { samples, prompt }: { samples: Float32Array; prompt: string | undefined }): TranscriptionRequest {
  const said = [prompt, context].filter((text) => text !== undefined && text !== '').join(' ');
  return { samples, task: 'transcribe', words: true, ...(language === undefined ? {} : { language }), ...(said === '' ? {} : { prompt: said }) };
}

function summaryOf(utterance: LiveUtterance): LiveEvent {
  const words = utterance.words();
  const { startSample, endSample } = utterance.span();
  return {
    type: 'utterance',
    utterance: utterance.number,
    text: textOf(words).trim(),
    words,
    startSeconds: startSample / hearingRateHz,
    endSeconds: endSample / hearingRateHz,
    language: utterance.language(),
  };
}

function textOf(words: readonly LiveWord[]): string {
  return words.map(({ text }) => text).join('');
}
