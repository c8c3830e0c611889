import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/virtual-clock.ts';
import { createAsyncQueue } from '../async-queue.ts';
import { withFirstSentence } from './growing-text.ts';

const staying = new AbortController().signal;

describe('a text that is still being written', () => {
  it('is handed on with its first sentence, and read from its beginning by everybody', async () => {
    const pieces = createAsyncQueue<string>();
    let handedOn = false;
    const handing = withFirstSentence(pieces, staying).then((text) => {
      handedOn = true;
      return text;
    });
    pieces.push('Good');
    await settle();
    expect(handedOn).toBe(false);
    pieces.push(' morning. And');
    const text = await handing;
    const first = Array.fromAsync(text);
    pieces.push(' so on.');
    pieces.end();
    expect(await first).toEqual(['Good', ' morning. And', ' so on.']);
    expect(await Array.fromAsync(text)).toEqual(await first);
  });

  it.each([['Hi'], ['🙂'], ['🙂. ']])('may end with its first sentence: %s', async (piece) => {
    const pieces = createAsyncQueue<string>();
    pieces.push(piece);
    pieces.end();
    expect(await Array.fromAsync(await withFirstSentence(pieces, staying))).toEqual([piece]);
  });

  it('is empty, fails, or is waited for no longer', async () => {
    const [empty, failing, hanging] = [createAsyncQueue<string>(), createAsyncQueue<string>(), createAsyncQueue<string>()];
    empty.push('  ');
    empty.end();
    await expect(withFirstSentence(empty, staying)).rejects.toMatchObject({ code: 'input_empty' });
    failing.push('Good');
    failing.fail(new Error('broken'));
    await expect(withFirstSentence(failing, staying)).rejects.toThrow('broken');
    const leaving = new AbortController();
    const waiting = withFirstSentence(hanging, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
  });
});
