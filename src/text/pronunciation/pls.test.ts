import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AntiphonError } from '../../errors.ts';
import { parsePls } from './pls.ts';

const lexicon = (inside: string, attributes = 'alphabet="ipa" xml:lang="en-US"') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" ${attributes}>${inside}</lexicon>`;

describe('a lexicon', () => {
  it('gives an entry for every spelling', () => {
    expect(parsePls(lexicon('<meta name="x" content="y"/><metadata><any>thing</any></metadata><lexeme><grapheme>theatre</grapheme><grapheme> theater </grapheme><phoneme>ˈθɪətə</phoneme></lexeme><lexeme><grapheme>W3C</grapheme><alias>World Wide Web &amp; Consortium</alias></lexeme>'))).toEqual([
      { word: 'theatre', language: 'en-US', caseSensitive: false, says: { kind: 'ipa', ipa: 'ˈθɪətə' } },
      { word: 'theater', language: 'en-US', caseSensitive: false, says: { kind: 'ipa', ipa: 'ˈθɪətə' } },
      { word: 'W3C', language: 'en-US', caseSensitive: false, says: { kind: 'respelling', text: 'World Wide Web & Consortium' } },
    ]);
  });

  it('prefers what is preferred, else what comes first', () => {
    const says = (inside: string) => parsePls(lexicon(`<lexeme><grapheme>a</grapheme>${inside}</lexeme>`))[0]!.says;
    expect(says('<phoneme>a</phoneme><phoneme>b</phoneme>')).toEqual({ kind: 'ipa', ipa: 'a' });
    expect(says('<phoneme>a</phoneme><phoneme prefer="true">b</phoneme><alias prefer="true">c</alias>')).toEqual({ kind: 'ipa', ipa: 'b' });
    expect(says('<alias>c</alias><phoneme>b</phoneme><example>to c <b/></example>')).toEqual({ kind: 'respelling', text: 'c' });
    expect(parsePls(lexicon('<lexeme><grapheme>a</grapheme><alias>x</alias></lexeme><lexeme><grapheme>A</grapheme><alias>y</alias></lexeme>'))).toHaveLength(1);
  });

  it('may name alphabet and language anew', () => {
    expect(parsePls(lexicon('<lexeme xml:lang="de"><grapheme>Ach</grapheme><phoneme>"ax</phoneme></lexeme><lexeme><grapheme>cat</grapheme><phoneme alphabet="cmu-arpabet">K AE1 T</phoneme></lexeme>', 'alphabet="x-sampa"'))).toMatchObject([
      { language: 'de', says: { ipa: 'ˈax' } }, { word: 'cat', says: { ipa: 'ˈkæt' } },
    ]);
  });

  it.each([
    ['<lexeme><alias>a</alias></lexeme>', /needs a <grapheme>/u],
    ['<lexeme><grapheme>a</grapheme></lexeme>', /needs a <phoneme> or an <alias>/u],
    ['\n  <lexeme><grapheme>a</grapheme><phoneme>k7</phoneme></lexeme>', /^Line 3, column 33: "7"/u],
    ['<lexeme><grapheme> </grapheme><alias>a</alias></lexeme>', /word is empty\.$/u],
    ['<lexeme><grapheme>a</grapheme><alias> </alias></lexeme>', /respelling is empty/u],
    ['<lexeme><grapheme>a<b/></grapheme></lexeme>', /<b> is not part/u],
    ['<grapheme>a</grapheme>', /cannot stand inside <lexicon>/u],
    ['<lexeme><grapheme>a</grapheme><phoneme alphabet="x-microsoft-ups">B L I</phoneme></lexeme>', /alphabet must be/u],
    ['<lexeme>', /well-formed/u],
    [Array.from({ length: 10_001 }, (_, i) => `<lexeme><grapheme>w${i}</grapheme><alias>a</alias></lexeme>`).join(''), /more than 10000 words/u],
  ])('%# is refused with its place', (inside, message) => {
    expect(() => parsePls(lexicon(inside))).toThrow(expect.objectContaining({ code: 'input_invalid', param: 'body', message: expect.stringMatching(/^Line \d+, column \d+: /u) }));
    expect(() => parsePls(lexicon(inside))).toThrow(message);
  });

  it('is no other document', () => {
    expect(() => parsePls('<speak>a</speak>')).toThrow(/must begin with <lexicon>/u);
    expect(() => parsePls('<!DOCTYPE lexicon><lexicon/>')).toThrow(/DOCTYPE/u);
    expect(() => parsePls(' '.repeat(1_100_000))).toThrow(expect.objectContaining({ code: 'input_too_long' }));
  });

  it('is read or refused clearly, whatever it is', () => {
    const piece = fc.constantFrom('<lexeme>', '</lexeme>', '<grapheme>a</grapheme>', '<phoneme>a</phoneme>', '<alias prefer="true">b</alias>', '<alias/>', '<metadata>', '</metadata>', '<example>', '</example>', 'x', '&amp;', '<!-- -->', '<x/>');
    fc.assert(fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      try {
        parsePls(lexicon(pieces.join('')));
      } catch (error) {
        expect(error).toBeInstanceOf(AntiphonError);
      }
    }), { numRuns: 1000 });
  });
});
