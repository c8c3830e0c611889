import { describe, expect, it } from 'vitest';
import { segmentsOfWindow } from './window-segments.ts';
import { smallTokenizer, tokensOf } from './whisper.test-support.ts';

function segments(parts: readonly (string | number)[], { isComplete = true, durationSeconds = 10 } = {}) {
  const { segments: own, heardSeconds } = segmentsOfWindow({ tokens: tokensOf(...parts), isComplete, durationSeconds }, smallTokenizer);
  return { heardSeconds, spans: own.map(({ tokens, firstToken, startSeconds, endSeconds }) => [smallTokenizer.decode(tokens), startSeconds, endSeconds, firstToken]) };
}

describe('segmentsOfWindow', () => {
  it('cuts at pairs of timestamps', () => {
    expect(segments([0.2, ' one', 1, 1, ' two', ' three', 3])).toEqual({ heardSeconds: 3, spans: [[' one', 0.2, 1, 0], [' two three', 1, 3, 3]] });
    expect(segments([0, ' one', 1, 1.6, ' two', 3]).spans).toEqual([[' one', 0, 1, 0], [' two', 1.6, 3, 3]]);
  });

  it('lets what has no end last to the end of the window, where the model was done', () => {
    expect(segments([0, ' one', 1, 1, ' two'])).toEqual({ heardSeconds: 10, spans: [[' one', 0, 1, 0], [' two', 1, 10, 3]] });
    expect(segments([0, ' one'])).toEqual({ heardSeconds: 10, spans: [[' one', 0, 10, 0]] });
  });

  it('leaves what has no end to the next window, where the model was interrupted', () => {
    expect(segments([0, ' one', 1, 1, ' two'], { isComplete: false })).toEqual({ heardSeconds: 1, spans: [[' one', 0, 1, 0]] });
    expect(segments([0, ' one', 1, 1], { isComplete: false })).toEqual({ heardSeconds: 1, spans: [[' one', 0, 1, 0]] });
    // With nothing before it, it is all that there is.
    expect(segments([0, ' one'], { isComplete: false }).spans).toEqual([[' one', 0, 10, 0]]);
  });

  it('drops segments without words, and a beginning that nothing follows', () => {
    expect(segments([0, ' one', 1, 1, 'Ġ', 2]).spans).toEqual([[' one', 0, 1, 0]]);
    expect(segments([0, ' one', 1, 1])).toEqual({ heardSeconds: 1, spans: [[' one', 0, 1, 0]] });
    expect(segments([0])).toEqual({ heardSeconds: 10, spans: [] });
    expect(segments([])).toEqual({ heardSeconds: 10, spans: [] });
  });

  it('places nothing beyond the end of the window', () => {
    expect(segments([0, ' one', 4, 6, ' two', 7], { durationSeconds: 3.5 })).toEqual({ heardSeconds: 3.5, spans: [[' one', 0, 3.5, 0], [' two', 3.5, 3.5, 3]] });
  });
});
