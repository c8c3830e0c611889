import { describe, expect, it } from 'vitest';
import { createAsyncQueue } from '../async-queue.ts';
import { growSentences } from './grow-sentences.ts';
import type { PlannedSentence } from './prepare-text.ts';

const options = { language: 'en', maxCharacters: 1_000, sentencePauseMs: 280, paragraphPauseMs: 600, speed: 1, reading: { normalise: true, takesPronunciations: false } };

async function* letters(text: string): AsyncGenerator<string> {
  for (const letter of text) yield letter;
}

async function saidOf(text: string, more: Partial<typeof options> = {}): Promise<string[]> {
  return (await Array.fromAsync(growSentences(letters(text), { ...options, ...more }).sentences)).map(({ said }) => said().text);
}

describe('a text that is still being written', () => {
  it('gives each sentence as soon as it is complete', async () => {
    const pieces = createAsyncQueue<string>();
    const { sentences, text } = growSentences(pieces, options);
    pieces.push('Good morning. How ');
    expect(((await sentences.next()).value as PlannedSentence).said().text).toBe('Good morning.');
    expect(text()).toBe('Good morning. How ');
    pieces.push('are you?');
    pieces.end();
    expect(((await sentences.next()).value as PlannedSentence).said().text).toBe('How are you?');
    expect((await sentences.next()).done).toBe(true);
  });

  it('is read as a whole text is: numbers, abbreviations, Markdown and emoji', async () => {
    expect(await saidOf('Dr. Smith paid $5. **Really** good 🙂!\n\n- One\n- Two')).toEqual(['Doctor Smith paid five dollars.', expect.stringMatching(/^Really good.*face!$/), expect.stringMatching(/^One/), expect.stringMatching(/^Two/)]);
  });

  it('never says the marks of stress that goes over a sentence', async () => {
    expect((await saidOf('**Listen. It matters.** Go on.')).join(' ')).not.toMatch(/\*|asterisk/);
  });

  it('holds code until it ends, and says no fence', async () => {
    expect((await saidOf('Try this:\n\n```js\nlet a = 1. \nlet b.\n```\n\nDone.')).join(' ')).not.toMatch(/`|backtick|grave/i);
  });

  it('is answered for without a gap, each share on the whole text\'s offsets', async () => {
    const text = ' First one.  Second one.\n\n***\n\nThird one. ';
    const planned = await Array.fromAsync(growSentences(letters(text), options).sentences);
    expect(planned.map(({ share }) => text.slice(share.start, share.end)).join('')).toBe(text.trimEnd());
    for (const { written, share } of planned) expect(written.starts[0]).toBeGreaterThanOrEqual(share.start);
    expect(planned.map(({ said }) => text.slice(said().aligned.starts[0], said().aligned.ends.at(-1)))).toEqual(['First one.', 'Second one.', 'Third one.']);
  });

  it('has the silence of its sentences and paragraphs, none at its ends', async () => {
    const planned = await Array.fromAsync(growSentences(letters('One here. Two here.\n\nThree here.'), options).sentences);
    expect(planned.map(({ pauseBeforeMs, pauseAfterMs }) => [pauseBeforeMs, pauseAfterMs])).toEqual([[0, 0], [220, 0], [540, 0]]);
  });

  it('ends where its pieces fail, after the sentences that were complete', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield 'Good morning. How are';
      throw new Error('broken');
    }
    const { sentences } = growSentences(failing(), options);
    expect(((await sentences.next()).value as PlannedSentence).said().text).toBe('Good morning.');
    await expect(sentences.next()).rejects.toThrow('broken');
  });

  it.each([['nothing', ''], ['blanks', ' \n '], ['marks', '…!?']])('is refused where it ends with %s', async (_name, text) => {
    await expect(saidOf(text)).rejects.toMatchObject({ code: 'input_empty' });
  });

  it('is refused past the most that is spoken', async () => {
    await expect(saidOf('One two three. '.repeat(10), { maxCharacters: 100 })).rejects.toMatchObject({ code: 'input_too_long' });
  });
});
