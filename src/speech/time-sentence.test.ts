import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SoundTiming } from '../engines/kinds.ts';
import { alignedText, replaceAligned, type AlignedText } from '../text/aligned-text.ts';
import { timeSentence } from './time-sentence.ts';

/** Every word's sounds, 100 samples each, 50 samples of blank between words; 1,000 samples are a second. */
function soundsOf(text: string, soundsPerWord: (word: string) => number): SoundTiming[] {
  let at = 0;
  return [...text.matchAll(/\S+/gu)].flatMap((word) => {
    const sounds = Array.from({ length: soundsPerWord(word[0]) }, (_, i) => ({ symbol: 'a', textStart: word.index, textEnd: word.index + word[0].length, startSample: at + 100 * i, endSample: at + 100 * (i + 1) }));
    at += sounds.length * 100 + 50;
    return sounds;
  });
}

function time(spoken: AlignedText, requestText: string, timings: readonly SoundTiming[], originSample = 0) {
  return timeSentence({ heard: { index: 0, originSample, startSample: Math.max(0, originSample), endSample: originSample + (timings.at(-1)?.endSample ?? 0), timings }, spoken, requestText, share: { start: 0, end: requestText.length }, sampleRateHz: 1_000, delaySeconds: 0 });
}

describe('timing a sentence', () => {
  it('gives letters the durations of the sounds they stand for', () => {
    const { words, sourceCharacters } = time(alignedText('ab cd'), 'ab cd', soundsOf('ab cd', () => 4));
    expect(words.map(({ text, startSeconds, endSeconds }) => [text, startSeconds, endSeconds])).toEqual([['ab', 0, 0.4], ['cd', 0.45, 0.85]]);
    expect(sourceCharacters).toEqual({ characters: ['a', 'b', ' ', 'c', 'd'], startSeconds: [0, 0.2, 0.4, 0.45, 0.65], endSeconds: [0.2, 0.4, 0.45, 0.65, 0.85] });
  });

  it('shows a figure as one word for as long as its reading lasts', () => {
    const request = 'in 1999 then';
    const spoken = replaceAligned(alignedText(request), /\d+/gu, () => 'nineteen ninety nine');
    const { words, sourceCharacters, spokenCharacters } = time(spoken, request, soundsOf(spoken.text, () => 2));
    expect(words.map(({ text, startSeconds, endSeconds }) => [text, startSeconds, endSeconds])).toEqual([['in', 0, 0.2], ['1999', 0.25, 0.95], ['then', 1, 1.2]]);
    expect(sourceCharacters.characters.join('')).toBe(request);
    expect(spokenCharacters.characters.join('')).toBe('in nineteen ninety nine then');
  });

  it('counts no markup as a word, and lets it take no time', () => {
    const request = 'a **bold** word';
    const spoken = replaceAligned(alignedText(request), /\*\*(.+?)\*\*/gu, ([all]) => [{ start: 2, end: all.length - 2 }]);
    const { words, sourceCharacters } = time(spoken, request, soundsOf(spoken.text, () => 1));
    expect(words.map(({ text, start, end }) => [text, start, end])).toEqual([['a', 0, 1], ['bold', 4, 8], ['word', 11, 15]]);
    expect(sourceCharacters.characters).toHaveLength(request.length);
    expect(sourceCharacters.endSeconds[9]! - sourceCharacters.startSeconds[8]!).toBe(0);
  });

  it('takes neither the address of a link nor a mark cut off by markup for a word', () => {
    const request = 'see **[page](https://example.org)**, 5 & on';
    const spoken = replaceAligned(replaceAligned(alignedText(request), /\*\*\[(.+?)\]\(.+?\)\*\*/gu, () => [{ start: 3, end: 7 }]), /&/gu, () => 'and');
    const { words } = time(spoken, request, soundsOf(spoken.text, () => 1));
    expect(words.map(({ text }) => text)).toEqual(['see', 'page', '5', '&', 'on']);
  });

  it('ends with the last sound, not with the silence that the model counts to the mark behind it', () => {
    const { words, endSeconds, sourceCharacters } = time(alignedText('ab.'), 'ab.', [...soundsOf('ab', () => 2), { symbol: '.', textStart: 2, textEnd: 3, startSample: 200, endSample: 700 }]);
    expect(words).toMatchObject([{ text: 'ab.', startSeconds: 0, endSeconds: 0.23 }]);
    expect([endSeconds, sourceCharacters.endSeconds.at(-1)]).toEqual([0.23, 0.23]);
  });

  it('counts from where the sentence lies in the stream', () => {
    const { startSeconds, endSeconds } = time(alignedText('ab'), 'ab', soundsOf('ab', () => 2), 3_000);
    expect([startSeconds, endSeconds]).toEqual([3, 3.2]);
  });

  it('has no words where the model tells no times', () => {
    expect(time(alignedText('ab'), 'ab', [])).toMatchObject({ words: [], sourceCharacters: { characters: [] } });
  });

  it('never runs backwards, whatever was replaced and whatever the model says', () => {
    fc.assert(fc.property(fc.string(), fc.array(fc.record({ from: fc.nat(20), length: fc.nat(6), start: fc.nat(500), samples: fc.nat(90) }), { minLength: 1 }), (request, sounds) => {
      const spoken = replaceAligned(alignedText(request), /[0-9]+|\W/gu, ([match]) => (match === ' ' ? undefined : `<${match}${match}>`));
      const timings = sounds.map(({ from, length, start, samples }) => ({ symbol: 'a', textStart: Math.min(from, spoken.text.length), textEnd: Math.min(from + length, spoken.text.length), startSample: start, endSample: start + samples }));
      const { sourceCharacters, spokenCharacters } = time(spoken, request, timings);
      for (const { characters, startSeconds, endSeconds } of [sourceCharacters, spokenCharacters]) {
        expect([startSeconds.length, endSeconds.length]).toEqual([characters.length, characters.length]);
        let before = 0;
        for (let i = 0; i < characters.length; i++) {
          expect(startSeconds[i]).toBeGreaterThanOrEqual(before);
          expect(endSeconds[i]).toBeGreaterThanOrEqual(startSeconds[i]!);
          before = endSeconds[i]!;
        }
      }
    }));
  });
});
