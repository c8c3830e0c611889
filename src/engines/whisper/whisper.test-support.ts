/** A small tokenizer, and sessions without a model that write what a script tells: for tests of the rules around them. */
import type { WhisperSpec } from '../../models/whisper/whisper-spec.ts';
import type { DecoderState, EncodedAudio, WhisperSessions } from './whisper-sessions.ts';
import { readWhisperTokenizer, timestampsPerSecond } from './whisper-tokenizer.ts';
import type { WhisperTokenizer } from './whisper-tokenizer.ts';

/** Beside them every printable ASCII character and the blank are tokens. */
const words = [' Hello', ' world', '.', ',', ' one', ' two', ' three', ' four', ' five', ' six', ' seven', ' eight', ' nine', ' ten', ' well', '-known', ' "', '"', "'s", ' -'];
/** 你 in two tokens, 好, 。 and “ in one each, in the writing of vocabularies. */
const bytes = ['ä½', 'ł', 'å¥½', 'ãĢĤ', 'âĢľ'];
const characters = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i)).filter((character) => !words.includes(character));
const written = [...characters, 'Ġ', ...words.map((word) => word.replaceAll(' ', 'Ġ')), ...bytes];
const specials = ['endoftext', 'startoftranscript', 'en', 'zh', 'de', 'translate', 'transcribe', 'startoflm', 'startofprev', 'nospeech', 'notimestamps'].map((name) => `<|${name}|>`);
const vocabulary = [...written, ...specials];

export const smallTokenizer: WhisperTokenizer = readWhisperTokenizer({ kind: 'vocabulary.json', text: JSON.stringify(vocabulary) });
const vocabularySize = vocabulary.length + 1501;

/** Tokens by what they say; a number is the timestamp at so many seconds. */
export function tokensOf(...parts: readonly (string | number)[]): number[] {
  return parts.map((part) => {
    if (typeof part === 'number') return smallTokenizer.special.timestampBegin + Math.round(part * timestampsPerSecond);
    const token = vocabulary.indexOf(part.replaceAll(' ', 'Ġ'));
    if (token < 0) throw new Error(`no token ${part}`);
    return token;
  });
}

/** Logits that favour one token; `others` is what all the rest have, in nats below it. */
export function logitsFor(token: number, below = 20): Float32Array {
  const logits = new Float32Array(vocabularySize).fill(-below);
  logits[token] = 0;
  return logits;
}

export type ScriptedCall = {
  /** Behind the start of the transcript and what it is told; empty at first. */
  readonly written: readonly number[];
  /** All tokens given. */
  readonly tokens: readonly number[];
  readonly contextFrames: number;
  readonly sampleCount: number;
};

export type ScriptedSessions = WhisperSessions & {
  readonly encodings: readonly { readonly sampleCount: number; readonly contextFrames: number }[];
  /** Tokens of every first call on a sound. */
  readonly prompts: readonly (readonly number[])[];
};

/** `next`: the logits of what follows, or what follows for sure; the end where it says nothing. */
export function scriptedSessions(next: (call: ScriptedCall) => Float32Array | number | undefined, options: { readonly noSpeech?: number; readonly width?: number } = {}): ScriptedSessions {
  const { special } = smallTokenizer;
  const encodings: { sampleCount: number; contextFrames: number }[] = [];
  const prompts: (readonly number[])[] = [];
  const given = new Map<DecoderState, readonly number[]>();
  const spec: WhisperSpec = { layers: 1, encoderLayers: 1, heads: 1, width: options.width ?? 512, vocabularySize, melBins: 80, maxFrames: 1500, maxTokens: 448, multilingual: true, alignmentHeads: [[0, 0]] };
  const sounds = new Map<EncodedAudio, number>();
  return {
    spec,
    executionProvider: 'cpu',
    residentBytes: 1,
    encodings,
    prompts,
    async encode(samples, contextFrames) {
      encodings.push({ sampleCount: samples.length, contextFrames });
      const encoded: EncodedAudio = { frames: contextFrames, tensors: {} };
      sounds.set(encoded, samples.length);
      return encoded;
    },
    async decode(encoded, state, tokens) {
      if (state === undefined) prompts.push(tokens);
      const all = [...(state === undefined ? [] : given.get(state)!), ...tokens];
      const nextState: DecoderState = { length: all.length, cache: { blocks: [], capacity: 0, used: 0 } };
      given.set(nextState, all);
      const told = all.findLastIndex((token) => token >= special.endOfText && token < special.timestampBegin);
      const answer = next({ written: all.slice(told + 1), tokens: all, contextFrames: encoded.frames, sampleCount: sounds.get(encoded)! });
      const logits = answer instanceof Float32Array ? answer : logitsFor(answer ?? special.endOfText);
      // Of a distribution in which silence has just that probability.
      const firstLogits = new Float32Array(vocabularySize).fill(-Infinity);
      firstLogits[special.noSpeech] = Math.log(options.noSpeech ?? 0.01);
      firstLogits[special.transcribe] = Math.log(1 - (options.noSpeech ?? 0.01));
      return { logits, firstLogits, attention: diagonal(tokens.length, encoded.frames), state: nextState };
    },
    close: async () => {},
  };
}

/** Each token looks at its own tenth of a second. */
function diagonal(tokens: number, frames: number): Float32Array {
  const attention = new Float32Array(tokens * frames);
  for (let token = 0; token < tokens; token++) for (let frame = 0; frame < 5; frame++) attention[token * frames + Math.min(frames - 1, 5 * token + frame)] = 0.2;
  return attention;
}

/** Runs a generator to its end and gives what it returns, and in how many steps. */
export async function finish<Result>(steps: AsyncGenerator<void, Result, undefined>): Promise<{ result: Result; steps: number }> {
  for (let count = 0; ; count++) {
    const step = await steps.next();
    if (step.done === true) return { result: step.value, steps: count };
  }
}
