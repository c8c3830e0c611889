import { describe, expect, it } from 'vitest';
import { hasSpeakableContent } from './speakable.ts';

describe('hasSpeakableContent', () => {
  for (const text of ['a', '7', 'é', '字', '%', '5 €', '—a—', '😀', '#', '½', '→']) {
    it(`is true of ${text}`, () => expect(hasSpeakableContent(text)).toBe(true));
  }
  for (const text of ['', ' ', '...', '—', '?!', '"()"', '\n\n', '« »', '- ', '_', '<>', '。', '|']) {
    it(`is false of ${JSON.stringify(text)}`, () => expect(hasSpeakableContent(text)).toBe(false));
  }
});
