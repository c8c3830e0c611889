import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEspeakPhonemizer } from '../phonemes/espeak.ts';
import type { EspeakPhonemizer } from '../phonemes/espeak.ts';
import { kokoroMark, kokoroWord } from './kokoro-symbols.ts';
import { kokoroTokens, readKokoroVocabulary } from './kokoro-tokens.ts';
import type { KokoroVocabulary } from './kokoro-tokens.ts';
import { kokoroLanguage } from './kokoro-voices.ts';

/** Units as espeak joins them, by dialect. */
const words: readonly (readonly [units: string, us: string, gb: string])[] = [
  ['h_ə_l_ˈoʊ', 'həlˈO', 'həlˈQ'],
  ['l_ˈɪ_ɾ_əl', 'lˈɪTᵊl', 'lˈɪTᵊl'],
  ['f_ə_l_ˈuː', 'fəlˈu', 'fəlˈuː'],
  ['b_ˈʌ_ʔ_n̩', 'bˈʌtn', 'bˈʌtn'],
  ['b_ˈʌ_ʔ_ˌn̩', 'bˈʌtn', 'bˈʌtn'],
  ['p_ɹ_ˈɪ_z_m̩', 'pɹˈɪzᵊm', 'pɹˈɪzᵊm'],
  ['f_ˈaɪɚ', 'fˈIəɹ', 'fˈIəɹ'],
  ['h_ˈaʊ_s', 'hˈWs', 'hˈWs'],
  ['dʒ_ˈʌ_dʒ', 'ʤˈʌʤ', 'ʤˈʌʤ'],
  ['tʃ_ˈɜː_tʃ', 'ʧˈɜɹʧ', 'ʧˈɜːʧ'],
  ['h_ˈæ_t_ʃ_ɑː_p', 'hˈætʃɑp', 'hˈætʃɑːp'],
  ['d_ˈeɪ', 'dˈA', 'dˈA'],
  ['tʃ_ˈɔɪ_s', 'ʧˈYs', 'ʧˈYs'],
  ['k_æ_f_ˈe', 'kæfˈA', 'kæfˈA'],
  ['ð_eə', 'ðɛ', 'ðɛː'],
  ['h_ˈiə', 'hˈiə', 'hˈɪə'],
  ['h_ˈɪə', 'hˈiə', 'hˈɪə'],
  ['f_ˈɜː_ɹ_i', 'fˈɜɹi', 'fˈɜːɹi'],
  ['b_ˈɜː_d', 'bˈɜɹd', 'bˈɜːd'],
  ['k_ˈɑːɹ', 'kˈɑɹ', 'kˈɑːɹ'],
  ['f_ˈoːɹ', 'fˈɔɹ', 'fˈɔːɹ'],
  ['l_ˈɑː_x', 'lˈɑk', 'lˈɑːk'],
  ['ɐ', 'ɐ', 'ɐ'],
  ['ɐ_n', 'ɐn', 'ɐn'],
  ['ɐ_n_d', 'ənd', 'ənd'],
  ['b_ˈeɪ_k_ɚ_ɹ_i', 'bˈAkəɹi', 'bˈAkəɹi'],
  ['ɐ_b_ˌaʊ_t', 'əbˌWt', 'əbˌWt'],
  ['ð_ɪ', 'ði', 'ði'],
  ['ð_ɪ_s', 'ðɪs', 'ðɪs'],
  ['ʃ_ˈɛ_dʲ_uː_l', 'ʃˈɛdul', 'ʃˈɛduːl'],
  ['n_ˈʲo_n', 'nˈjɔn', 'nˈjɔn'],
  ['s_ɬ_ˈuː', 'slˈu', 'slˈuː'],
  ['ʒ_ˈɑ̃', 'ʒˈɑ', 'ʒˈɑ'],
  ['r_ˈʌ_n', 'ɹˈʌn', 'ɹˈʌn'],
  ['g_ˈoʊ', 'ɡˈO', 'ɡˈQ'],
];

const others: readonly (readonly [units: string, symbols: string])[] = [
  ['p_ˈi_tsː_a', 'pˈiʦːa'],
  ['dz_ˈu_kː_e_ɾ_o', 'ʣˈukːeɾo'],
  ['tʃ_ˈa_o', 'ʧˈao'],
  ['s_ˈeɪ', 'sˈA'],
  ['l_e-_z', 'lez'],
  ['b_ˈɔ̃', 'bˈɔ̃'],
  ['n_ˈɐ̃ʊ̃', 'nˈɐ̃ʊ̃'],
  ['x_w_ˈe', 'xwˈe'],
  ['p_ˈe_r_o', 'pˈero'],
  ['ç_i', 'çi'],
];

describe('kokoroWord', () => {
  for (const [units, us, gb] of words) {
    it(`maps ${units}`, () => {
      expect(kokoroWord(units.split('_'), 'us')).toBe(us);
      expect(kokoroWord(units.split('_'), 'gb')).toBe(gb);
    });
  }
  for (const [units, symbols] of others) {
    it(`maps ${units} outside English`, () => expect(kokoroWord(units.split('_'), 'other')).toBe(symbols));
  }
});

describe('kokoroMark', () => {
  it.each([['–', '—'], ['«', '“'], ['»', '”'], ['[', '('], ['}', ')'], ['。', '.'], ['、', ','], ['？', '?'], ['…', '…'], ['¿', undefined]])('maps %s', (mark, symbol) => {
    expect(kokoroMark(mark)).toBe(symbol);
  });
});

