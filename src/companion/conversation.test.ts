import { describe, expect, it } from 'vitest';
import { latestThatFit, toMessages } from './conversation.ts';

/** 40 characters are 10 tokens, and 8 stand around them. */
const turn = (name: number) => ({ said: `said ${name}`.padEnd(20, '.'), reply: `reply ${name}`.padEnd(20, '.') });
const turns = (count: number) => Array.from({ length: count }, (_, index) => turn(index));
const firstOf = (count: number) => latestThatFit(turns(count), 180)[0]!.said.replaceAll('.', '');

describe('what a model is told', () => {
  it('is the persona, the turns in order, and what was just said', () => {
    expect(toMessages({ persona: 'Be kind.', past: [{ said: 'One?', reply: 'Yes.' }], said: 'Two?' })).toEqual([
      { role: 'system', content: 'Be kind.' }, { role: 'user', content: 'One?' }, { role: 'assistant', content: 'Yes.' }, { role: 'user', content: 'Two?' },
    ]);
  });

  it('has no persona where none is set', () => {
    expect(toMessages({ persona: ' ', past: [], said: 'Hello.' })).toEqual([{ role: 'user', content: 'Hello.' }]);
  });

  it('is all of the conversation while it fits', () => {
    expect(latestThatFit(turns(10), 180)).toHaveLength(10);
  });

  it('begins with the same turn over many turns, and then gives up half at once', () => {
    expect(Array.from({ length: 14 }, (_, index) => firstOf(index + 5))).toEqual([
      ...Array.from({ length: 6 }, () => 'said 0'), ...Array.from({ length: 6 }, () => 'said 6'), 'said 12', 'said 12',
    ]);
  });

  it('never is more than fits, whatever the turns are like', () => {
    const long = { said: 'a'.repeat(4_000), reply: 'b' };
    expect(latestThatFit([turn(1), long], 180)).toEqual([]);
    expect(latestThatFit([long, turn(1), turn(2)], 180)).toEqual([turn(1), turn(2)]);
    expect(latestThatFit(turns(3), 0)).toEqual([]);
  });
});
