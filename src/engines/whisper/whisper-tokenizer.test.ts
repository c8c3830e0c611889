import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localModel } from '../conformance/local-model.ts';
import { readWhisperTokenizer } from './whisper-tokenizer.ts';
import type { VocabularyFile } from './whisper-tokenizer.ts';
import { smallTokenizer, tokensOf } from './whisper.test-support.ts';

const tiny = localModel({ folder: 'whisper-tiny.en', file: 'model.bin' });

describe('readWhisperTokenizer', () => {
  it('finds the special tokens by their names, the older name of silence too', () => {
    const older = ['a', ...['endoftext', 'startoftranscript', 'en', 'translate', 'transcribe', 'startoflm', 'startofprev', 'nocaptions', 'notimestamps'].map((name) => `<|${name}|>`)];
    const { special, languages } = readWhisperTokenizer({ kind: 'vocabulary.txt', text: older.join('\n') });
    expect(special).toMatchObject({ endOfText: 1, startOfTranscript: 2, translate: 4, noSpeech: 8, noTimestamps: 9, timestampBegin: 10 });
    expect([...languages]).toEqual([['en', 3]]);
  });

  it.each([
    ['tokenizer.json', '{"model":{}}'],
    ['tokenizer.json', 'no JSON'],
    ['vocabulary.json', '{"a":1}'],
    ['vocabulary.txt', 'a\nb'],
  ] as const)('refuses as %s what is none: %j', (kind, text) => {
    expect(() => readWhisperTokenizer({ kind, text })).toThrow(expect.objectContaining({ code: 'model_file_invalid' }));
  });

  it('leaves special tokens out of the text, and marks bytes that are no character', () => {
    const [first, rest] = tokensOf('ä½', 'ł');
    expect(smallTokenizer.decode([...tokensOf(0, ' Hello', 1.5), smallTokenizer.special.endOfText])).toBe(' Hello');
    expect(smallTokenizer.decode([first!, rest!])).toBe('你');
    expect(smallTokenizer.decode([first!])).toBe('\uFFFD');
  });

  it('merges the pair with the lowest number first', () => {
    const specials = ['endoftext', 'startoftranscript', 'translate', 'transcribe', 'startoflm', 'startofprev', 'nospeech', 'notimestamps'].map((name) => `<|${name}|>`);
    const encoderOf = (...tokens: string[]) => readWhisperTokenizer({ kind: 'vocabulary.json', text: JSON.stringify([...tokens, ...specials]) }).encode;
    expect(encoderOf('a', 'b', 'c', 'ab', 'bc')('abc')).toEqual([3, 2]);
    expect(encoderOf('a', 'b', 'c', 'bc', 'ab')('abc')).toEqual([0, 3]);
    expect(encoderOf('a', 'b', 'c', 'bc', 'ab', 'abc')('abcabbc')).toEqual([5, 4, 3]);
    expect(encoderOf('a', 'b')('a?b')).toEqual([0, 1]);
  });
});

describe.skipIf(tiny.missing !== undefined)('the tokenizer of tiny.en', () => {
  const read = async (kind: VocabularyFile['kind']) => readWhisperTokenizer({ kind, text: await readFile(join(tiny.directory, kind), 'utf8') });

  it('encodes as the model was trained', async () => {
    const { encode } = await read('tokenizer.json');
    expect(encode(' Hello there, it\'s 1984. "So."')).toEqual([18435, 612, 11, 340, 338, 12844, 13, 366, 2396, 526]);
    expect(encode(' 你好')).toEqual([220, 19526, 254, 25001, 121]);
  });

  it('forbids what the model’s own configuration forbids', async () => {
    const config: { suppress_ids: number[]; suppress_ids_begin: number[] } = JSON.parse(await readFile(join(tiny.directory, 'config.json'), 'utf8'));
    const { suppressed, suppressedFirst } = await read('tokenizer.json');
    expect(suppressed.toSorted((a, b) => a - b)).toEqual(config.suppress_ids.toSorted((a, b) => a - b));
    expect(suppressedFirst).toEqual(config.suppress_ids_begin);
  });

  it('gives every text back', async () => {
    const { encode, decode } = await read('vocabulary.txt');
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => decode(encode(text)) === text), { numRuns: 200 });
  });

  it('is the same from the list of tokens alone', async () => {
    const [one, other] = [await read('tokenizer.json'), await read('vocabulary.txt')];
    expect(other.special).toEqual(one.special);
    expect([...other.languages]).toEqual([...one.languages]);
    expect(other.encode(' After a long winter, naïve Zażółć.')).toEqual(one.encode(' After a long winter, naïve Zażółć.'));
  });
});