describe('kokoroTokens', () => {
  let phonemizer: EspeakPhonemizer;
  const vocabulary: KokoroVocabulary = readKokoroVocabulary(readFileSync(new URL('../../models/kokoro-vocab.json', import.meta.url), 'utf8'));
  const spell = (text: string, voice: string): string[] =>
    kokoroTokens(text, { phonemizer, vocabulary, language: kokoroLanguage(voice)! }).map((utterance) => utterance.map((token) => token.symbol).join(''));
  beforeAll(async () => {
    phonemizer = await createEspeakPhonemizer();
  });

  const texts: readonly (readonly [voice: string, text: string, symbols: string])[] = [
    ['af_heart', 'Hello, world!', 'həlˈO, wˈɜɹld!'],
    ['af_heart', 'the apple, a dog, to eat', 'ði ˈæpᵊl, ɐ dˈɑɡ, tʊ ˈit'],
    ['af_heart', 'He said "go" (now) — yes…', 'hi sˈɛd “ɡˈO” (nˈW) — jˈɛs…'],
    ['bm_george', 'The water there.', 'ðə wˈɔːtə ðˈɛː.'],
    ['ff_siwis', 'Il dit « non ».', 'il dˈi “ nˈɔ̃ ”.'],
    ['ef_dora', '¿Qué? ¡No!', 'kˈe? nˈo!'],
  ];
  for (const [voice, text, symbols] of texts) {
    it(`spells ${JSON.stringify(text)} for ${voice}`, () => expect(spell(text, voice)).toEqual([symbols]));
  }

  it('gives the model only symbols of its vocabulary, in every language', () => {
    for (const [voice, text] of [
      ['af_heart', 'Rhythm, façade, Ångström, loch, naïve, jalapeño, Bach, croissant, 20% of $5 & more.'],
      ['bf_emma', 'Rhythm, façade, Ångström, loch, naïve, jalapeño, Bach, croissant, 20% of $5 & more.'],
      ['ef_dora', 'El pingüino y el señor de la calle comen jamón con queso.'],
      ['ff_siwis', 'Les enfants mangent du pain avec un bon vin, cœur, weekend.'],
      ['hf_alpha', 'मेरा नाम राम है और मैं दिल्ली में रहता हूँ।'],
      ['if_sara', 'La pizza è buona, gli amici sono qui, zucchero.'],
      ['pf_dora', 'Não sei o que você quer dizer com isso, então tchau.'],
    ] as const) {
      const lost = phonemizer
        .phonemiseWithPunctuation(text, kokoroLanguage(voice)!.espeakVoice)
        .flatMap((item) => (item.kind === 'phonemes' ? item.words.flatMap((units) => Array.from(kokoroWord(units, kokoroLanguage(voice)!.dialect))) : []))
        .filter((symbol) => !vocabulary.has(symbol));
      expect(lost, voice).toEqual([]);
    }
  });

  it('says a stretch as its pronunciation tells, in its own symbols', () => {
    const text = 'Say xyz of the day.';
    const tokens = kokoroTokens(text, { phonemizer, vocabulary, language: kokoroLanguage('af_heart')!, pronunciations: [{ start: 4, end: 7, ipa: 'ˈd͡ʒoʊlɪ ʁaɪd' }] })[0]!;
    expect(tokens.map((token) => token.symbol).join('')).toBe('sˈA ʤˈOlɪ ɹId ʌvðə dˈA.');
    expect(tokens.filter(({ start, end }) => start === 4 && end === 7).map(({ symbol }) => symbol).join('')).toBe('ʤˈOlɪɹId');
    expect(tokens.filter(({ symbol }) => symbol === ' ').every(({ start, end }) => start === end)).toBe(true);
    const bad = (ipa: string) => () => kokoroTokens('x', { phonemizer, vocabulary, language: kokoroLanguage('af_heart')!, pronunciations: [{ start: 0, end: 1, ipa }] });
    expect(bad('ʘa')).toThrow(expect.objectContaining({ code: 'input_invalid', param: 'phoneme' }));
  });

  it('maps what espeak says the same when it comes as IPA', () => {
    const text = 'Judges usually measure the church clock, although bottles, fire, hours and little children agree with their theory of choice';
    for (const voice of ['af_heart', 'bf_emma']) {
      const language = kokoroLanguage(voice)!;
      const own = phonemizer.phonemiseWithPunctuation(text, language.espeakVoice).flatMap((item) => (item.kind === 'phonemes' ? item.words : []));
      for (const units of own) {
        const [given] = kokoroTokens('x', { phonemizer, vocabulary, language, pronunciations: [{ start: 0, end: 1, ipa: units.join('') }] });
        expect(given!.map((token) => token.symbol).join('')).toBe(kokoroWord(units, language.dialect));
      }
    }
  });

  it('cuts what is longer than the model takes behind a clause, losing nothing', () => {
    const clause = 'the harbour was quiet and the boats lay still in the light';
    const utterances = spell(`${Array.from({ length: 20 }, () => clause).join(', ')}.`, 'af_heart');
    expect(utterances.length).toBeGreaterThan(1);
    for (const utterance of utterances) {
      expect(utterance.length).toBeLessThanOrEqual(400);
      expect(utterance).toMatch(/[,.]$/u);
    }
    expect(utterances.join(' ').match(/hˈɑɹbɚ|hˈɑɹbəɹ/gu)).toHaveLength(20);
  });

  it.each(['…', '?!', '—', '<>', ''])('refuses %j as empty', (text) => {
    expect(() => spell(text, 'af_heart')).toThrow(expect.objectContaining({ code: 'input_empty' }));
  });

  it('refuses a damaged symbol table', () => {
    for (const json of ['', '{}', '{"vocab":{"a":"b"}}']) expect(() => readKokoroVocabulary(json)).toThrow(expect.objectContaining({ code: 'model_file_invalid' }));
  });
});
