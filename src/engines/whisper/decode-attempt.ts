/** One attempt to write down a window: token after token until the model says that it is done, or runs in circles. */
import type { DecodedTokens, DecoderState, EncodedAudio, WhisperSessions } from './whisper-sessions.ts';
import { applyDecodingRules, logSumExp } from './decoding-rules.ts';
import { compressionRatio, isLoop } from './repetition.ts';
import type { LoopLimit } from './repetition.ts';
import { chooseToken } from './token-choice.ts';
import { timestampsPerSecond } from './whisper-tokenizer.ts';
import type { WhisperTokenizer } from './whisper-tokenizer.ts';

/** The prompt's tokens through the decoder: where every attempt at a window begins. */
export type DecodingStart = {
  readonly sessions: WhisperSessions;
  readonly tokenizer: WhisperTokenizer;
  readonly encoded: EncodedAudio;
  readonly prompt: readonly number[];
  readonly decoded: DecodedTokens;
  /** 0…1, at the start of the transcript. */
  readonly noSpeechProbability: number;
};

export type AttemptOptions = {
  readonly temperature: number;
  readonly mostTokens: number;
  readonly loop: LoopLimit;
  /** Of the sound. */
  readonly durationSeconds: number;
  /** Gives 0…1. */
  readonly random: () => number;
};

export type Attempt = {
  /** Text and timestamps, without the end. */
  readonly tokens: readonly number[];
  /** Natural logs, one a token. */
  readonly logProbabilities: readonly number[];
  readonly temperature: number;
  readonly averageLogProbability: number;
  readonly compressionRatio: number;
  readonly noSpeechProbability: number;
  /** `runaway`: it ran in circles, or wrote more than anybody can say in the time, and was ended. */
  readonly end: 'complete' | 'limit' | 'runaway';
};

/** Tokens of one step: about 60 ms with the base model on one thread. */
const tokensPerStep = 8;
/** Fast speech reaches 25 in the Latin script and less in others. */
const mostCharactersPerSecond = 35;
/** A word more than there seems to be time for, since timestamps are coarse. */
const fewestCharacters = 20;
/** Closer to the end of the sound than this there is no further word. */
const endSeconds = 0.1;

/** One inference. Errors: engine_failed. */
export async function startDecoding(parts: Omit<DecodingStart, 'decoded' | 'noSpeechProbability'>): Promise<DecodingStart> {
  const { sessions, tokenizer, encoded, prompt } = parts;
  const decoded = await sessions.decode(encoded, undefined, prompt, { logitsAt: prompt.lastIndexOf(tokenizer.special.startOfTranscript) });
  const first = decoded.firstLogits ?? decoded.logits;
  return { ...parts, decoded, noSpeechProbability: Math.exp(first[tokenizer.special.noSpeech]! - logSumExp(first)) };
}

/** Yields after every `tokensPerStep` tokens, so that others can have their turn; returns the attempt. Errors: engine_failed. */
export async function* attemptDecoding(start: DecodingStart, options: AttemptOptions): AsyncGenerator<void, Attempt, undefined> {
  const { sessions, tokenizer, encoded } = start;
  const tokens: number[] = [];
  const logProbabilities: number[] = [];
  let state: DecoderState = start.decoded.state;
  let logits: Float32Array = start.decoded.logits.slice();
  let lastLogProbability = 0;
  let end: Attempt['end'] | undefined;
  while (end === undefined) {
    applyDecodingRules(logits, tokens, tokenizer);
    const { token, logProbability } = chooseToken(logits, options.temperature, options.random);
    if (token === tokenizer.special.endOfText) {
      lastLogProbability = logProbability;
      end = 'complete';
      break;
    }
    tokens.push(token);
    logProbabilities.push(logProbability);
    end = endOf(tokens, options, tokenizer);
    if (end !== undefined) break;
    if (tokens.length % tokensPerStep === 0) yield;
    const decoded = await sessions.decode(encoded, state, [token]);
    state = decoded.state;
    logits = decoded.logits;
  }
  logProbabilities.length = tokens.length;
  return {
    tokens,
    logProbabilities,
    temperature: options.temperature,
    averageLogProbability: logProbabilities.reduce((sum, value) => sum + value, lastLogProbability) / (logProbabilities.length + 1),
    compressionRatio: compressionRatio(tokenizer.decode(tokens).trim()),
    noSpeechProbability: start.noSpeechProbability,
    end,
  };
}

/** Whether it is over after the last of `tokens`, before the model says so; takes off a segment for which there is no time. */
function endOf(tokens: number[], { mostTokens, durationSeconds, loop }: AttemptOptions, tokenizer: WhisperTokenizer): Attempt['end'] | undefined {
  const { endOfText, timestampBegin } = tokenizer.special;
  const secondsOf = (token: number): number => (token - timestampBegin) / timestampsPerSecond;
  const last = tokens.at(-1)!;
  if (last >= timestampBegin) {
    const closes = tokens.length > 1 && tokens.at(-2)! < endOfText;
    if (closes && secondsOf(last) > durationSeconds - endSeconds) return 'complete';
  } else {
    const begin = tokens.findLastIndex((token) => token >= timestampBegin);
    const secondsLeft = durationSeconds - Math.min(durationSeconds, secondsOf(tokens[begin]!));
    if (tokenizer.decode(tokens.slice(begin)).length > fewestCharacters + mostCharactersPerSecond * secondsLeft) {
      if (begin === 0) return 'runaway';
      tokens.length = begin;
      return 'complete';
    }
    if (isLoop(tokens.filter((token) => token < endOfText), loop)) return 'runaway';
  }
  return tokens.length >= mostTokens ? 'limit' : undefined;
}
