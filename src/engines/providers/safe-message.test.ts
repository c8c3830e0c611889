import { describe, expect, it } from 'vitest';
import { safeMessage } from './safe-message.ts';

const say = (message: string, { key = 'the-configured-key', texts = [] as readonly string[] } = {}) => safeMessage(message, { key, texts });

describe('what a provider says of a request', () => {
  it('is shown as it is where nothing is wrong with it', () => {
    const message = "Invalid value: 'walter'. Supported values are: 'nova', 'echo' (claude-sonnet-4-5-20250929, gpt-4o-mini-tts-2025-12-15).";
    expect(say(message)).toBe(message);
  });

  it.each([
    'sk-proj-abcDEF123456', 'sk-ant-api03-xyz', 'gsk_0123456789', 'sk-abcde********wxyz', 'Bearer abc.def', 'a1b2c3d4e5f6a7b8c9d0e1f2',
    '0b7f1c1e-6f0a-4b3e-9d43-0c3f4d2a8b11', 'the-configured-key',
  ])('is shown without %s', (key) => {
    const said = say(`Your key ${key} was used.`)!;
    expect(said).not.toContain(key);
    expect(said).toMatch(/^Your key .*<key>.* was used\.$/);
  });

  it('is one line of at most 200 letters', () => {
    const said = say(`a\n\tb\u0000 ${'word '.repeat(100)}`)!;
    expect(said).toMatch(/^a b word /);
    expect(said.length).toBeLessThanOrEqual(200);
    expect(said.endsWith('…')).toBe(true);
  });

  it('is not shown where it quotes what the caller wrote, long or short, whatever the blanks', () => {
    const texts = ['Meet me behind the old mill at nine.', 'Hush!'];
    expect(say('Cannot say "behind the  old mill".', { texts })).toBeUndefined();
    expect(say('Nothing in "Hush!" can be spoken.', { texts })).toBeUndefined();
    expect(say('The text is too short.', { texts })).toBe('The text is too short.');
  });

  it('is nothing where there is nothing to say', () => {
    expect(say(' \n ')).toBeUndefined();
    expect(safeMessage(undefined, { key: undefined, texts: [] })).toBeUndefined();
  });
});
