/** Whisper's tokens: pieces of text, and the special ones that say what is to be done and when something is heard. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { languageCodes } from '../../text/languages.ts';
import { bytesOfToken, encodeBytePairs } from './byte-pair-encoding.ts';

/** The numbers of the special tokens. Every token from `endOfText` on is special. */
export type SpecialTokens = {
  readonly endOfText: number;
  readonly startOfTranscript: number;
  readonly translate: number;
  readonly transcribe: number;
  readonly startOfLanguageModel: number;
  /** Before a prompt. */
  readonly startOfPrevious: number;
  readonly noSpeech: number;
  readonly noTimestamps: number;
  /** `<|0.00|>`; each further one is a step later. */
  readonly timestampBegin: number;
};

/** Steps of timestamps. */
export const timestampsPerSecond = 50;

export type WhisperTokenizer = {
  readonly special: SpecialTokens;
  /** Tokens of languages by their codes, in the model's order. English-only models have them too and do not use them. */
  readonly languages: ReadonlyMap<string, number>;
  /** Never to be written: speaker names in brackets, notes, and special tokens that are no part of a transcript. */
  readonly suppressed: readonly number[];
  /** Not to be written first: a lone blank, and the end. */
  readonly suppressedFirst: readonly number[];
  encode(text: string): number[];
  /** Special tokens are left out; bytes that are no whole character become U+FFFD. */
  decode(tokens: readonly number[]): string;
  /** Empty for special tokens. */
  bytesOf(token: number): Uint8Array;
};

const tokenizerSchema = z.object({
  model: z.object({ vocab: z.record(z.string(), z.number().int().nonnegative()) }),
  added_tokens: z.array(z.object({ id: z.number().int().nonnegative(), content: z.string() })).default([]),
});
const vocabularySchema = z.array(z.string());

/** A file that says which tokens there are. */
export type VocabularyFile = { readonly kind: 'tokenizer.json' | 'vocabulary.json' | 'vocabulary.txt'; readonly text: string };

/** Errors: model_file_invalid. */
export function readWhisperTokenizer(file: VocabularyFile): WhisperTokenizer {
  return tokenizerOf(readVocabulary(file));
}

function readVocabulary({ kind, text }: VocabularyFile): ReadonlyMap<string, number> {
  try {
    if (kind === 'vocabulary.txt') return numbered(text.split(/\r?\n/u));
    if (kind === 'vocabulary.json') return numbered(vocabularySchema.parse(JSON.parse(text)));
    const { model, added_tokens } = tokenizerSchema.parse(JSON.parse(text));
    return new Map([...Object.entries(model.vocab), ...added_tokens.map(({ id, content }) => [content, id] as const)]);
  } catch (thrown) {
    throw new AntiphonError('model_file_invalid', `The model's ${kind} is not a vocabulary.`, { cause: thrown });
  }
}

function numbered(tokens: readonly string[]): ReadonlyMap<string, number> {
  return new Map(tokens.map((token, id) => [token, id]));
}

function tokenizerOf(vocabulary: ReadonlyMap<string, number>): WhisperTokenizer {
  const special = specialTokensOf(vocabulary);
  const textTokens = new Map([...vocabulary].filter(([, id]) => id < special.endOfText));
  const bytes: Uint8Array[] = [];
  for (const [written, id] of textTokens) bytes[id] = bytesOfToken(written) ?? new TextEncoder().encode(written);
  const nothing = new Uint8Array(0);

  const encode = (text: string): number[] => encodeBytePairs(text, textTokens);
  const bytesOf = (token: number): Uint8Array => (token < special.endOfText ? bytes[token] : undefined) ?? nothing;
  const { translate, transcribe, startOfTranscript, startOfPrevious, startOfLanguageModel, noSpeech } = special;
  return {
    special,
    languages: new Map(languageCodes.flatMap((code) => (vocabulary.has(`<|${code}|>`) ? [[code, vocabulary.get(`<|${code}|>`)!] as const] : []))),
    suppressed: [...new Set([...nonSpeechTokens(encode), translate, transcribe, startOfTranscript, startOfPrevious, startOfLanguageModel, noSpeech])],
    suppressedFirst: [...encode(' '), special.endOfText],
    encode,
    decode: (tokens) => new TextDecoder().decode(Buffer.concat(tokens.map(bytesOf))),
    bytesOf,
  };
}

function specialTokensOf(vocabulary: ReadonlyMap<string, number>): SpecialTokens {
  const find = (...names: readonly string[]): number => {
    const id = names.map((name) => vocabulary.get(`<|${name}|>`)).find((candidate) => candidate !== undefined);
    if (id === undefined) throw new AntiphonError('model_file_invalid', `The model's vocabulary has no token <|${names[0]}|>; it is not one of Whisper.`);
    return id;
  };
  const noTimestamps = find('notimestamps');
  return {
    endOfText: find('endoftext'),
    startOfTranscript: find('startoftranscript'),
    translate: find('translate'),
    transcribe: find('transcribe'),
    startOfLanguageModel: find('startoflm'),
    startOfPrevious: find('startofprev'),
    // Older models call it by what it meant when they were trained.
    noSpeech: find('nospeech', 'nocaptions'),
    noTimestamps,
    timestampBegin: vocabulary.get('<|0.00|>') ?? noTimestamps + 1,
  };
}

/** As the reference implementation: marks of notes and speakers, alone or after a blank; plain punctuation stays. */
function nonSpeechTokens(encode: (text: string) => number[]): number[] {
  const symbols = [...Array.from('"#()*+/:;<=>@[\\]^_`{|}~「」『』'), ...'<< >> <<< >>> -- --- -( -[ (\' (" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪'.split(' ')];
  const notes = Array.from('♩♪♫♬♭♮♯');
  // A hyphen or an apostrophe may stand inside a word, not at its beginning.
  const found = [encode(' -')[0]!, encode(" '")[0]!];
  for (const symbol of symbols) for (const tokens of [encode(symbol), encode(` ${symbol}`)]) if (tokens.length === 1) found.push(tokens[0]!);
  // All notes share their first bytes, which no letter has.
  for (const note of notes) found.push(encode(note)[0]!, encode(` ${note}`)[0]!);
  return found.filter((token) => token !== undefined);
}
