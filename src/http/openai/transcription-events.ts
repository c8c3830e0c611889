/** A transcript as it is made, in the events of OpenAI's API: the text piece by piece, then all of it. */
import { toAntiphonError } from '../../errors.ts';
import type { Transcription } from '../../transcription/transcript.ts';
import { toOpenAiError } from './errors.ts';

/** What that vendor counts for a second of sound. */
const audioTokensPerSecond = 10;

/** The deltas join to the text of the last event. */
export async function* toTranscriptEvents({ parts, summary }: Pick<Transcription, 'parts' | 'summary'>): AsyncGenerator<string> {
  let text = '';
  /** Blanks at the end belong to the text only once something follows. */
  let held = '';
  let outputTokens = 0;
  for await (const { segments } of parts) {
    const heard = held + segments.map((segment) => segment.text).join('');
    const begun = text === '' ? heard.trimStart() : heard;
    const delta = begun.trimEnd();
    held = begun.slice(delta.length);
    text += delta;
    outputTokens += segments.reduce((sum, { tokens }) => sum + tokens.length, 0);
    if (delta !== '') yield event({ type: 'transcript.text.delta', delta });
  }
  yield event({ type: 'transcript.text.done', text, usage: usageOf(summary().durationSeconds, outputTokens) });
}

/** For a stream that fails half-way. */
export function transcriptFailure(error: unknown): string {
  return event({ type: 'error', ...toOpenAiError(toAntiphonError(error)) });
}

function usageOf(durationSeconds: number, outputTokens: number) {
  const inputTokens = Math.ceil(durationSeconds * audioTokensPerSecond);
  return { type: 'tokens', input_tokens: inputTokens, input_token_details: { audio_tokens: inputTokens, text_tokens: 0 }, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
