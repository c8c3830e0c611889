/** One speaking session of a worker: its model, its options, and the switches that Control turns. */
import { z } from 'zod';
import { AntiphonError } from '../errors.ts';
import type { StartSessionRequest } from './protocol.ts';

export type SessionOptions = {
  readonly voice: string | undefined;
  readonly speed: number;
  readonly pitchSemitones: number;
  /** undefined: the model's own rate. */
  readonly sampleRateHz: number | undefined;
  /** undefined: one frame a chunk, as the engine made it. */
  readonly frameMs: number | undefined;
};

export type Session = {
  readonly id: string;
  readonly modelId: string;
  readonly options: SessionOptions;
  /** Aborted when the session ends; `StopSpeech` aborts only what is being said. */
  readonly closed: AbortController;
  speech: AbortController | undefined;
  paused: boolean;
};

/** The reason with which STOP aborts speech: an ending that was asked for, not a failure. */
export class StopSpeech extends Error {
  override readonly name = 'StopSpeech';
}

const optionsSchema = z.strictObject({
  voice: z.string().min(1).optional(),
  speed: z.coerce.number().min(0.25).max(4).default(1),
  pitch_semitones: z.coerce.number().min(-12).max(12).default(0),
  sample_rate_hz: z.union([z.literal('native'), z.coerce.number().int().min(8_000).max(48_000)]).default(48_000),
  frame_ms: z.union([z.literal('chunk'), z.coerce.number().int().min(5).max(1_000)]).default(20),
});

/** Errors: input_invalid, naming the option. */
export function createSession(request: StartSessionRequest): Session {
  if (request.session_id === '') throw new AntiphonError('input_invalid', 'session_id must not be empty.', { param: 'session_id' });
  if (request.model_id === '') throw new AntiphonError('input_invalid', 'model_id must not be empty.', { param: 'model_id' });
  const parsed = optionsSchema.safeParse(request.options);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const name = issue.code === 'unrecognized_keys' ? issue.keys[0]! : String(issue.path[0]);
    throw new AntiphonError('input_invalid', `options.${name}: ${issue.message}.`, { param: `options.${name}` });
  }
  const { voice, speed, pitch_semitones: pitchSemitones, sample_rate_hz: sampleRateHz, frame_ms: frameMs } = parsed.data;
  return {
    id: request.session_id,
    modelId: request.model_id,
    options: { voice, speed, pitchSemitones, sampleRateHz: sampleRateHz === 'native' ? undefined : sampleRateHz, frameMs: frameMs === 'chunk' ? undefined : frameMs },
    closed: new AbortController(),
    speech: undefined,
    paused: false,
  };
}
