import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captionCues } from '../text/captions/caption-cues.ts';
import { wholeSentences } from '../text/captions/whole-sentences.ts';
import { captionWords } from './caption-words.ts';
import { formatCaptions } from './captions.ts';
import type { TimedSentence } from './timed-sentence.ts';

type Spoken = { readonly text: string; readonly from: number; readonly secondsPerWord?: number; readonly timed?: boolean };

/** A sentence whose words follow each other without a pause. */
function sentence({ text, from, secondsPerWord = 0.3, timed = true }: Spoken): TimedSentence {
  const runs = [...text.matchAll(/\S+/gu)].filter(({ 0: run }) => /[\p{L}\p{N}]/u.test(run));
  const words = runs.map(({ 0: word, index }, i) => ({ text: word, start: index, end: index + word.length, startSeconds: from + i * secondsPerWord, endSeconds: from + (i + 1) * secondsPerWord }));
  const none = { characters: [], startSeconds: [], endSeconds: [] };
  return {
    index: 0,
    source: { start: 0, end: text.length },
    spokenText: text,
    startSeconds: from,
    endSeconds: from + runs.length * secondsPerWord,
    words: timed ? words : [],
    sourceCharacters: timed ? { characters: text.split(''), startSeconds: [], endSeconds: [] } : none,
    spokenCharacters: none,
  };
}

const speak = (...texts: readonly string[]): TimedSentence[] => {
  let from = 0;
  return texts.map((text) => {
    const one = sentence({ text, from });
    from = one.endSeconds + 0.3;
    return one;
  });
};
const cuesOf = (sentences: readonly TimedSentence[]) => captionCues(wholeSentences(sentences.map(captionWords)));
const linesOf = (...texts: readonly string[]): (readonly string[])[] => cuesOf(speak(...texts)).map(({ lines }) => lines);

