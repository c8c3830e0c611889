import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { createTextBuffer, type TextBufferOptions } from './text-buffer.ts';

const vendorSchedule = [120, 160, 250, 290];

function create(options: Partial<TextBufferOptions> = {}) {
  return createTextBuffer({ schedule: vendorSchedule, bySentence: false, locale: 'en', ...options });
}

const textsOf = (stretches: readonly { text: string }[]): string[] => stretches.map(({ text }) => text);

describe('text buffer', () => {
  it('waits for the first threshold and then says whole sentences', () => {
    const buffer = create();
    expect(buffer.push('This is the first sentence of a text. It goes on for a while. ')).toEqual([]);
    const ready = buffer.push('Then it has another sentence that is not over, since words are still to ');
    expect(ready).toEqual([{ text: 'This is the first sentence of a text. It goes on for a while.', ending: 'sentence' }]);
    expect(textsOf(buffer.flush())).toEqual([' Then it has another sentence that is not over, since words are still to ']);
  });

  it('asks for more before later stretches', () => {
    const buffer = create({ schedule: [10, 40] });
    expect(textsOf(buffer.push('Hello, dear friends. '))).toEqual(['Hello, dear friends.']);
    expect(buffer.push('You are welcome here. ')).toEqual([]);
    expect(buffer.push('All of you, one by one.')).toHaveLength(1);
  });

  it('breathes at a comma where no sentence ends, and between words where there is none', () => {
    expect(textsOf(create({ schedule: [30] }).push('When the long winter was over, the people came out'))).toEqual(['When the long winter was over,']);
    expect(textsOf(create({ schedule: [30] }).push('one two three four five six seven eig'))).toEqual(['one two three four five six seven ']);
  });

  it('does not take an abbreviation for the end', () => {
    const buffer = create({ bySentence: true });
    expect(buffer.push('We met Dr. ')).toEqual([]);
    expect(textsOf(buffer.push('Smith there. '))).toEqual(['We met Dr. Smith there.']);
  });

  it('says every sentence at once in auto mode, whatever the tokens', () => {
    const buffer = create({ bySentence: true });
    const said = ['Hel', 'lo', ' wor', 'ld', '. ', 'And', ' on', '.'].flatMap((token) => textsOf(buffer.push(token)));
    expect(said).toEqual(['Hello world.']);
    expect(textsOf(buffer.flush())).toEqual([' And on.']);
  });

  it('never cuts a tag or a phoneme element apart', () => {
    const buffer = create({ schedule: [20] });
    const said = textsOf(buffer.push('One two three four. <break time="'));
    expect(said).toEqual(['One two three four.']);
    expect(textsOf(buffer.push('1s"/> five six seven eight nine. '))[0]).toContain('<break time="1s"/>');
    const phonemes = create({ schedule: [10] });
    expect(phonemes.push('<phoneme alphabet="ipa" ph="a b">two words. here')).toEqual([]);
  });

  it('is triggered only where enough has come', () => {
    const buffer = create();
    buffer.push('Too short. ');
    expect(buffer.trigger()).toEqual([]);
    buffer.push('But now there is enough of it to be said. ');
    expect(textsOf(buffer.trigger())).toEqual(['Too short. But now there is enough of it to be said.']);
  });

  it('knows the silence that belongs behind a stretch', () => {
    expect(create().push('x'.repeat(10))).toEqual([]);
    expect(endingOf('One.')).toBe('sentence');
    expect(endingOf('One,')).toBe('none');
    expect(endingOf('One.\n\n')).toBe('paragraph');
  });

  function endingOf(text: string) {
    const buffer = create();
    buffer.push(text);
    return buffer.flush()[0]?.ending;
  }

  it('loses and doubles no word, however the text is cut into messages', () => {
    const piece = fc.oneof(fc.constantFrom('Hello there. ', 'a, ', '<break time="1s"/>', 'Dr. ', '\n\n', 'x'.repeat(400), '1 < 2 ', '。'), fc.string({ maxLength: 30 }));
    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), fc.boolean(), (pieces, bySentence) => {
      const buffer = create({ bySentence });
      const said = [...pieces.flatMap((one) => textsOf(buffer.push(one))), ...textsOf(buffer.flush())];
      expect(said.join('').replaceAll(/\s/g, '')).toBe(pieces.join('').replaceAll(/\s/g, ''));
      expect(buffer.waitingCharacters()).toBe(0);
    }));
  });

  it('makes no stretch that is too long to be said at once', () => {
    const said = textsOf(create().push('word '.repeat(5_000)));
    expect(Math.max(...said.map(({ length }) => length))).toBeLessThanOrEqual(1_000);
  });
});
