import { describe, expect, it } from 'vitest';
import { compileDictionary } from '../text/pronunciation/dictionary.ts';
import { prepareText } from './prepare-text.ts';

const prepare = (text: string, more: Partial<Parameters<typeof prepareText>[0]> = {}) =>
  prepareText({ text, markup: 'none', language: 'en-US', maxCharacters: 100, sentencePauseMs: 280, paragraphPauseMs: 600, speed: 1, reading: { normalise: true, takesPronunciations: true }, ...more })
    .map((sentence) => ({ ...sentence, text: sentence.said().text }));

describe('preparing a text', () => {
  it('gives each sentence the pause that follows it', () => {
    expect(prepare('One. Two!\n\nThree').map(({ text, pauseAfterMs }) => [text, pauseAfterMs])).toEqual([['One.', 280], ['Two!', 600], ['Three', 0]]);
  });

  it('shares the whole text out among its sentences', () => {
    expect(prepare('  One. \n\n Two!  ').map(({ share }) => share)).toEqual([{ start: 0, end: 6 }, { start: 6, end: 16 }]);
  });

  it('shrinks pauses as the speech gets faster', () => {
    expect(prepare('One. Two.', { speed: 2 })[0]!.pauseAfterMs).toBe(140);
  });

  it('leaves out what cannot be spoken, but speaks the rest', () => {
    expect(prepare('Hello.\n\n---\n\nWorld.').map(({ text }) => text)).toEqual(['Hello.', 'World.']);
  });

  it.each(['', '   ', '\n\n', '...', '\u0000\u200b'])('refuses %j, naming the field', (text) => {
    expect(() => prepare(text)).toThrow(expect.objectContaining({ code: 'input_empty', param: 'input' }));
  });

  it('says how long is too long', () => {
    expect(() => prepare('x'.repeat(101))).toThrow(expect.objectContaining({ code: 'input_too_long', param: 'input', message: expect.stringContaining('101') }));
  });
});

describe('reading a text', () => {
  const given = (text: string, more: Parameters<typeof prepare>[1] = {}) => prepare(text, { maxCharacters: 1_000, ...more }).flatMap(({ said }) => said().pronunciations.map(({ start, end, ipa }) => [said().text.slice(start, end), ipa]));
  const dictionary = compileDictionary([
    { word: 'tomato', says: { kind: 'ipa', ipa: 'təˈmɑːtəʊ' } },
    { word: 'SQL', says: { kind: 'respelling', text: 'sequel' } },
    { word: 'read', says: { kind: 'ipa', ipa: 'ɹiːd' } },
  ]);
  const reading = { normalise: true, takesPronunciations: true, dictionary };

  it('puts numbers into words, and knows where they were written', () => {
    const [sentence] = prepare('It was 1999.');
    expect(sentence!.text).toBe('It was nineteen ninety-nine.');
    const { aligned } = sentence!.said();
    const at = aligned.text.indexOf('ninety');
    expect([aligned.starts[at], aligned.ends[at]]).toEqual([7, 11]);
  });

  it('leaves numbers to the engine where that is asked for', () => {
    expect(prepare('It was 1999.', { reading: { normalise: false, takesPronunciations: true } })[0]!.text).toBe('It was 1999.');
  });

  it('takes the user\'s own words before English usage, and markup before both', () => {
    expect(given('I read it yesterday.')).toEqual([['read', expect.stringContaining('ɛ')]]);
    expect(given('I read it yesterday.', { reading })).toEqual([['read', 'ɹiːd']]);
    expect(given('A tomato and SQL.', { reading })).toEqual([['tomato', 'təˈmɑːtəʊ']]);
    expect(prepare('SQL is old.', { reading })[0]!.text).toBe('sequel is old.');
    const marked = given('A <phoneme alphabet="ipa" ph="təˈmeɪtoʊ">tomato</phoneme> here.', { reading, markup: 'fragments' });
    expect(marked).toEqual([['tomato', 'təˈmeɪtoʊ']]);
  });

  it('gives a voice that takes no sounds only those that markup asks for', () => {
    const deaf = { ...reading, takesPronunciations: false };
    expect(given('I read a tomato yesterday.', { reading: deaf })).toEqual([]);
    expect(given('A <phoneme alphabet="ipa" ph="ˈbi">B</phoneme> here.', { reading: deaf, markup: 'fragments' })).toHaveLength(1);
  });

  it('speaks SSML in its manners, with its pauses in place of its own', () => {
    const plan = prepare('<speak><break time="200ms"/>One.<break time="1s"/> Two <prosody rate="200%" pitch="+2st" volume="-6dB">three</prosody>.</speak>', { markup: 'ssml', maxCharacters: 1_000 });
    expect(plan.map(({ text, pauseBeforeMs, pauseAfterMs, speed, pitchSemitones, volumeDb }) => [text, pauseBeforeMs, pauseAfterMs, speed, pitchSemitones, volumeDb])).toEqual([
      ['One.', 200, 1_000, 1, 0, 0],
      ['Two', 0, 0, 1, 0, 0],
      ['three', 0, 0, 2, 2, -6],
    ]);
  });

  it('refuses markup that is wrong, with the place', () => {
    expect(() => prepare('<speak>\n<audio/></speak>', { markup: 'ssml' })).toThrow(expect.objectContaining({ code: 'input_invalid', message: expect.stringContaining('Line 2') }));
  });
});