describe('caption cues', () => {
  it('show a short sentence in one line', () => {
    expect(linesOf('The voice answers at once.')).toEqual([['The voice answers at once.']]);
  });

  it('break a longer one into two lines, after a comma rather than in the middle', () => {
    expect(linesOf('If you want to hear what it says, turn the volume up.')).toEqual([['If you want to hear what it says,', 'turn the volume up.']]);
  });

  it('leave no article at the end of a line', () => {
    const [first] = linesOf('Nobody in this town remembers a summer that was as hot as this')[0]!;
    expect(first).not.toMatch(/ (?:a|as|was|in|of|the)$/);
  });

  it('cut a sentence that fills more than two lines where a clause ends', () => {
    const cues = linesOf('Every bell in the valley rang at noon for the first time in years; the choir across the river answered it line by line until the evening.');
    expect(cues).toHaveLength(2);
    expect(cues[0]!.at(-1)).toMatch(/in years;$/);
  });

  it('keep a dash that stands by itself', () => {
    expect(linesOf('He came — and went.')).toEqual([['He came — and went.']]);
  });

  it('take no list\'s bullet for a dash, and do not run its items together', () => {
    expect(linesOf('- first', '\n- second')).toEqual([['first'], ['second']]);
  });

  it('show what is said, not the markup in the middle of a word', () => {
    expect(linesOf('R&amp;D wrote foo<break/>bar on the page](https://example.test/a).')).toEqual([['R&D wrote foobar on the page.']]);
  });

  it('put together what markup has cut in mid-sentence, its comma at its word', () => {
    const before = sentence({ text: 'Salt and pepper', from: 0 });
    const comma = { text: ',', start: 0, end: 1, startSeconds: before.endSeconds, endSeconds: before.endSeconds + 0.05 };
    const after = sentence({ text: 'said the old cook.', from: before.endSeconds + 0.05 });
    expect(cuesOf([before, { ...after, words: [comma, ...after.words] }]).map(({ lines }) => lines)).toEqual([['Salt and pepper, said the old cook.']]);
  });

  it('show a word of one second for a moment longer than it is heard, but not into the next', () => {
    const [one, two] = cuesOf([sentence({ text: 'Yes indeed.', from: 0, secondsPerWord: 0.5 }), sentence({ text: 'He had come here again.', from: 5 })]);
    expect(one!.endSeconds).toBeCloseTo(1.5);
    expect(two!.startSeconds).toBe(5);
  });

  it('join what is too short to be read with what follows in the same breath', () => {
    expect(linesOf('No.', 'He went home.')).toEqual([['No. He went home.']]);
  });

  it('let a cue that stands alone be read however short it is heard', () => {
    const [only] = cuesOf([sentence({ text: 'No.', from: 2, secondsPerWord: 0.2 })]);
    expect(only!.endSeconds - only!.startSeconds).toBeGreaterThanOrEqual(5 / 6);
  });

  it('close a gap that would only flicker', () => {
    const [one, two] = cuesOf([sentence({ text: 'The first of the two sentences.', from: 0 }), sentence({ text: 'The second of the two sentences.', from: 2.35 })]);
    expect(one!.endSeconds).toBe(two!.startSeconds);
  });

  it('share the time of a sentence without words out by length', () => {
    const text = 'A model that tells no words speaks a long sentence, and its captions are cut at the clauses and timed by their length alone.';
    const cues = cuesOf([sentence({ text, from: 1, timed: false })]);
    expect(cues.length).toBeGreaterThan(1);
    expect(cues.flatMap(({ lines }) => lines).join(' ')).toBe(text);
    expect(cues[0]!.startSeconds).toBe(1);
  });

  it('split what has no blanks', () => {
    const cues = linesOf(`See https://example.test/${'abcdefghij'.repeat(12)} there.`);
    expect(cues.flat().every((line) => line.length <= 42)).toBe(true);
    expect(cues.flat().join('')).toContain('https://example.test/');
  });

  it('never overlap, are never longer than 42 characters a line, two lines and about 7 s, and lose no word', () => {
    const word = fc.oneof(fc.constantFrom('a', 'the', 'valley,', 'remembers', 'bells;', 'noon.', 'und', 'Donaudampfschiff'), fc.stringMatching(/^[a-z]{1,30}$/));
    const spoken = fc.record({ words: fc.array(word, { minLength: 1, maxLength: 60 }), secondsPerWord: fc.double({ min: 0.05, max: 1.5, noNaN: true }), pause: fc.double({ min: 0, max: 2, noNaN: true }), timed: fc.boolean() });
    fc.assert(fc.property(fc.array(spoken, { minLength: 1, maxLength: 6 }), (given) => {
      let from = 0;
      const sentences = given.map(({ words, secondsPerWord, pause, timed }) => {
        const one = sentence({ text: words.join(' '), from, secondsPerWord, timed });
        from = one.endSeconds + pause;
        return one;
      });
      const cues = cuesOf(sentences);
      expect(cues.flatMap(({ lines }) => lines).join(' ')).toBe(given.flatMap(({ words }) => words).join(' '));
      for (const [index, { lines, startSeconds, endSeconds }] of cues.entries()) {
        expect(lines.length).toBeLessThanOrEqual(2);
        expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(42);
        expect(endSeconds).toBeGreaterThan(startSeconds);
        expect(endSeconds - startSeconds).toBeLessThanOrEqual(7.6);
        const next = cues[index + 1];
        if (next !== undefined) expect(endSeconds === next.startSeconds || next.startSeconds - endSeconds >= 0.08 - 1e-9).toBe(true);
      }
    }), { numRuns: 200 });
  });
});

describe('captions', () => {
  const sentences = [sentence({ text: 'It is <5 & >3.', from: 3_599.5, secondsPerWord: 0.4 })];

  it('are SubRip', () => {
    expect(formatCaptions(speak('The voice answers at once.', 'It is a fine day today.'), 'srt')).toBe('1\n00:00:00,000 --> 00:00:01,800\nThe voice answers at once.\n\n2\n00:00:01,800 --> 00:00:04,100\nIt is a fine day today.\n');
  });

  it('are WebVTT, with what would be markup escaped', () => {
    expect(formatCaptions(sentences, 'vtt')).toBe('WEBVTT\n\n00:59:59.500 --> 01:00:01.600\nIt is &lt;5 &gt;3.\n');
  });

  it('are JSON with each word and where it stands in the text', () => {
    const parsed = JSON.parse(formatCaptions(sentences, 'json')) as { cues: unknown[]; sentences: { words: unknown[] }[] };
    expect(parsed.cues).toEqual([{ start_seconds: 3_599.5, end_seconds: 3_601.6, lines: ['It is <5 >3.'] }]);
    expect(parsed.sentences[0]!.words[2]).toEqual({ text: '<5', start: 6, end: 8, start_seconds: 3_600.3, end_seconds: 3_600.7 });
  });

  it('of nothing are empty, and valid', () => {
    expect(formatCaptions([], 'srt')).toBe('');
    expect(formatCaptions([], 'vtt')).toBe('WEBVTT\n');
  });
});
