/** What a turn of a spoken conversation is given, and what it tells while it is taken. */
import type { AudioFormatId } from '../audio/formats.ts';
import type { Caller } from '../caller.ts';
import type { TraceContext } from '../telemetry/trace-context.ts';

export type TurnAsk = {
  readonly requestId: string;
  readonly trace: TraceContext;
  readonly caller: Caller;
  readonly sessionId: string;
  /** A recording, which belongs to the caller, who removes it once the turn has told what it heard; or what was typed. */
  readonly said: { readonly path: string } | { readonly text: string };
  /** Of the spoken reply. */
  readonly format: AudioFormatId;
};

/** Milliseconds. Those of the model count from the moment it was asked. */
export type TurnTimings = {
  /** From the recording in hand to its words; 0 where the turn was typed. */
  readonly hearMs: number;
  readonly rememberMs: number;
  readonly firstWordMs: number;
  readonly firstSentenceMs: number;
  readonly thinkMs: number;
  /** From the first sentence to its first sound. */
  readonly speakMs: number;
  /** From the turn in hand to the first sound: what somebody who speaks waits for. */
  readonly firstAudioMs: number;
  /** To the whole reply and its first sound, both kept. */
  readonly totalMs: number;
};

/** In this order; texts come before and after the audio is told of, and join to the reply. */
export type TurnEvent =
  | { readonly type: 'turn.heard'; readonly text: string }
  | { readonly type: 'reply.text'; readonly text: string }
  /** Its first sound is there: it can be fetched from now on, while it is still being made. */
  | { readonly type: 'reply.audio'; readonly audioId: string; readonly contentType: string }
  /** The turn is on the disk. */
  | { readonly type: 'turn.answered'; readonly said: string; readonly reply: string; readonly audioId: string; readonly provider: string; readonly model: string; readonly insteadOf: string | undefined; readonly timings: TurnTimings }
  /** All of it is spoken. */
  | { readonly type: 'reply.spoken'; readonly audioSeconds: number };

/**
 * Errors, until `turn.answered`: session_unknown, queue_full, audio_silent, input_empty, input_too_long, turn_timeout,
 * engine_failed (a model that says nothing), and those of Transcribe, Chat and Speak. A turn that failed is no part of
 * the conversation. After it: those of Speak. Leaving the loop early, or the caller's signal, ends everything that is
 * under way, and removes what was not answered yet.
 */
export type TakeTurn = (ask: TurnAsk, caller: AbortSignal) => AsyncGenerator<TurnEvent>;
