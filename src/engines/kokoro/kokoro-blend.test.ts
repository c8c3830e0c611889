import { describe, expect, it } from 'vitest';
import { parseBlend } from './kokoro-blend.ts';
import { describeKokoroVoice } from './kokoro-voices.ts';

const known = new Set(['af_heart', 'am_adam', 'bf_emma', 'ef_dora']);

describe('parseBlend', () => {
  it.each([
    ['af_heart', [['af_heart', 1]], 'en-US'],
    ['af_heart+am_adam', [['af_heart', 0.5], ['am_adam', 0.5]], 'en-US'],
    ['af_heart:0.6+am_adam:0.4', [['af_heart', 0.6], ['am_adam', 0.4]], 'en-US'],
    ['af_heart:3+am_adam:1', [['af_heart', 0.75], ['am_adam', 0.25]], 'en-US'],
    ['bf_emma:.5+af_heart:1.5', [['bf_emma', 0.25], ['af_heart', 0.75]], 'en-GB'],
    [' ef_dora + af_heart ', [['ef_dora', 0.5], ['af_heart', 0.5]], 'es'],
    ['af_heart:0+am_adam', [['am_adam', 1]], 'en-US'],
  ] as const)('reads %s', (text, parts, language) => {
    const blend = parseBlend(text, known);
    expect(blend.language.tag).toBe(language);
    expect(blend.parts.map((part) => part.voiceId)).toEqual(parts.map(([voiceId]) => voiceId));
    for (const [index, [, weight]] of parts.entries()) expect(blend.parts[index]!.weight).toBeCloseTo(weight, 12);
  });

  it.each([
    ['', /No voice was named/],
    ['no_voice', /"no_voice"/],
    ['af_heart+', /part without a voice: ""/],
    ['+af_heart', /part without a voice/],
    ['af_heart:x+am_adam', /"af_heart:x"/],
    ['af_heart:-1+am_adam', /"af_heart:-1"/],
    ['af_heart:NaN', /"af_heart:NaN"/],
    ['af_heart:1:2', /"af_heart:1:2"/],
    ['af_heart:0+am_adam:0', /add up to 0/],
    ['af_heart+nobody', /"nobody"/],
    ['../secret', /secret/],
    ['jf_alpha', /Japanese.*no phonemes/],
    ['af_heart+zm_yunxi', /"zm_yunxi".*Mandarin/],
    [Array.from({ length: 9 }, () => 'af_heart').join('+'), /at most 8/],
  ])('refuses %s and names the fault', (text, message) => {
    expect(() => parseBlend(text, known)).toThrow(expect.objectContaining({ code: 'voice_unknown', param: 'voice', message: expect.stringMatching(message) }));
  });
});

describe('describeKokoroVoice', () => {
  it.each([
    ['af_heart', { id: 'af_heart', name: 'Heart', language: 'en-US', gender: 'female' }],
    ['bm_george', { id: 'bm_george', name: 'George', language: 'en-GB', gender: 'male' }],
    ['pm_santa', { id: 'pm_santa', name: 'Santa', language: 'pt-BR', gender: 'male' }],
    ['jf_alpha', undefined],
    ['zf_xiaobei', undefined],
    ['readme', undefined],
  ])('reads %s', (id, voice) => expect(describeKokoroVoice(id)).toEqual(voice));
});
