import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AntiphonError } from '../../errors.ts';
import { parseFragments } from './parse-fragments.ts';

const options = { locale: 'en-US', sayAs: () => undefined };
const parse = (text: string) => parseFragments(text, options);

describe('fragments of markup in plain text', () => {
  it('are breaks', () => {
    const source = 'Hold on. <break time="1.5s" />\nNow <break time=\'300ms\'></break>go.';
    const passages = parse(source);
    expect(passages.map(({ text, pauseBeforeMs }) => [text.text, pauseBeforeMs])).toEqual([['Hold on. ', undefined], ['\nNow ', 1500], ['go.', 300]]);
    expect(source.slice(passages[2]!.text.starts[0])).toBe('go.');
  });

  it('are sounds of words', () => {
    const source = 'I say <phoneme alphabet="cmu-arpabet" ph="M AE1 D IH0 S AH0 N">Madison</phoneme> and <phoneme ph="ˈaːxən" alphabet="ipa">Aachen</phoneme>.';
    const [passage] = parse(source);
    expect(passage!.text.text).toBe('I say Madison and Aachen.');
    expect(passage!.pronunciations.map(({ start, end, ipa }) => [source.slice(start, end), ipa])).toEqual([['Madison', 'ˈmædɪsən'], ['Aachen', 'ˈaːxən']]);
  });

  it.each(['a < b > c', 'if (a<b)', '<b>bold</b>', '<break the rules>', '<break/>', '<break strength="weak"/>', '<speak>hi</speak>', '<phoneme>x</phoneme>', '<phoneme ph="a" ph="b">x</phoneme>', '&amp; <', '<<break', '# Title\n\n- item'])('leave %j as text', (text) => {
    expect(parse(text).map((passage) => passage.text.text)).toEqual([text]);
  });

  it.each([
    ['Hi\n <break time="4s"/>', /^Line 2, column 2: a <break> may last 3 s at most\.$/u],
    ['<break time="long"/>', /seconds/u],
    ['<break time="3s"/><break time="3s"/><break time="3s"/><break time="3s"/>', /10 s at most together/u],
    ['<phoneme alphabet="ipa" ph="a">word', /no <\/phoneme>/u],
    ['<phoneme alphabet="ipa" ph="A!">word</phoneme>', /not a sign of IPA/u],
    ['<phoneme alphabet="sapi" ph="a">word</phoneme>', /alphabet/u],
    ['<phoneme alphabet="ipa" ph="a"> </phoneme>', /needs a word/u],
  ])('refuse %j', (text, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'input_invalid', param: 'input', message: expect.stringMatching(message) }));
  });

  it('lose no character of a text, whatever it is', () => {
    const piece = fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('<break time="1s"/>', '<break', '<phoneme alphabet="ipa" ph="a">', '</phoneme>', '<', '"', ' time="1s"'));
    fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const source = pieces.join('');
      try {
        for (const { text } of parse(source)) for (let i = 0; i < text.text.length; i++) expect(text.text[i]).toBe(source.slice(text.starts[i], text.ends[i]));
      } catch (error) {
        expect(error).toBeInstanceOf(AntiphonError);
      }
    }), { numRuns: 500 });
  });
});
