import { describe, expect, it } from 'vitest';
import { toIpa } from './phonetic-alphabets.ts';

describe('X-SAMPA', () => {
  it.each([
    ['h@"l@U', 'həˈləʊ'], ['"fAnI%', 'ˈfɑnɪˌ'], ['tS', 'tʃ'], ['t_hIk', 'tʰɪk'], ['bO~', 'bɔ̃'], ['r\\ED', 'ɹɛð'], ['"b3`d', 'ˈbɝd'], ['b@`', 'bɚ'], ['"bVt=n', 'ˈbʌt̩n'], ['a.b|c||d', 'a.b|c‖d'], ['s`_0', 'ʂ̥'], ['d_dZ', 'd̪ʒ'], ['x\\N\\J\\', 'ɧɴɟ'], ['"si:kw@l t', 'ˈsiːkwəl t'],
  ])('%s is %s', (written, ipa) => expect(toIpa(written, 'x-sampa')).toEqual({ ipa: ipa.normalize('NFC') }));

  it.each(['aé', 'a;b', '', '"', 'ə'])('refuses %j', (written) => expect(toIpa(written, 'x-sampa')).toHaveProperty('problem'));
});

describe('CMU ARPAbet', () => {
  it.each([
    ['HH AH0 L OW1', 'həˈloʊ'], ['M AE1 D IH0 S AH0 N', 'ˈmædɪsən'], ['T OW0 M EY1 T OW2', 'toʊˈmeɪˌtoʊ'], ['EH0 K S T R IY1 M', 'ɛkˈstɹiːm'], ['HH AE1 P IY0', 'ˈhæpi'], ['B ER1 D ER0', 'ˈbɜːdɚ'], ['K AE T', 'ˈkæt'],
    ['AH', 'ˈʌ'], ['CH UW1 Z | JH OY1', 'ˈtʃuːz ˈdʒɔɪ'], ['hh ay1', 'ˈhaɪ'], ['DH AH0', 'ðə'],
  ])('%s is %s', (written, ipa) => expect(toIpa(written, 'cmu-arpabet')).toEqual({ ipa }));

  it.each([['M XX1', /"XX1" is not a sound/u], ['B1', /"B1"/u], ['AE3', /"AE3"/u], ['', /empty/u], ['constructor', /ARPAbet/u], ['B '.repeat(150), /100 sounds/u]])('refuses %j', (written, problem) => {
    expect(toIpa(written, 'cmu-arpabet')).toEqual({ problem: expect.stringMatching(problem) });
  });
});

describe('alphabets', () => {
  it('are three', () => expect(toIpa('a', 'sapi')).toEqual({ problem: 'the alphabet must be ipa, x-sampa or cmu-arpabet' }));
  it('have a limit', () => expect(toIpa('a'.repeat(1000), 'x-sampa')).toHaveProperty('problem'));
});
