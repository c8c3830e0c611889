import { describe, expect, it } from 'vitest';
import { markAt, piecesOf } from '../speak/follow-words.ts';
import type { HeardSegment } from './transcription-api.ts';
import { allMarks, textOf, withSegments, withUtterance } from './transcript-words.ts';

const word = (text: string, start: number) => ({ text, start, end: start + 0.3 });
const segment = (id: number, ...words: readonly ReturnType<typeof word>[]): HeardSegment => ({ id, start: words[0]?.start ?? id, end: id + 1, text: words.map(({ text }) => text).join(''), words: [...words] });

describe('segments that arrive', () => {
  const first = withSegments([], [segment(0, word(' Nobody', 0.1), word(' came.', 0.5))]);
  const both = withSegments(first, [segment(1, word(' «Why?»', 1), word(' he', 1.4), word(' he', 1.6))]);

  it('are put behind those that are there, which stay the same', () => {
    expect(both[0]).toBe(first[0]);
    expect(textOf(both)).toBe('Nobody came.\n«Why?» he he');
    expect(both[1]!.firstMark).toBe(2);
  });

  it('have a mark for every word, in its place and at its time', () => {
    const [, second] = both;
    expect(piecesOf(second!.text, second!.marks, { ssml: false }).filter(({ mark }) => mark !== undefined).map(({ text }) => text)).toEqual(['«Why?»', 'he', 'he']);
    expect([0, 0.2, 0.6, 1.5, 9].map((seconds) => markAt(allMarks(both), seconds))).toEqual([-1, 0, 1, 3, 4]);
  });

  it('are one mark where they have no words, and nothing where they are empty', () => {
    const passages = withSegments([], [{ id: 0, start: 2, end: 3, text: ' Nobody came.' }, { id: 1, start: 3, end: 4, text: ' ' }]);
    expect(passages).toHaveLength(1);
    expect(allMarks(passages)).toEqual([{ start: 0, end: 12, startSeconds: 2 }]);
  });

  it('never have times that go back', () => {
    const times = allMarks(withSegments([], [segment(0, word(' a', 1), word(' b', 0.4), word(' c', 2))])).map(({ startSeconds }) => startSeconds);
    expect(times).toEqual([1, 1, 2]);
  });
});

describe('an utterance that is being spoken', () => {
  const before = withUtterance([], 0, { start: 0, end: 1, text: ' Before.', words: [word(' Before.', 0)] });

  it('grows by the words that have become final', () => {
    const grown = withUtterance(withUtterance(before, 1, [word(' No', 2)]), 1, [word('body', 2.2), word(' came', 2.5)]);
    expect(textOf(grown)).toBe('Before.\nNobody came');
    expect(allMarks(grown)).toHaveLength(4);
    expect(withUtterance(grown, 1, [])).toEqual(grown);
  });

  it('is replaced by the whole of it, without losing what was said before', () => {
    const growing = withUtterance(before, 1, [word(' Nobody', 2)]);
    const whole = withUtterance(growing, 1, { start: 2, end: 3, text: ' Nobody came.', words: [word(' Nobody', 2), word(' came.', 2.5)] });
    expect(textOf(whole)).toBe('Before.\nNobody came.');
    expect(whole[1]!.firstMark).toBe(1);
  });

  it('is nothing before its first word', () => {
    expect(withUtterance(before, 1, [])).toEqual(before);
  });
});
