import { describe, expect, it } from 'vitest';
import type { LongFormProgress } from '../speech/long-form/long-form-progress.ts';
import { createReadingDisplay, formatDuration, readingLine } from './reading-display.ts';

const chapter = (title: string, state: LongFormProgress['chapters'][number]['state']) => ({ title, state, charactersDone: 10, charactersTotal: 100, audioSeconds: 65 });
const progress: LongFormProgress = {
  charactersDone: 340, charactersTotal: 1_000, sentencesDone: 4, audioSeconds: 4_323, realTimeFactor: 18.24, secondsLeft: 130,
  chapters: [chapter('One', 'done'), chapter('Two', 'speaking'), chapter('Three', 'waiting')], files: [],
};

describe('the progress of a reading', () => {
  it('is one line with how much, how fast and how long yet', () => {
    expect(readingLine(progress)).toBe('[#######-------------] 34 %  chapter 2 of 3  1:12:03 of speech, 18.2×  2:10 left');
  });

  it('says so while the last files are written', () => {
    expect(readingLine({ ...progress, charactersDone: 1_000, secondsLeft: 0, chapters: [chapter('One', 'encoding')] })).toMatch(/100 %.*writing files$/);
  });

  it('is a line a chapter where nobody watches a terminal, and nothing where quiet is wanted', () => {
    const lines: string[] = [];
    const output = { write: (text: string) => lines.push(text) };
    const display = createReadingDisplay({ output, isQuiet: false });
    display.show(progress);
    display.show(progress);
    display.close();
    createReadingDisplay({ output, isQuiet: true }).show(progress);
    expect(lines).toEqual(['1 of 3: One (1:05)\n']);
  });

  it('never runs over the edge of a terminal', () => {
    const lines: string[] = [];
    createReadingDisplay({ output: { write: (text: string) => lines.push(text), isTTY: true, columns: 40 }, isQuiet: false }).show(progress);
    expect(lines[0]!.replace('\u001b[K', '').replace('\r', '')).toHaveLength(39);
  });

  it('shows durations as people read them', () => {
    expect([7, 723, 3_723].map(formatDuration)).toEqual(['0:07', '12:03', '1:02:03']);
  });
});
