import { describe, expect, it } from 'vitest';
import { prepareText } from './prepare-text.ts';

const prepare = (text: string, more: Partial<Parameters<typeof prepareText>[0]> = {}) =>
  prepareText({ text, markup: 'none', language: 'en-US', maxCharacters: 100, sentencePauseMs: 280, paragraphPauseMs: 600, speed: 1, reading: { normalise: true, takesPronunciations: true }, ...more })
    .map((sentence) => ({ ...sentence, text: sentence.said().text }));

describe('preparing a text', () => {
  it('gives each sentence the pause that follows it', () => {
    expect(prepare('One. Two!\n\nThree').map(({ text, pauseAfterMs }) => [text, pauseAfterMs])).toEqual([['One.', 280], ['Two!', 600], ['Three', 0]]);
  });

  it('shares the whole text out among its sentences', () => {
    expect(prepare('  One. \n\n Two!  ').map(({ share }) => share)).toEqual([{ start: 0, end: 6 }, { start: 6, end: 16 }]);
  });

  it('shrinks pauses as the speech gets faster', () => {
    expect(prepare('One. Two.', { speed: 2 })[0]!.pauseAfterMs).toBe(140);
  });

  it('leaves out what cannot be spoken, but speaks the rest', () => {
    expect(prepare('Hello.\n\n---\n\nWorld.').map(({ text }) => text)).toEqual(['Hello.', 'World.']);
  });

  it.each(['', '   ', '\n\n', '...', '\u0000\u200b'])('refuses %j, naming the field', (text) => {
    expect(() => prepare(text)).toThrow(expect.objectContaining({ code: 'input_empty', param: 'input' }));
  });

  it('says how long is too long', () => {
    expect(() => prepare('x'.repeat(101))).toThrow(expect.objectContaining({ code: 'input_too_long', param: 'input', message: expect.stringContaining('101') }));
  });
});
