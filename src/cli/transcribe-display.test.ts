import { describe, expect, it } from 'vitest';
import { createTranscribeDisplay, transcribeLine } from './transcribe-display.ts';

describe('the progress of a transcription', () => {
  it('is one line with how much, how fast and how long yet', () => {
    expect(transcribeLine('talk.mp3', { doneSeconds: 30, expectedSeconds: 120, elapsedSeconds: 4 })).toBe('[#####---------------] 25 %  0:30 of 2:00, 7.5×  0:12 left  talk.mp3');
  });

  it('says what it knows where the file does not tell its length', () => {
    expect(transcribeLine('talk.mp3', { doneSeconds: 30, expectedSeconds: undefined, elapsedSeconds: 4 })).toBe('0:30 done, 7.5×  talk.mp3');
  });

  it('promises nothing before anything is done, and never more than all of it', () => {
    expect(transcribeLine('a', { doneSeconds: 0, expectedSeconds: 60, elapsedSeconds: 1 })).toBe('[--------------------] 0 %  0:00 of 1:00  a');
    expect(transcribeLine('a', { doneSeconds: 61, expectedSeconds: 60, elapsedSeconds: 1 })).toContain('] 100 %  ');
  });

  it('never runs over the edge of a terminal, and leaves it clean', () => {
    const written: string[] = [];
    const display = createTranscribeDisplay({ output: { write: (text) => written.push(text), isTTY: true, columns: 30 }, isQuiet: false });
    display.show('a-very-long-name.mp3', { doneSeconds: 30, expectedSeconds: 120, elapsedSeconds: 4 });
    display.clear();
    display.clear();
    expect(written[0]!.replace('\r', '').replace('\u001b[K', '')).toHaveLength(29);
    expect(written.slice(1)).toEqual(['\r\u001b[K']);
  });

  it.each([[false, false], [true, true]])('is not shown where nobody watches (terminal: %s, quiet: %s)', (isTTY, isQuiet) => {
    const written: string[] = [];
    const display = createTranscribeDisplay({ output: { write: (text) => written.push(text), isTTY }, isQuiet });
    display.show('a', { doneSeconds: 1, expectedSeconds: 2, elapsedSeconds: 1 });
    display.clear();
    expect(written).toEqual([]);
  });
});
