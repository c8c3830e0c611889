import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignedText, replaceAligned, sourceSpan } from '../aligned-text.ts';
import { applyDictionary, compileDictionary } from './dictionary.ts';
import { checkEntry, type DictionaryEntry } from './dictionary-entry.ts';

const respelt = (word: string, text: string, more: Partial<DictionaryEntry> = {}): DictionaryEntry => ({ word, says: { kind: 'respelling', text }, ...more });
const sounds = (word: string, ipa: string, more: Partial<DictionaryEntry> = {}): DictionaryEntry => ({ word, says: { kind: 'ipa', ipa }, ...more });
const say = (text: string, entries: readonly DictionaryEntry[], language = 'en-US') => applyDictionary(alignedText(text), compileDictionary(entries), { language });
const said = (text: string, entries: readonly DictionaryEntry[], language?: string) => say(text, entries, language).text.text;

describe('respellings', () => {
  it.each([
    ['Use SQL here.', 'Use sequel here.'], ['sql, Sql and SQL!', 'sequel, sequel and sequel!'], ['MySQL and SQLite', 'MySQL and SQLite'], ['SQL2 and 2SQL', 'SQL2 and 2SQL'],
    ['SQL’s table, SQL\'s', 'sequel’s table, sequel\'s'], ["SQL'll", "SQL'll"], ['"SQL"', '"sequel"'], ['SQL-like', 'sequel-like'], ['SQL', 'sequel'], ['', ''], ['éSQL SQLé', 'éSQL SQLé'], ['𝒂SQL', '𝒂SQL'],
  ])('of SQL in %j', (text, expected) => {
    expect(said(text, [respelt('SQL', 'sequel')])).toBe(expected);
  });

  it('take the longest phrase, over any blanks, and a shorter one where the long one fails', () => {
    const entries = [respelt('New York', 'Nyoo Yawk'), respelt('New York City', 'the City'), respelt('York', 'Yorrk'), respelt('New', 'Noo')];
    expect(said('New  York\nCity, New York, York, New Jersey, NewYork, New-York', entries)).toBe('the City, Nyoo Yawk, Yorrk, Noo Jersey, NewYork, Noo-Yorrk');
  });

  it('take words with signs in them', () => {
    const entries = [respelt('C++', 'see plus plus'), respelt('.NET', 'dot net'), respelt('AT&T', 'A T and T'), respelt("O'Reilly", 'oh Riley'), respelt('😀', 'smile'), respelt('O', 'oh')];
    expect(said('C++, C++. .NET ASP.NET AT&T O’Reilly 😀 O.', entries)).toBe('see plus plus, see plus plus. dot net ASP.NET A T and T oh Riley smile oh.');
  });

  it('mind case where asked, and exact case goes first', () => {
    const entries = [respelt('polish', 'shine'), respelt('Polish', 'from Poland', { caseSensitive: true })];
    expect(said('Polish polish POLISH', entries)).toBe('from Poland shine shine');
  });

  it('hold for their language, the narrower first', () => {
    const entries = [respelt('gif', 'any'), respelt('gif', 'english', { language: 'en' }), respelt('gif', 'british', { language: 'en-GB' })];
    expect(['en-US', 'en-GB', 'de', 'eng'].map((language) => said('gif', entries, language))).toEqual(['english', 'british', 'any', 'any']);
  });

  it('count the later of two for the same', () => {
    expect(said('gif', [respelt('GIF', 'a'), respelt('gif', 'b')])).toBe('b');
  });

  it('do not apply to what they put in', () => {
    expect(said('a b', [respelt('a', 'b'), respelt('b', 'a')])).toBe('b a');
  });

  it('follow an elided article, but no contraction', () => {
    expect(said("l'Oréal", [respelt('Oréal', 'x')], 'fr-FR')).toBe("l'x");
    expect(said("don't O'Brien", [respelt('don', 'x'), respelt('Brien', 'x'), respelt('t', 'x')])).toBe("don't O'Brien");
  });

  it('stand for what they replace', () => {
    const { text } = say('Use SQL now', [respelt('SQL', 'sequel')]);
    expect(sourceSpan(text, { start: 4, end: 10 })).toEqual({ start: 4, end: 7 });
    expect(sourceSpan(text, { start: 11, end: 14 })).toEqual({ start: 8, end: 11 });
  });
});

