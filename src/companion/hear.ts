/** What was said in a turn: the words of a recording, or what was typed. */
import type { Config } from '../config/schema.ts';
import { AntiphonError } from '../errors.ts';
import { collectTranscript, textOf, type Transcribe } from '../transcription/transcript.ts';
import type { TurnAsk } from './turn.ts';

export type HearOptions = { readonly transcribe: Transcribe; readonly config: Pick<Config['companion'], 'hearingModel' | 'language'> };

/** Errors: audio_silent, and those of Transcribe. */
export async function hearRecording({ requestId, trace, caller, path }: Pick<TurnAsk, 'requestId' | 'trace' | 'caller'> & { readonly path: string }, { transcribe, config }: HearOptions, signal: AbortSignal): Promise<string> {
  const transcript = await collectTranscript(await transcribe({
    requestId, trace, caller, isPart: true, path, model: config.hearingModel, language: config.language === '' ? undefined : config.language, task: 'transcribe', words: false, careful: false,
  }, signal));
  const text = textOf(transcript.segments);
  if (/[\p{L}\p{N}]/u.test(text)) return text;
  throw new AntiphonError('audio_silent', 'Nobody speaks in the recording; say something, closer to the microphone if need be.', { param: 'audio' });
}

/** Errors: input_empty, input_too_long. */
export function readTyped(text: string, mostCharacters: number): string {
  const trimmed = text.trim();
  if (trimmed === '') throw new AntiphonError('input_empty', 'text is empty; say something.', { param: 'text' });
  if (trimmed.length > mostCharacters) throw new AntiphonError('input_too_long', `text has ${trimmed.length} characters; the most of one turn is ${mostCharacters} (companion.maxCharacters).`, { param: 'text' });
  return trimmed;
}
