/** What a recording says: the words of one use case, which every dialect translates into its own. */
import type { HeardSegment } from '../engines/kinds.ts';
import type { RawAudioKind } from '../audio/decode.ts';
import type { Caller } from '../caller.ts';
import type { TraceContext } from '../telemetry/trace-context.ts';

export type TranscribeRequest = {
  readonly requestId: string;
  readonly trace: TraceContext;
  /** Who asks: whose plan, lane and limits count, and whether what is spoken owes a mark. */
  readonly caller: Caller;
  /** A file that nobody changes while it is read; it belongs to the caller, who removes it. */
  readonly path: string;
  /** For samples without a header, which nothing else tells. */
  readonly raw?: RawAudioKind | undefined;
  /** `whisper-1` or `auto` (the chain), an engine or a model of one (this machine), `groq` or `groq/some-model` (that provider alone). */
  readonly model: string;
  /** ISO 639-1 (`en`), with a region if need be (`en-GB`), or its English name; absent: told from the sound. */
  readonly language?: string | undefined;
  readonly task: 'transcribe' | 'translate';
  readonly prompt?: string | undefined;
  /** 0…1 */
  readonly temperature?: number | undefined;
  readonly words: boolean;
  /** The best text, where it is not clear at once; false where somebody waits to be answered. Default true. */
  readonly careful?: boolean;
  /** Of a request that counts already: what was said in a spoken turn. Default false. */
  readonly isPart?: boolean;
};

/** Seconds count from the beginning of the recording. */
export type TranscriptSegment = HeardSegment & { readonly index: number };

export type TranscriptPart = {
  /** In order; none where only silence went by. */
  readonly segments: readonly TranscriptSegment[];
  /** So much of the recording is done. */
  readonly doneSeconds: number;
};

export type TranscriptSummary = {
  /** ISO 639-1; of the first piece in which somebody speaks. `undefined` where nobody does and none was given. */
  readonly language: string | undefined;
  readonly languageProbability: number;
  /** Of the whole recording. */
  readonly durationSeconds: number;
  /** Of it somebody speaks for so long. */
  readonly speechSeconds: number;
};

export type Transcription = {
  /** Who hears: `local`, or a provider's id; where a chain does, of the first piece. */
  readonly provider: string;
  /** `whisper/base`, or the provider's own name of its model. */
  readonly model: string;
  /** The model, or the provider, that was asked for, where another had to stand in. */
  readonly insteadOf: string | undefined;
  /** As the container tells, before it is decoded; undefined where it does not. */
  readonly expectedSeconds: number | undefined;
  /** As they are done. Leaving the loop early cancels the work. */
  readonly parts: AsyncGenerator<TranscriptPart>;
  /** Whole once `parts` has ended. */
  readonly summary: () => TranscriptSummary;
};

/**
 * Where this machine alone hears, everything is checked that can be without inference; what goes wrong later rejects
 * from `parts`. Where a provider may, the first part is in hand, since only then is known who hears. Errors: audio_unreadable, audio_missing, audio_too_long, language_unknown, model_unknown, model_not_ready,
 * input_unsupported, queue_full, draining, and those of the engine.
 */
export type Transcribe = (request: TranscribeRequest, caller: AbortSignal) => Promise<Transcription>;

export type Transcript = TranscriptSummary & { readonly segments: readonly TranscriptSegment[]; readonly model: string };

/** Reads all parts. Errors: those of `parts`. */
export async function collectTranscript(transcription: Transcription): Promise<Transcript> {
  const segments: TranscriptSegment[] = [];
  for await (const part of transcription.parts) segments.push(...part.segments);
  return { ...transcription.summary(), segments, model: transcription.model };
}

/** The words without the blank that the model writes at the beginning. */
export function textOf(segments: readonly { readonly text: string }[]): string {
  return segments.map(({ text }) => text).join('').trim();
}
