import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../engines/whisper/token-choice.ts';
import { sentenceKey, type SpokenSentence } from './sentence-key.ts';

const sentence: SpokenSentence = { modelId: 'kokoro', revision: '1', voice: 'af_heart', text: 'Hello.', speed: 1 };

describe('the key of a sentence', () => {
  it('is the same for the same, written out or by default', () => {
    expect(sentenceKey({ ...sentence, pitchSemitones: 0, pronunciations: [], privateTo: undefined })).toBe(sentenceKey(sentence));
  });

  it.each<Partial<SpokenSentence>>([
    { modelId: 'piper/joe' }, { revision: '2' }, { voice: 'af_bella' }, { voice: 'af_heart:0.5+af_bella:0.5' }, { text: 'Hello!' }, { text: 'hello.' }, { text: 'Hello. ' }, { speed: 1.01 }, { pitchSemitones: 1 },
    { pronunciations: [{ start: 0, end: 5, ipa: 'hɛlˈo' }] }, { privateTo: 'anna' }, { privateTo: '' },
  ])('changes with %o', (change) => {
    expect(sentenceKey({ ...sentence, ...change })).not.toBe(sentenceKey(sentence));
  });

  it('no two of many requests that differ in anything share one', () => {
    const random = seededRandom(7);
    const one = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
    // Parts that look alike where they are joined, and owners that look like voices.
    const words = ['', 'a', 'b', 'ab', 'a"', '","', 'a,b', '1', '0', 'null', '[]', 'anna', 'a\nb', 'ä', 'ä'];
    const seen = new Map<string, string>();
    for (let round = 0; round < 20_000; round++) {
      const pronunciations = random() < 0.5 ? [] : [{ start: 0, end: one([1, 2]), ipa: one(words) }];
      const request = { modelId: one(words), revision: one(words), voice: one(words), text: one(words), speed: one([0.5, 1, 1.5]), pitchSemitones: one([-1, 0, 1]), pronunciations, privateTo: one([undefined, ...words]) };
      const described = JSON.stringify({ ...request, privateTo: request.privateTo ?? ['nobody'] });
      const key = sentenceKey(request);
      expect(seen.get(key) ?? described).toBe(described);
      seen.set(key, described);
    }
    expect(seen.size).toBeGreaterThan(15_000);
  });
});
