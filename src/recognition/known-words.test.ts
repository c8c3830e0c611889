import { describe, expect, it } from 'vitest';
import { countKnownWords, foldWord } from './known-words.ts';

/** Words of half a second each, from `at` on. */
function said(text: string, at = 0) {
  return text.split(' ').filter((word) => word !== '').map((word, i) => ({ text: ` ${word}`, startSeconds: at + i / 2, endSeconds: at + i / 2 + 0.4, probability: 1 }));
}

function known(before: string, hypothesis: string, at = 0): number {
  return countKnownWords({ known: said(before), hypothesis: said(hypothesis, at) });
}

describe('which words of a hypothesis are known', () => {
  it('are those that were said before, whatever their case and marks', () => {
    expect(known('The old man', 'the, old man. And the sea')).toBe(3);
    expect(known('', 'the sea')).toBe(0);
    expect(known('the sea', '')).toBe(0);
  });

  it('tells repetitions from new words', () => {
    expect(known('no no', 'no no no no')).toBe(2);
    expect(known('that that', 'that that is')).toBe(2);
  });

  it('finds its place although a word is missing, too many or another', () => {
    expect(known('over there now', 'there now we go')).toBe(2);
    expect(known('there now', 'uh there now we go', -0.5)).toBe(3);
    expect(known('there now', 'there uh now we go', -0.5)).toBe(3);
    expect(known('over there now', 'over bear now we go')).toBe(3);
  });

  it('goes by the times where the words do not tell', () => {
    expect(known('one two three', 'uno dos tres cuatro')).toBe(3);
    expect(countKnownWords({ known: said('two'), hypothesis: said('zwei drei', 0) })).toBe(1);
    expect(countKnownWords({ known: said('two'), hypothesis: said('drei', 0.5) })).toBe(0);
  });

  it('compares what has neither letters nor digits as it is', () => {
    expect(foldWord(' Don’t!')).toBe(foldWord('dont'));
    expect(foldWord(' …')).not.toBe(foldWord(' –'));
    expect(foldWord(' कि')).not.toBe(foldWord(' का'));
  });
});
