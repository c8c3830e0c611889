/** A loaded Whisper model as the house's transcription contract sees it. */
import { AntiphonError } from '../../errors.ts';
import { hearingRateHz } from '../kinds.ts';
import type { LoadedTranscriptionModel, TranscriptionModelInfo, TranscriptionRequest, TranscriptionStep } from '../kinds.ts';
import { hearSpeech } from './hear-speech.ts';
import type { WhisperListener } from './hear-speech.ts';
import type { WhisperSessions } from './whisper-sessions.ts';
import type { WhisperTokenizer } from './whisper-tokenizer.ts';

/** A longer request is the caller's mistake: he cuts at silences. */
const mostSamples = 30 * hearingRateHz;

/** Takes the sessions over: closing the model closes them. */
export function createWhisperModel({ info, sessions, tokenizer }: { info: TranscriptionModelInfo; sessions: WhisperSessions; tokenizer: WhisperTokenizer }): LoadedTranscriptionModel {
  const listener: WhisperListener = { sessions, tokenizer, languages: info.languages };
  let closing: Promise<void> | undefined;

  async function* transcribe(request: TranscriptionRequest, signal: AbortSignal): AsyncGenerator<TranscriptionStep, void, undefined> {
    const mayStart = (): void => {
      signal.throwIfAborted();
      if (closing !== undefined) throw unloaded();
    };
    mayStart();
    check(request, info);
    const steps = hearSpeech(request, listener);
    for (;;) {
      mayStart();
      const step = await steps.next();
      if (step.done === true) {
        yield { heard: step.value };
        return;
      }
      yield {};
    }
  }

  return {
    info,
    residentBytes: sessions.residentBytes,
    executionProvider: sessions.executionProvider,
    transcribe,
    async warmUp() {
      if (closing !== undefined) throw unloaded();
      const samples = Float32Array.from({ length: hearingRateHz }, (_, i) => 0.1 * Math.sin(i / 10));
      const encoded = await sessions.encode(samples, 2 * 50);
      await sessions.decode(encoded, undefined, [tokenizer.special.startOfTranscript]);
    },
    close() {
      closing ??= sessions.close();
      return closing;
    },
  };
}

function check({ samples, language, task }: TranscriptionRequest, info: TranscriptionModelInfo): void {
  if (language !== undefined && !info.languages.includes(language)) {
    const reason = info.languages.length === 1 ? 'The model understands English only.' : 'The model understands no language of that code.';
    throw new AntiphonError('language_unknown', reason, { param: 'language' });
  }
  if (task === 'translate' && !info.translates) throw new AntiphonError('input_unsupported', 'The model understands English only and translates nothing.', { param: 'task' });
  if (samples.length < 1 || samples.length > mostSamples) throw new AntiphonError('engine_failed', 'The model takes 1 sample to 30 s at once.');
}

function unloaded(): AntiphonError {
  return new AntiphonError('engine_failed', 'The model was unloaded.');
}
