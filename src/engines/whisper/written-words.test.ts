import { describe, expect, it } from 'vitest';
import { smallTokenizer, tokensOf } from './whisper.test-support.ts';
import { writtenWords } from './written-words.ts';

const words = (language: string, ...parts: string[]) => writtenWords(tokensOf(...parts), language, smallTokenizer);
const texts = (language: string, ...parts: string[]): string[] => words(language, ...parts).map(({ text }) => text);

describe('writtenWords', () => {
  it('cuts at blanks, and leaves marks with the word before them', () => {
    expect(texts('en', ' Hello', ',', ' world', '.')).toEqual([' Hello,', ' world.']);
    expect(texts('en', ' well', '-known', ' one', "'s")).toEqual([' well-known', " one's"]);
  });

  it('gives opening marks to the word behind them, and closing ones to the word before', () => {
    expect(texts('en', ' one', ' "', 'H', 'i', '"', '.')).toEqual([' one', ' "Hi".']);
    expect(texts('en', ' one', ' -', ' two')).toEqual([' one', ' - two']);
  });

  it('tells where the spoken part of a word is', () => {
    const [first, second] = words('en', ' one', ' "', 'H', 'i', '"', '.');
    expect(first).toMatchObject({ firstToken: 0, endToken: 1, firstSpoken: 0, endSpoken: 1 });
    expect(second).toMatchObject({ firstToken: 1, endToken: 6, firstSpoken: 2, endSpoken: 4 });
  });

  it('takes each character as a word where a language writes no blanks, over the tokens of one character too', () => {
    expect(texts('zh', 'ä½', 'ł', 'å¥½', 'ãĢĤ', 'å¥½')).toEqual(['你', '好。', '好']);
    expect(texts('zh', 'å¥½', 'âĢľ', 'ä½', 'ł', 'ãĢĤ')).toEqual(['好', '“你。']);
    expect(texts('zh', 'Ġ', 'å¥½', '"')).toEqual([' 好"']);
  });

  it('loses nothing, not even marks alone or a character that was cut', () => {
    for (const parts of [['.'], [' "'], ['.', ' -'], ['ä½'], ['å¥½', 'ä½'], ['ä½', ' one'], []]) {
      for (const language of ['en', 'zh']) {
        const own = words(language, ...parts);
        expect(own.map(({ text }) => text).join('')).toBe(smallTokenizer.decode(tokensOf(...parts)));
        expect(own.flatMap(({ firstToken, endToken }) => Array.from({ length: endToken - firstToken }, (_, i) => firstToken + i))).toEqual([...parts.keys()]);
      }
    }
  });
});
