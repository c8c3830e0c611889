/** Speaks a part sentence by sentence into its journal, from where it stopped, behind everybody who is waiting to hear. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { SpeechPool } from '../../dispatch/speech-pool.ts';
import { AntiphonError, toAntiphonError, type ErrorCode } from '../../errors.ts';
import type { ChosenVoice } from '../choose-voice.ts';
import type { PlannedSentence } from '../prepare-text.ts';
import { synthesisePlan } from '../synthesise-plan.ts';
import type { TimedSentence } from '../timed-sentence.ts';
import type { PartJournal } from './part-journal.ts';

export type SpeakPartOptions = {
  readonly text: string;
  readonly sentences: readonly PlannedSentence[];
  readonly voice: ChosenVoice;
  readonly journal: PartJournal;
  readonly pool: Pick<SpeechPool, 'synthesise'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Sentences in work at once. */
  readonly ahead: number;
  /** How to call the part's sentences in an error: "sentence 12 of chapter 3". */
  readonly nameOf: (sentence: number) => string;
  readonly onSentence: (sentence: { readonly characters: number; readonly samples: number }) => void;
};

/** Nobody waits for it: whoever asks in the meantime is served first. Less than a protocol's 32 bits of milliseconds. */
const patienceMs = 7 * 86_400_000;
/** Audio of sentences behind the one that is being written down. */
const bufferSeconds = 120;
const asker = { lane: 'jobs', name: 'jobs' } as const;
const attemptsPerSentence = 4;
const firstPauseMs = 250;
const longestPauseMs = 30_000;

/** Not the sentence's fault: they pass by themselves, and the job waits for as long as it takes. */
const passing: readonly ErrorCode[] = ['worker_unavailable', 'queue_full'];

/**
 * Resolves when every sentence is on the disk. A sentence that fails is tried again, three times, longer apart each
 * time. Errors: the sentence's last, naming it; disk_full; the signal's reason.
 */
export async function speakPart(options: SpeakPartOptions): Promise<void> {
  const { sentences, journal, clock, signal, nameOf } = options;
  let failures = 0;
  let failedAt = -1;
  while (journal.sentences() < sentences.length) {
    signal.throwIfAborted();
    try {
      await speakFrom(options, journal.sentences());
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toAntiphonError(thrown);
      if (error.code === 'disk_full' || error.code === 'internal') throw thrown;
      const at = journal.sentences();
      failures = at === failedAt ? failures + 1 : 1;
      failedAt = at;
      if (failures >= attemptsPerSentence && !passing.includes(error.code)) {
        throw new AntiphonError(error.code, `The ${nameOf(at)} could not be spoken, in ${attemptsPerSentence} attempts: ${error.message}`, { cause: error });
      }
      await clock.sleep(Math.min(longestPauseMs, firstPauseMs * 4 ** Math.min(failures - 1, 6)), signal);
    }
  }
}

async function speakFrom(options: SpeakPartOptions, from: number): Promise<void> {
  const { text, sentences, voice, journal, pool, clock, signal, ahead, onSentence } = options;
  const offsetSeconds = journal.samples() / voice.sampleRateHz;
  const plan = { requestText: () => text, sentences: sentences.slice(from), voice, asker, voiceFor: () => voice.voice };
  const background = { synthesise: (task: Parameters<SpeechPool['synthesise']>[0], stop: AbortSignal) => pool.synthesise({ ...task, playoutDelayMs: () => patienceMs + Math.max(0, task.playoutDelayMs()) }, stop) };
  let samples: Float32Array[] = [];
  let told: TimedSentence | undefined;
  for await (const part of synthesisePlan(plan, { pool: background, config: { sentencesAhead: ahead, bufferSeconds }, clock }, signal)) {
    if (part.samples.length > 0) samples.push(part.samples);
    told = part.sentences[0] ?? told;
    if (!part.endsSentence) continue;
    const { share } = sentences[journal.sentences()]!;
    const before = journal.samples();
    await journal.append(samples, { endCharacter: share.end, ...timesOf(told!, offsetSeconds) });
    onSentence({ characters: share.end - share.start, samples: journal.samples() - before });
    samples = [];
    told = undefined;
  }
}

function timesOf({ source, spokenText, startSeconds, endSeconds, words }: TimedSentence, offsetSeconds: number) {
  return {
    source,
    spokenText,
    startSeconds: startSeconds + offsetSeconds,
    endSeconds: endSeconds + offsetSeconds,
    words: words.map((word) => ({ ...word, startSeconds: word.startSeconds + offsetSeconds, endSeconds: word.endSeconds + offsetSeconds })),
  };
}

/** Of everything that decides which sentence is which: journals of another fingerprint are not continued. */
export function fingerprintOf(sentences: readonly PlannedSentence[], { modelId, voice }: ChosenVoice): string {
  const hash = createHash('sha256').update(JSON.stringify([modelId, voice]));
  for (const { written, share, pauseBeforeMs, pauseAfterMs, speed } of sentences) hash.update(JSON.stringify([written.text, share.start, share.end, pauseBeforeMs, pauseAfterMs, speed]));
  return hash.digest('hex');
}
