import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitSentences } from './sentences.ts';

/** `|` marks the expected cuts; blanks around them are not part of the sentences. */
const cases: readonly (readonly [marked: string, locale?: string])[] = [
  ['Hello there. | How are you?'],
  ['One. | Two! | Three?'],
  ['Dr. Smith met Mrs. Jones. | They talked.'],
  ['Mr. and Ms. Hale left with Prof. Ito. | Nobody knew.'],
  ['Dr. The is a strange name.'],
  ['St. John came. | He left.'],
  ['He lives on Main St. | The house is red.'],
  ['She climbed Mt. Fuji. | It rained.'],
  ['J. R. R. Tolkien wrote it. | I read it.'],
  ['J.R.R. Tolkien wrote it. | I read it.'],
  ['George W. Bush spoke.'],
  ['Plan B. | Then we wait.'],
  ['It was I. | Then he came.'],
  ['Jan. 5 is cold. | Feb. 2 is colder.'],
  ['It rained in Jan. | Snow came later.'],
  ['No. 5 is alive. | No. | I mean it.'],
  ['See p. 12 and pp. 14 of vol. 3. | Then stop.'],
  ['It costs 3.14 dollars. | Really?'],
  ['Pi is 3.14159. | And e is 2.718.'],
  ['It was 1999. | 5 people came.'],
  ['Use fruit, e.g. apples, i.e. sweet ones. | Then eat.'],
  ['Ali vs. Frazier was long. | Ask anyone.'],
  ['Apples, pears, etc. are fine.'],
  ['Apples, pears, etc. | And more.'],
  ['Acme Inc. makes them. | Acme Corp. | They sell them.'],
  ['The U.S. Army came. | Then it went.'],
  ['He moved to the U.S. | He liked it.'],
  ['At 5 p.m. we left. | It was 6 a.m. | We slept.'],
  ['She has a Ph.D. in art. | She paints.'],
  ['Visit example.com today. | Or file.txt.'],
  ['Version 1.2.3 is out. | Get it.'],
  ['The address is 192.168.1.1. | Use it.'],
  ['Well... maybe. | Fine.'],
  ['Well... | Maybe.'],
  ['Well… maybe. | Fine…'],
  ['Wait . . . what? | Ok.'],
  ['What?! | No way!! | Yes.'],
  ['"Stop!" he said. | "Why?" | She left.'],
  ['“Go.” he said. | “Why?” | She left.'],
  ['He said "go." | Then he left.'],
  ["He said 'go.' | Then he left."],
  ['He left (at last.) | She stayed.'],
  ['He won (!) again. | Yes.'],
  ['She asked (why?) and left.'],
  ['(It rained.) | We stayed.'],
  ['hello there. | how are you. | fine'],
  ['Ask Yahoo!, then go. | Done.'],
  ['“Dr. No” is a film. | Ok.'],
  ['¿Qué? | ¡No! | Sí.', 'es'],
  ['El Sr. Ruiz llegó. | La Sra. Paz no.', 'es'],
  ['Il dit : « Non ! » | Puis il partit. | M. Dupont reste.', 'fr'],
  ['Am 3. Oktober kam Dr. Müller. | Ja.', 'de'],
  ['Das ist z. B. gut. | Ja.', 'de'],
  ['नमस्ते। | आप कैसे हैं? | ठीक।', 'hi'],
  ['مرحبا. | كيف حالك؟ | جيد.', 'ar'],
  ['Τι κάνεις; | Καλά.', 'el'],
  ['1. First of all. | Then more.'],
  ['a. Second of all. | Then more.'],
  ['no stop at all'],
  ['...'],
  ['Is it 5 o’clock? | 6 it is.'],
  ['She got it — at last. | Good.'],
  ['Do you mean it?—he asked. | Yes.'],
  ['He is 5 ft. tall. | So am I.'],
];

