import { describe, expect, it } from 'vitest';
import { alignedText, replaceAligned, type AlignedText } from '../text/aligned-text.ts';
import type { Pronunciation } from '../text/passage.ts';
import { describeReading } from './describe-reading.ts';

function read(requestText: string, aligned: AlignedText, pronunciations: readonly Pronunciation[] = []) {
  return describeReading({ said: () => ({ text: aligned.text, aligned, pronunciations }), share: { start: 0, end: requestText.length }, language: undefined }, requestText);
}

describe('how a sentence is read', () => {
  it('is nothing new where it is read as it is written', () => {
    const text = 'It is a fine day.';
    expect(read(text, alignedText(text))).toEqual({ source: { start: 0, end: 17, text }, spoken: text, changes: [], pronunciations: [], language: undefined });
  });

  it('names what is said otherwise, and where it is written', () => {
    const text = 'In 1999 it cost $5.';
    const words = replaceAligned(replaceAligned(alignedText(text), /1999/g, () => 'nineteen ninety nine'), /\$5/g, () => 'five dollars');
    const { spoken, changes } = read(text, words);
    expect(spoken).toBe('In nineteen ninety nine it cost five dollars.');
    expect(changes).toEqual([{ start: 3, end: 7, text: '1999', spoken: 'nineteen ninety nine' }, { start: 16, end: 18, text: '$5', spoken: 'five dollars' }]);
  });

  it('does not speak of marks and blanks', () => {
    const text = '“Well”,  he said.';
    expect(read(text, replaceAligned(replaceAligned(alignedText(text), /[“”]/g, () => '"'), / {2}/g, () => ' ')).changes).toEqual([]);
  });

  it('names what is spelled', () => {
    const text = 'Ask for SQL.';
    expect(read(text, replaceAligned(alignedText(text), /SQL/g, () => 'S.Q.L')).changes).toEqual([{ start: 8, end: 11, text: 'SQL', spoken: 'S.Q.L' }]);
  });

  it('names words that are passed over, but not markup', () => {
    const text = 'See [the page](https://example.test) and <break time="1s"/> go.';
    const shown = replaceAligned(replaceAligned(alignedText(text), /\[([^\]]*)\]\([^)]*\)/g, (match) => [{ start: 1, end: 1 + match[1]!.length }]), /<break[^>]*>/g, () => '');
    expect(read(text, shown).changes).toEqual([{ start: 13, end: 36, text: '](https://example.test)', spoken: '' }]);
  });

  it('names the words whose sounds were given', () => {
    const text = 'Ask for SQL.';
    expect(read(text, alignedText(text), [{ start: 8, end: 11, ipa: 'ˈsiːkwəl' }]).pronunciations).toEqual([{ start: 8, end: 11, text: 'SQL', ipa: 'ˈsiːkwəl' }]);
  });
});