describe('sounds in IPA', () => {
  it('leave the text and point into the source', () => {
    const written = replaceAligned(alignedText('At 5 pm GIF met Nguyen.'), /5 pm/gu, () => 'five in the afternoon');
    const { text, pronunciations } = applyDictionary(written, compileDictionary([sounds('Nguyen', 'ŋwiən'), respelt('GIF', 'jif')]), { language: 'en' });
    expect(text.text).toBe('At five in the afternoon jif met Nguyen.');
    expect(pronunciations).toEqual([{ start: 16, end: 22, ipa: 'ŋwiən' }]);
  });

  it.each([['Nguyen', 'ŋwiən', 'ŋwiənz'], ['Bach', 'bax', 'baxz'], ['Grace', 'ɡreɪs', 'ɡreɪsɪz'], ['Pat', 'pæt', 'pæts'], ['Rich', 'rɪtʃ', 'rɪtʃɪz']])('of %s take the possessive in', (word, ipa, owned) => {
    expect(say(`${word}'s hat`, [sounds(word, ipa)]).pronunciations).toEqual([{ start: 0, end: word.length + 2, ipa: owned }]);
  });
});

describe('a dictionary', () => {
  it('leaves alone what markup has given sounds', () => {
    const { text, pronunciations } = applyDictionary(alignedText('gif gif Ng'), compileDictionary([respelt('gif', 'jif'), sounds('Ng', 'əŋ')]), { language: 'en', except: [{ start: 0, end: 3 }, { start: 8, end: 10 }] });
    expect([text.text, pronunciations]).toEqual(['gif jif Ng', []]);
  });

  it('returns the sentence itself where nothing matches', () => {
    const sentence = alignedText('nothing here');
    expect(applyDictionary(sentence, compileDictionary([respelt('gif', 'jif')]), { language: 'en' }).text).toBe(sentence);
    expect(applyDictionary(sentence, compileDictionary([]), { language: 'en' }).text).toBe(sentence);
  });

  it('never points backwards or outside, and keeps what it does not know', () => {
    const word = fc.constantFrom('a', 'b', 'ab', "a's", 'C++', '.NET', '😀', 'New', 'York', '’', '-');
    fc.assert(fc.property(fc.array(word), fc.array(fc.tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.boolean())), (words, rules) => {
      const source = words.join(' ');
      const { text, pronunciations } = say(source, rules.map(([parts, isIpa]) => (isIpa ? sounds(parts.join(' '), 'a') : respelt(parts.join(' '), 'XX'))));
      let before = 0;
      for (let i = 0; i < text.text.length; i++) {
        expect(text.starts[i]).toBeGreaterThanOrEqual(before);
        expect(text.ends[i]).toBeLessThanOrEqual(source.length);
        before = text.starts[i]!;
        if (text.text[i] !== 'X') expect(text.text[i]).toBe(source.slice(text.starts[i], text.ends[i]));
      }
      for (const { start, end } of pronunciations) expect(source.slice(start, end).trim()).toBe(source.slice(start, end));
    }));
  });
});

describe('an entry', () => {
  it('is brought into one form', () => {
    expect(checkEntry({ word: ' New\n York ', language: 'EN-gb', says: { kind: 'ipa', ipa: '/njuː ˈjɔːk/' } })).toEqual({ word: 'New York', language: 'en-GB', caseSensitive: false, says: { kind: 'ipa', ipa: 'njuː ˈjɔːk' } });
    expect(checkEntry(respelt('e\u0301', 'x')).word).toBe('é');
  });

  it.each([
    [respelt(' ', 'x'), 'word'], [respelt('x'.repeat(101), 'x'), 'word'], [respelt('x\u0000', 'x'), 'word'], [respelt('x', ''), 'respelling'], [respelt('x', 'y'.repeat(201)), 'respelling'],
    [respelt('x', 'y', { language: 'no such' }), 'language'], [sounds('x', ''), 'ipa'], [sounds('x', 'həˈlO'), 'ipa'], [sounds('x', 'ˈ'), 'ipa'], [sounds('x', 'a'.repeat(201)), 'ipa'],
  ])('%# is refused by field', (entry, param) => {
    expect(() => checkEntry(entry)).toThrow(expect.objectContaining({ code: 'input_invalid', param }));
  });

  it.each([["'a", /"'" \(U\+0027\) is not a sign of IPA; primary stress is ˈ/u], ['aO', /"O" \(U\+004F\).*small/u], ['a:', /length is ː/u], ['a\u200B', /U\+200B is not/u]])('names the sign of %j that is not IPA', (ipa, message) => {
    expect(() => checkEntry(sounds('x', ipa))).toThrow(message);
  });
});
