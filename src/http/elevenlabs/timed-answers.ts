/** Audio in base64 with the times of its characters: one JSON object for all of it, or one a line as it is made. */
import type { SpeechPart, TimedSentence } from '../../speech/timed-sentence.ts';
import { spokenOf, toAlignment } from './alignment.ts';

/**
 * `{audio_base64, alignment, normalized_alignment}` written while the audio is made, so that a long text is never held
 * in memory twice over. What fails half-way leaves the object unfinished, which no JSON parser takes for an answer.
 */
export async function* toTimedAnswer(parts: AsyncGenerator<SpeechPart>): AsyncGenerator<string> {
  const sentences: TimedSentence[] = [];
  let held = Buffer.alloc(0);
  let opening = '{"audio_base64":"';
  for await (const part of parts) {
    sentences.push(...part.sentences);
    const bytes = Buffer.concat([held, part.bytes]);
    // Base64 can be joined where a group of three bytes ends.
    const whole = bytes.length - (bytes.length % 3);
    held = bytes.subarray(whole);
    if (whole > 0) yield opening + bytes.subarray(0, whole).toString('base64');
    opening = whole > 0 ? '' : opening;
  }
  yield `${opening}${held.toString('base64')}",${JSON.stringify(alignmentsOf(sentences)).slice(1)}`;
}

/** One such object a line; a sentence's times come with the part it begins in, other parts have null. */
export async function* toTimedLines(parts: AsyncGenerator<SpeechPart>): AsyncGenerator<string> {
  for await (const { bytes, sentences } of parts) {
    yield `${JSON.stringify({ audio_base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'), ...alignmentsOf(sentences) })}\n`;
  }
}

function alignmentsOf(sentences: readonly TimedSentence[]) {
  return {
    alignment: toAlignment(sentences.map(({ sourceCharacters }) => sourceCharacters)),
    normalized_alignment: toAlignment(sentences.map((sentence) => spokenOf(sentence, sentence.index > 0))),
  };
}
