/**
 * The pieces of one recording, heard in parallel and told in order. The language is told from the first piece in which
 * somebody speaks, as Whisper's own program does, and holds for the others; so they wait for it.
 */
import type { Asker } from '../dispatch/lanes.ts';
import type { Clock } from '../clock.ts';
import type { TranscriptionPool } from '../dispatch/transcription-pool.ts';
import { hearingRateHz, type HeardSegment, type HeardSpeech } from '../engines/kinds.ts';
import type { CutEvent, SpeechPiece } from '../recognition/cut-pieces.ts';

export type Question = {
  readonly asker: Asker;
  /** Told what inference each piece took. */
  readonly onInference?: (seconds: number) => void;
  readonly modelId: string;
  /** undefined: to be told from the sound. */
  readonly language: string | undefined;
  readonly task: 'transcribe' | 'translate';
  readonly prompt: string | undefined;
  readonly temperature: number | undefined;
  readonly words: boolean;
  /** As in the engines' request. */
  readonly careful: boolean;
  /** Of the whole recording, as far as is known. */
  readonly expectedSeconds: number | undefined;
  readonly traceparent: string;
};

/** What has become known since the last one. */
export type HeardPart = {
  /** On the clock of the recording. */
  readonly segments: readonly HeardSegment[];
  readonly doneSeconds: number;
  readonly speechSeconds: number;
  readonly language?: Pick<HeardSpeech, 'language' | 'languageProbability'>;
};

export type HearPieces = (options: { readonly cuts: AsyncIterable<CutEvent>; readonly question: Question; readonly signal: AbortSignal }) => AsyncGenerator<HeardPart>;

export type HearPiecesDependencies = { readonly pool: Pick<TranscriptionPool, 'transcribe'>; readonly piecesAhead: number; readonly clock: Clock };

/** An answer is due after so long, and a tenth of the recording's length: who has said a sentence waits for no lecture. */
const leastDelayMs = 500;
const delayPerSecondMs = 100;
/** Nothing waits for longer than this behind newer requests. */
const mostDelayMs = 60_000;
/** Once a recording is being heard it is finished, however long its pieces wait for others'. */
const patienceMs = 86_400_000;

/** What was read and not told yet, pieces of silence too. */
const mostUntold = 64;

type Task = { readonly read: CutEvent; readonly heard: Promise<HeardSpeech> | undefined; settled: boolean };

export function createHearPieces({ pool, piecesAhead, clock }: HearPiecesDependencies): HearPieces {
  return async function* hearPieces({ cuts, question, signal }) {
    // Pieces that are still being heard end with the first that fails, or when nobody reads on.
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const events = cuts[Symbol.asyncIterator]();
    const tasks: Task[] = [];
    let language = question.language;
    let pieces = 0;
    let reading: Promise<void> | undefined;
    let end: { readonly error?: unknown } | undefined;

    async function readOn(): Promise<void> {
      try {
        const { done, value } = await events.next();
        if (done === true) end = {};
        else take(value);
      } catch (error) {
        end = { error };
      } finally {
        reading = undefined;
      }
    }

    function take(read: CutEvent): void {
      const task: Task = { read, heard: read.piece === undefined ? undefined : hear(read.piece), settled: read.piece === undefined };
      const settle = () => { task.settled = true; };
      task.heard?.then(settle, settle);
      tasks.push(task);
    }

    function hear(piece: SpeechPiece): Promise<HeardSpeech> {
      const askedMs = clock.now();
      const seconds = Math.max(question.expectedSeconds ?? 0, (piece.startSample + piece.samples.length) / hearingRateHz);
      const delayMs = Math.min(mostDelayMs, leastDelayMs + delayPerSecondMs * seconds);
      const heard = pool.transcribe({
        asker: question.asker,
        onInference: question.onInference,
        modelId: question.modelId,
        samples: piece.samples,
        task: question.task,
        words: question.words,
        careful: question.careful,
        ...(language === undefined ? {} : { language }),
        ...(question.prompt === undefined ? {} : { prompt: question.prompt }),
        ...(question.temperature === undefined ? {} : { temperature: question.temperature }),
        answerDelayMs: () => askedMs + delayMs - clock.now(),
        ...(pieces++ === 0 ? {} : { patienceMs }),
        traceparent: question.traceparent,
      }, stop);
      heard.catch(() => undefined);
      return heard;
    }

    const inWork = (): number => tasks.filter(({ heard }) => heard !== undefined).length;
    const mayReadOn = (): boolean => end === undefined && tasks.length < mostUntold && inWork() < (language === undefined ? 1 : piecesAhead);

    async function tell({ read, heard }: Task): Promise<HeardPart> {
      const result = await heard;
      const doneSeconds = read.readSamples / hearingRateHz;
      if (read.piece === undefined || result === undefined) return { segments: [], doneSeconds, speechSeconds: 0 };
      const spoken = result.segments.length > 0;
      if (spoken) language ??= result.language;
      return {
        segments: result.segments.map((segment) => shifted(segment, read.piece!.startSample / hearingRateHz)),
        doneSeconds,
        speechSeconds: read.piece.speechSamples / hearingRateHz,
        ...(spoken ? { language: result } : {}),
      };
    }

    try {
      for (;;) {
        // The next piece is decoded and cut while others are being heard.
        if (reading === undefined && mayReadOn()) reading = readOn();
        const [task] = tasks;
        if (task?.settled === true) {
          tasks.shift();
          yield await tell(task);
        } else if (task === undefined && reading === undefined) {
          // What was heard before the recording failed has been told.
          if (end !== undefined && 'error' in end) throw end.error;
          return;
        } else await Promise.race([task?.heard?.catch(() => undefined), reading].filter((promise) => promise !== undefined));
      }
    } finally {
      over.abort();
      // It may be waiting for sound; whoever opened the recording closes it, which ends that.
      events.return?.().catch(() => undefined);
    }
  };
}

function shifted(segment: HeardSegment, seconds: number): HeardSegment {
  return {
    ...segment,
    startSeconds: segment.startSeconds + seconds,
    endSeconds: segment.endSeconds + seconds,
    ...(segment.words === undefined ? {} : { words: segment.words.map((word) => ({ ...word, startSeconds: word.startSeconds + seconds, endSeconds: word.endSeconds + seconds })) }),
  };
}
