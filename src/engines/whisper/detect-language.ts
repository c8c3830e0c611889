/** Tells the language of a sound: the model's first guess after the start of the transcript, among languages alone. */
import { logSumExp } from './decoding-rules.ts';
import type { EncodedAudio, WhisperSessions } from './whisper-sessions.ts';
import type { WhisperTokenizer } from './whisper-tokenizer.ts';

export type DetectedLanguage = {
  /** ISO 639-1 */
  readonly language: string;
  /** 0…1 among the languages. */
  readonly probability: number;
};

/** `languages`: codes to choose from. One inference of one token. Errors: engine_failed. */
export async function detectLanguage(
  encoded: EncodedAudio,
  { sessions, tokenizer, languages }: { sessions: WhisperSessions; tokenizer: WhisperTokenizer; languages: readonly string[] },
): Promise<DetectedLanguage> {
  const { logits } = await sessions.decode(encoded, undefined, [tokenizer.special.startOfTranscript]);
  const own = Float32Array.from(languages, (code) => logits[tokenizer.languages.get(code)!]!);
  const best = own.reduce((winner, logit, i) => (logit > own[winner]! ? i : winner), 0);
  return { language: languages[best]!, probability: Math.exp(own[best]! - logSumExp(own)) };
}