describe('splitSentences', () => {
  for (const [marked, locale = 'en'] of cases) {
    it(`cuts: ${marked}`, () => {
      const text = marked.replaceAll(' | ', ' ');
      expect(splitSentences(text, { locale }).map((sentence) => sentence.text)).toEqual(marked.split(' | '));
    });
  }

  const unspaced: readonly (readonly [string, readonly string[]])[] = [
    ['Hello!How are you?', ['Hello!', 'How are you?']],
    ['你好。世界！今天？', ['你好。', '世界！', '今天？']],
    ['「行く。」と言った。', ['「行く。」と言った。']],
    ['彼は「はい。」彼女は笑った。', ['彼は「はい。」', '彼女は笑った。']],
    ['今日は３．１４です。はい', ['今日は３．１４です。', 'はい']],
  ];
  for (const [text, expected] of unspaced) {
    it(`cuts without blanks: ${text}`, () => {
      expect(splitSentences(text).map((sentence) => sentence.text)).toEqual(expected);
    });
  }

  const breaks: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    ['One.\n\nTwo', [['One.', 'paragraph'], ['Two', 'none']]],
    ['One\n \nTwo', [['One', 'paragraph'], ['Two', 'none']]],
    ['One\r\n\r\nTwo', [['One', 'paragraph'], ['Two', 'none']]],
    ['One.\r\nTwo.', [['One.', 'line'], ['Two.', 'none']]],
    ['A title\nThe text.', [['A title', 'line'], ['The text.', 'none']]],
    ['- one\n- two', [['- one', 'line'], ['- two', 'none']]],
    ['1. Milk\n2. Eggs', [['1. Milk', 'line'], ['2. Eggs', 'none']]],
    ['It goes on\nhere. Yes.', [['It goes on\nhere.', 'sentence'], ['Yes.', 'none']]],
    ['Dr.\n\nSmith', [['Dr.', 'paragraph'], ['Smith', 'none']]],
    ['Dr.\nSmith', [['Dr.\nSmith', 'none']]],
    ['A line that an editor has wrapped because it was long\nToday it goes on.', [['A line that an editor has wrapped because it was long\nToday it goes on.', 'none']]],
  ];
  for (const [text, expected] of breaks) {
    it(`tells breaks apart: ${JSON.stringify(text)}`, () => {
      expect(splitSentences(text).map((sentence) => [sentence.text, sentence.pauseAfter])).toEqual(expected);
    });
  }

  it('cuts a long sentence at a clause rather than between any two words', () => {
    const half = 'the harbour was quiet and the boats lay still in the morning light while nobody spoke a word';
    const sentences = splitSentences(`${half} ${half}, ${half} ${half}.`);
    expect(sentences.map((sentence) => [sentence.text, sentence.pauseAfter])).toEqual([
      [`${half} ${half},`, 'none'],
      [`${half} ${half}.`, 'none'],
    ]);
  });

  it('cuts inside a word only when the word alone is too long', () => {
    const words = splitSentences(`${'word '.repeat(500)}${'a'.repeat(700)} ${'word '.repeat(100)}`).map((sentence) => sentence.text);
    for (const text of words) expect(text).toMatch(/^(?:(?:word ?)+(?: ?a+)?|a+(?: (?:word ?)+)?)$/);
    expect(words.join('').match(/a/g)).toHaveLength(700);
    expect(words.join(' ').match(/\bword\b/g)).toHaveLength(600);
  });

  it('never splits a character', () => {
    const family = '👨‍👩‍👧‍👦';
    for (const { text } of splitSentences(family.repeat(200))) expect(text.isWellFormed()).toBe(true);
  });

  it('gives nothing for blanks', () => {
    expect(splitSentences(' \n\t ')).toEqual([]);
  });

  it('keeps every character that is no blank, in order, and no sentence over the limit', () => {
    const word = fc.constantFrom('Dr.', 'a', 'word', 'Hello', '3.14', '...', '?!', '"', '(', ')', '«', '»', '\n', '\n\n', ' ', '. ', '! ', '。', '字', '😀', 'U.S.', '1.', '- ', '—', ', ', 'x'.repeat(120));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 120 }), fc.constantFrom('en', 'fr', 'de', 'ja'), (words, locale) => {
        const text = words.join('');
        const sentences = splitSentences(text, { locale, maxChars: 100 });
        let from = 0;
        for (const sentence of sentences) {
          expect(text.slice(sentence.start, sentence.end)).toBe(sentence.text);
          expect(sentence.text.trim()).toBe(sentence.text);
          expect(sentence.text).not.toBe('');
          expect(sentence.text.length).toBeLessThanOrEqual(101);
          expect(text.slice(from, sentence.start).trim()).toBe('');
          from = sentence.end;
        }
        expect(text.slice(from).trim()).toBe('');
      }),
      { numRuns: 400 },
    );
  });

  it('looks at every part of the text a bounded number of times', () => {
    // Quadratic work would need minutes here and run into the test's time limit.
    const floods = ['a', 'word ', '.', ' ', 'Dr. ', '\n', 'a.b', '"', '! ', '1. ', '字', '(', '«', '- ', '. . ', 'A. '];
    for (const flood of floods) {
      const text = flood.repeat(Math.ceil(300_000 / flood.length));
      const kept = splitSentences(text).reduce((sum, sentence) => sum + sentence.text.replace(/\s/gu, '').length, 0);
      expect(kept, JSON.stringify(flood)).toBe(text.replace(/\s/gu, '').length);
    }
  }, 30_000);
});
