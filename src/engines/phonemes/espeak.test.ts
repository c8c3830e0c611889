import { beforeAll, describe, expect, it } from 'vitest';
import { hasSpeakableContent } from '../../text/speakable.ts';
import { createEspeakPhonemizer } from './espeak.ts';
import type { EspeakPhonemizer } from './espeak.ts';

let espeak: EspeakPhonemizer;
beforeAll(async () => {
  espeak = await createEspeakPhonemizer();
});

describe('phonemise', () => {
  const cases: readonly (readonly [voice: string, text: string, ipa: string])[] = [
    ['en-us', 'hello world', 'həlˈoʊ wˈɜːld'],
    ['en-gb', 'hello water', 'həlˈəʊ wˈɔːtə'],
    ['fr-fr', 'bonjour le monde', 'bɔ̃ʒˈuʁ lə- mˈɔ̃d'],
    ['es', 'hola mundo', 'ˈola mˈundo'],
    ['it', 'ciao mondo', 'tʃˈao mˈondo'],
    ['en-us', 'Dr Smith', 'dˈɑːktɚ smˈɪθ'],
    ['en-us', 'don’t', 'dˈoʊnt'],
    ['en-us', 'cafe\u0301', 'kæfˈeɪ'],
    ['en-us', '', ''],
    ['en-us', '···', ''],
  ];
  for (const [voice, text, ipa] of cases) {
    it(`says ${JSON.stringify(text)} in ${voice}`, () => expect(espeak.phonemise(text, voice)).toBe(ipa));
  }

  it('leaves out the marks of a switch between languages', () => {
    expect(espeak.phonemise('Hello world in English', 'fr-fr')).not.toMatch(/[()]/u);
  });

  it('keeps calls for different voices apart', () => {
    const american = espeak.phonemise('water car', 'en-us');
    expect(espeak.phonemise('water car', 'en-gb')).not.toBe(american);
    expect(espeak.phonemise('water car', 'en-us')).toBe(american);
  });

  it('refuses a language that espeak does not have, also when its beginning is one', () => {
    for (const voice of ['xx', 'en-us-nope', '']) {
      expect(() => espeak.phonemise('hello', voice)).toThrow(expect.objectContaining({ code: 'input_invalid', param: 'language' }));
    }
    expect(espeak.phonemise('hello', 'en-us')).toBe('həlˈoʊ');
  });

  it.each(['internationalization', 'strengths', 'window', '99', '😀', 'a'])('loses no %s of 400', (word) => {
    const one = espeak.phonemise(word, 'en-us').split(' ').length;
    expect(espeak.phonemise(`${word} `.repeat(400), 'en-us').split(' ')).toHaveLength(400 * one);
  });

  it('reads all of a 10,000-letter word and a 200-digit number', () => {
    expect(espeak.phonemise('banana'.repeat(1667), 'en-us').match(/n/gu)!.length).toBeGreaterThan(3000);
    expect(espeak.phonemise('7'.repeat(200), 'en-us').match(/sˈɛvən/gu)!.length).toBeGreaterThan(120);
  });

  it.each(['a\0b', 'a\u001Bb', 'a\uD800b', 'a\u00A0b', 'a\u200Bb'])('is not broken by %j', (text) => {
    expect(espeak.phonemise(text, 'en-us')).toMatch(/b/u);
  });
});

describe('phonemiseWithPunctuation', () => {
  it('puts marks back between the same phonemes that the pieces have alone', () => {
    const text = 'Dr. Smith, the "best" man (we know) — said: 3.14!';
    const items = espeak.phonemiseWithPunctuation(text, 'en-us');
    expect(items.map((item) => item.value)).toEqual([
      'dˈɑːktɚ smˈɪθ', ',', 'ðə', '"', 'bˈɛst', '"', 'mˈæn', '(', 'wiː nˈoʊ', ')', '—', 'sˈɛd', ':', 'θɹˈiː pɔɪnt wˈʌn fˈɔːɹ', '!',
    ]);
    expect(items.map((item) => text.slice(item.start, item.end))).toEqual([
      'Dr. Smith', ',', 'the', '"', 'best', '"', 'man', '(', 'we know', ')', '—', 'said', ':', '3.14', '!',
    ]);
  });

  it('gives espeak’s units, which tell one sound from two that meet', () => {
    const [item] = espeak.phonemiseWithPunctuation('hatch', 'en-us');
    expect(item).toMatchObject({ kind: 'phonemes', words: [['h', 'ˈæ', 'tʃ']] });
  });

  it('leaves out pieces of which nothing is said', () => {
    expect(espeak.phonemiseWithPunctuation('<, >', 'en-us').map((item) => item.value)).toEqual([',']);
  });
});

describe('memory', () => {
  it('does not grow over 20,000 calls', () => {
    for (let i = 0; i < 1000; i++) espeak.phonemise(`Some text number ${i} to speak aloud`, 'en-us');
    const before = espeak.memoryBytes();
    for (let i = 0; i < 20_000; i++) espeak.phonemise(`Some text ${i} to say`, 'en-us');
    expect(espeak.memoryBytes()).toBe(before);
  }, 60_000);

  it('stays bounded when every call changes the voice', async () => {
    const own = await createEspeakPhonemizer();
    const voices = ['en-us', 'en-gb'];
    for (let i = 0; i < 20_000; i++) {
      own.phonemise('a', voices[i % 2]!);
      // The worn instance is replaced while the event loop turns, as it does between requests.
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    own.phonemise('a', 'en-us');
    expect(own.memoryBytes()).toBeLessThan(26_000_000);
  }, 60_000);
});

describe('hasSpeakableContent', () => {
  it.each(['hello', '7', '%', '$', '@', '#', '&', '+', '=', '°', '©', '→', '½', '字', '😀', '.', ',', '—', '"', '(', '_', '<', '|', '…', '«'])('agrees with espeak about %s', (text) => {
    expect(hasSpeakableContent(text)).toBe(espeak.phonemiseWithPunctuation(text, 'en-us').some((item) => item.kind === 'phonemes'));
  });
});
