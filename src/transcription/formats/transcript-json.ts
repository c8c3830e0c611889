/** `json` and `verbose_json` of https://platform.openai.com/docs/api-reference/audio, which other vendors have taken over. */
import { languageNameOf } from '../../text/languages.ts';
import { textOf, type TranscribeRequest, type Transcript, type TranscriptSegment } from '../transcript.ts';

type VerboseOptions = Pick<TranscribeRequest, 'task' | 'words'> & {
  /** False where only words were asked for. Default: true. */
  readonly segments?: boolean;
};

export function toTranscriptJson({ segments, durationSeconds }: Transcript, { task }: Pick<TranscribeRequest, 'task'>) {
  return { text: textOf(segments), ...usageOf(durationSeconds, task) };
}

export function toVerboseJson({ segments, durationSeconds, language }: Transcript, { task, words, segments: withSegments = true }: VerboseOptions) {
  return {
    task,
    language: task === 'translate' ? 'english' : language === undefined ? 'unknown' : languageNameOf(language) ?? language,
    duration: round(durationSeconds),
    text: textOf(segments),
    ...(withSegments ? { segments: segments.map(toVerboseSegment) } : {}),
    ...(words ? { words: segments.flatMap((segment) => (segment.words ?? []).map((word) => ({ word: word.text.trim(), start: round(word.startSeconds), end: round(word.endSeconds) }))) } : {}),
    ...usageOf(durationSeconds, task),
  };
}

/** A piece of sound is read at once here, so nothing is sought: `seek` is where the segment begins, in hundredths of a second as there. */
function toVerboseSegment(segment: TranscriptSegment) {
  return {
    id: segment.index,
    seek: Math.round(segment.startSeconds * 100),
    start: round(segment.startSeconds),
    end: round(segment.endSeconds),
    text: segment.text,
    tokens: segment.tokens,
    temperature: segment.temperature,
    avg_logprob: segment.averageLogProbability,
    compression_ratio: segment.compressionRatio,
    no_speech_prob: segment.noSpeechProbability,
  };
}

/** Begun seconds, as they are billed there; translations tell none. */
function usageOf(durationSeconds: number, task: TranscribeRequest['task']) {
  return task === 'translate' ? {} : { usage: { type: 'duration', seconds: Math.ceil(durationSeconds) } };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
