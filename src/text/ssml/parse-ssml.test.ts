import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AntiphonError } from '../../errors.ts';
import { sourceSpan } from '../aligned-text.ts';
import type { Passage } from '../passage.ts';
import { parseSsml, type MarkupOptions } from './parse-ssml.ts';
import { ssmlElements } from './ssml-elements.ts';

const options: MarkupOptions = { locale: 'en-US', sayAs: (text, { interpretAs }) => (interpretAs === 'characters' ? Array.from(text).join(' ') : undefined) };
const parse = (inside: string): Passage[] => parseSsml(`<speak>${inside}</speak>`, options);
const texts = (inside: string): string[] => parse(inside).map(({ text }) => text.text);
const failure = (source: string): AntiphonError => {
  try {
    parseSsml(source, options);
  } catch (error) {
    expect(error).toBeInstanceOf(AntiphonError);
    return error as AntiphonError;
  }
  throw new Error(`not refused: ${source}`);
};
/** Each character's source, for characters that stand for themselves. */
function expectAligned(source: string, passages: readonly Passage[]): void {
  let before = 0;
  for (const { text } of passages) {
    for (let i = 0; i < text.text.length; i++) {
      expect(text.starts[i]).toBeGreaterThanOrEqual(before);
      expect(text.ends[i]).toBeGreaterThan(text.starts[i]!);
      expect(text.ends[i]).toBeLessThanOrEqual(source.length);
      before = text.starts[i]!;
    }
  }
}

describe('text in SSML', () => {
  it('is one passage where nothing changes the manner', () => {
    expect(texts('Hello <!-- no --> big <s>world.</s>')).toEqual(['Hello big', 'world.']);
    expect(texts('  Hello\n   <lang xml:lang="en-US">big</lang>\tworld. ')).toEqual(['Hello big world.']);
    expect(texts('')).toEqual([]);
  });

  it('resolves entities and CDATA, and knows where they stood', () => {
    const source = '<speak>R&amp;D &#x41;&#66; <![CDATA[a < b]]> &lt;ok&gt;</speak>';
    const [passage] = parseSsml(source, options);
    const { text } = passage!;
    expect(text.text).toBe('R&D AB a < b <ok>');
    const at = (part: string) => sourceSpan(text, { start: text.text.indexOf(part), end: text.text.indexOf(part) + part.length });
    const written = (part: string) => source.slice(at(part).start, at(part).end);
    expect(written('&')).toBe('&amp;');
    expect(written('A')).toBe('&#x41;');
    expect(written('a < b')).toBe('a < b');
    expect(written('<ok>')).toBe('&lt;ok&gt;');
  });

  it('points at the place of each word behind markup, line breaks of any kind and comments', () => {
    const source = '<?xml version="1.0"?>\r\n<!-- a -- -->'.replace(' -- ', ' ') + '<speak>\r\n one <?x y?> two\r\n<prosody rate="fast">three</prosody> four\r</speak>\n';
    const passages = parseSsml(source, options);
    expect(passages.map(({ text }) => text.text)).toEqual(['one two ', 'three ', 'four']);
    for (const { text } of passages) {
      for (const { 0: word, index } of text.text.matchAll(/\w+/gu)) {
        const { start, end } = sourceSpan(text, { start: index, end: index + word.length });
        expect(source.slice(start, end)).toBe(word);
      }
    }
  });

  it('gives a blank between two passages to the earlier one, and none to a new block', () => {
    expect(texts('a <emphasis>b</emphasis> <emphasis level="strong">c</emphasis> d <break/> e')).toEqual(['a ', 'b ', 'c ', 'd', 'e']);
    expect(texts('un<emphasis>believ</emphasis>able')).toEqual(['un', 'believ', 'able']);
  });
});

describe('paragraphs and sentences', () => {
  it('begin passages', () => {
    expect(parse('<p><s>one</s> <s>two</s></p> three <p>four</p>').map(({ text, begins }) => [text.text, begins])).toEqual([
      ['one', 'paragraph'], ['two', 'sentence'], ['three', 'paragraph'], ['four', 'paragraph'],
    ]);
  });

  it.each([['<p><p>a</p></p>'], ['<s><p>a</p></s>'], ['<s><s>a</s></s>'], ['<emphasis><s>a</s></emphasis>'], ['<s><prosody rate="1"><p>a</p></prosody></s>'], ['<sub alias="b"><s>a</s></sub>'], ['<break><s/></break>'], ['<speak/>']])('refuses %s', (inside) => {
    expect(failure(`<speak>${inside}</speak>`).message).toMatch(/cannot stand inside/u);
  });
});

describe('break', () => {
  it.each([
    ['<break/>', 500], ['<break time="1.5s"/>', 1500], ['<break time="300ms"/>', 300], ['<break strength="none"/>', 0], ['<break strength="x-strong"/>', 1200],
    ['<break time="2s" strength="weak"/>', 2000], ['<break time="1s"/> <break time="500ms"/>', 1500], ['<break time="10s"></break>', 10_000], ['<break time=".5s"/>', 500],
  ])('%s is a pause of %i ms', (tag, ms) => {
    expect(parse(`a ${tag} b`).map(({ text, pauseBeforeMs }) => [text.text, pauseBeforeMs])).toEqual([['a', undefined], ['b', ms]]);
  });

  it('at the end is a passage without text', () => {
    expect(parse('a<break time="1s"/>').at(-1)).toMatchObject({ text: { text: '' }, pauseBeforeMs: 1000 });
  });

  it.each(['<break time="11s"/>', '<break time="6s"/><break time="6s"/>', '<break time="soon"/>', '<break time="-1s"/>', '<break time="1"/>', '<break strength="big"/>', '<break>x</break>'])('refuses %s', (tag) => {
    expect(failure(`<speak>${tag}</speak>`)).toMatchObject({ code: 'input_invalid', param: 'input', message: expect.stringMatching(/^Line 1, column \d+: /u) });
  });
});

describe('prosody', () => {
  const manner = (inside: string) => parse(inside)[0]!.manner;
  it.each([['slow', 0.75], ['x-fast', 1.75], ['150%', 1.5], ['+50%', 1.5], ['-20%', 0.8], ['1.5', 1.5], ['default', 1]])('rate %s is %f', (rate, factor) => {
    expect(manner(`<prosody rate="${rate}">a</prosody>`).rate).toBeCloseTo(factor);
  });
  it.each([['+2st', 2], ['-1.5st', -1.5], ['x-low', -6], ['+100%', 12], ['-10%', -1.824]])('pitch %s is %f semitones', (pitch, semitones) => {
    expect(manner(`<prosody pitch="${pitch}">a</prosody>`).pitchSemitones).toBeCloseTo(semitones, 2);
  });
  it.each([['+6dB', 6], ['-3.5dB', -3.5], ['silent', -Infinity], ['loud', 3]])('volume %s is %f dB', (volume, decibels) => {
    expect(manner(`<prosody volume="${volume}">a</prosody>`).volumeDb).toBe(decibels);
  });

  it('multiplies rates and adds the rest where nested, and ends with its tag', () => {
    const [, inner, behind] = parse('<prosody rate="2" pitch="+2st" volume="-3dB">a <prosody rate="50%" pitch="+1st" volume="-3dB">b</prosody> c</prosody>');
    expect(inner!.manner).toEqual({ rate: 1, pitchSemitones: 3, volumeDb: -6 });
    expect(behind!.manner).toEqual({ rate: 2, pitchSemitones: 2, volumeDb: -3 });
  });

  it.each([
    ['rate="10"', /0.25…4/u], ['rate="0"', /0.25…4/u], ['rate="+5"', /rate/u], ['rate="quick"', /rate/u], ['pitch="200Hz"', /Hz/u], ['pitch="+13st"', /12/u], ['pitch="-100%"', /12/u], ['pitch="2st"', /sign/u],
    ['volume="80"', /0 to 100/u], ['volume="+30dB"', /dB/u], ['contour="(0%,+20Hz)"', /contour/u], ['', /needs/u],
  ])('refuses %s', (attributes, message) => {
    expect(failure(`<speak><prosody ${attributes}>a</prosody></speak>`).message).toMatch(message);
  });

  it('refuses rates that only together go too far', () => {
    expect(failure('<speak><prosody rate="3"><prosody rate="2">a</prosody></prosody></speak>').message).toMatch(/^Line 1, column 26: /u);
  });
});

describe('emphasis', () => {
  it('is a little slower and louder', () => {
    expect(parse('<emphasis>a</emphasis>')[0]!.manner).toMatchObject({ rate: 0.95, volumeDb: 1.5 });
    expect(parse('<emphasis level="none">a</emphasis> b')).toHaveLength(1);
  });
});

describe('what is said instead of what is written', () => {
  it('stands for the text inside of the tag', () => {
    const source = '<speak>The <sub alias="World Wide Web">WWW</sub> and <say-as interpret-as="characters"> abc </say-as>.</speak>';
    const [{ text }] = parseSsml(source, options) as [Passage];
    expect(text.text).toBe('The World Wide Web and a b c .');
    expectAligned(source, [{ text } as Passage]);
    const web = text.text.indexOf('World');
    expect(source.slice(text.starts[web], text.ends[web])).toBe('WWW');
    const letters = text.text.indexOf('a b c');
    expect(source.slice(text.starts[letters], text.ends[letters])).toBe('abc');
  });

  it('asks for the reading in the language around', () => {
    const asked: unknown[] = [];
    parseSsml('<speak><lang xml:lang="fr-FR"><say-as interpret-as="date" format="dmy">1.2.2020</say-as></lang></speak>', { locale: 'en-US', sayAs: (text, how) => (asked.push([text, how]), 'x') });
    expect(asked).toEqual([['1.2.2020', { interpretAs: 'date', format: 'dmy', locale: 'fr-FR' }]]);
  });

  it('refuses a kind that is not known', () => {
    expect(failure('<speak>\n  on <say-as interpret-as="runes">x</say-as></speak>').message).toBe('Line 2, column 6: <say-as> does not know interpret-as="runes".');
  });
});

describe('phoneme', () => {
  it.each([
    ['alphabet="ipa" ph="təˈmɑːtəʊ"', 'təˈmɑːtəʊ'], ['ph="/pɪˈkɑːn/"', 'pɪˈkɑːn'], ['alphabet="x-sampa" ph="t@&quot;mA:t@U"', 'təˈmɑːtəʊ'], ['alphabet="cmu-arpabet" ph="T AH0 M EY1 T OW2"', 'təˈmeɪˌtoʊ'], ['ph="&#x2C8;a"', 'ˈa'],
  ])('%s gives the word its sounds', (attributes, ipa) => {
    const source = `<speak>You say <phoneme ${attributes}> tomato </phoneme>.</speak>`;
    const [{ text, pronunciations }] = parseSsml(source, options) as [Passage];
    expect(text.text).toBe('You say tomato .');
    expect(pronunciations).toEqual([{ start: source.indexOf('tomato'), end: source.indexOf('tomato') + 6, ipa }]);
  });

  it.each([['ph="toˈ4to"', /"4" \(U\+0034\)/u], ['ph=""', /empty/u], ['alphabet="sapi" ph="a"', /alphabet/u], ['', /needs the attribute ph/u], ['alphabet="cmu-arpabet" ph="T XX"', /"XX"/u]])('refuses %s', (attributes, message) => {
    expect(failure(`<speak><phoneme ${attributes}>a</phoneme></speak>`).message).toMatch(message);
  });

  it('needs a word', () => {
    expect(failure('<speak><phoneme ph="a"/></speak>').message).toMatch(/needs a word/u);
  });
});

describe('languages', () => {
  const languages = (source: string) => parseSsml(source, options).map(({ manner }) => manner.language);
  it('are named where they are others than the voice’s', () => {
    expect(languages('<speak xml:lang="en-GB">a <lang xml:lang="fr-fr">b</lang> <lang xml:lang="en-GB">c</lang> <lang xml:lang="en">d</lang></speak>')).toEqual([undefined, 'fr-FR', 'en-GB', undefined]);
    expect(languages('<speak xml:lang="de-DE"><p xml:lang="en-US">a</p><p>b</p></speak>')).toEqual([undefined, 'de-DE']);
  });
  it('must be languages', () => {
    expect(failure('<speak><lang xml:lang="french!">a</lang></speak>').message).toMatch(/not a language/u);
  });
});

describe('what is not understood', () => {
  it.each([
    ['<speak>\n one two <audio src="x"/></speak>', 'Line 2, column 10: <audio> is not supported; the tags are speak, p, s, break, prosody, emphasis, say-as, sub, phoneme, lang.'],
    ['<speak><mstts:express-as style="sad">a</mstts:express-as></speak>', /^Line 1, column 8: <mstts:express-as> is not supported/u],
    ['<speak><voice name="x">a</voice></speak>', /<voice> is not supported/u],
    ['<speak><s role="x">a</s></speak>', /the attribute role of <s> is not supported; it takes xml:lang\.$/u],
    ['<p>a</p>', /must begin with <speak>/u],
    ['<speak version="2.0">a</speak>', /1\.0 or 1\.1/u],
    ['<speak xmlns="urn:x">a</speak>', /synthesis/u],
    ['<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>', /DOCTYPE/u],
    ['<speak>&nbsp;</speak>', /undefined entity/u],
    ['<speak>&constructor;</speak>', /undefined entity/u],
    ['<speak><s>a</speak>', /^Line 1, column 19: .*unexpected close tag/u],
    ['<speak>a', /unclosed tag\)/u],
    ['hello', /well-formed/u],
    ['', /well-formed/u],
    ['<speak>a</speak>b', /well-formed/u],
    ['<speak><sub alias=b>a</sub></speak>', /unquoted attribute/u],
    ['<speak>a\u0000b</speak>', /disallowed character/u],
    ['<speak>a & b</speak>', /well-formed/u],
    ['<speak>a\uD800&</speak>', /column 9: half of a character/u],
    [`<speak>${'<prosody rate="1">'.repeat(60)}`, /deeper than 50/u],
  ])('is refused with its place: %s', (source, message) => {
    const error = failure(source);
    expect(error).toMatchObject({ code: 'input_invalid', param: 'input' });
    expect(error.message).toMatch(/^Line \d+, column \d+: /u);
    expect(error.message).toMatch(message);
  });

  it('takes what documents for other services declare without using it', () => {
    expect(texts('').length).toBe(0);
    expect(parseSsml('<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xmlns:mstts="https://www.w3.org/2001/mstts" xml:lang="en-US">Hi</speak>', options)).toHaveLength(1);
  });

  it('is too long beyond 1 MB', () => {
    expect(failure(`<speak>${'a'.repeat(1_100_000)}</speak>`).code).toBe('input_too_long');
  });
});

describe('any input at all', () => {
  const names = [...Object.keys(ssmlElements), 'audio'];
  const attribute = fc.constantFrom('', ' rate="fast"', ' time="1s"', ' ph="a"', ' alias="b &amp; c"', ' interpret-as="characters"', ' xml:lang="fr"', ' level="strong"', ' x="1"');
  const piece = fc.oneof(
    fc.tuple(fc.constantFrom(...names), attribute).map(([name, attributes]) => `<${name}${attributes}>`),
    fc.constantFrom(...names).map((name) => `</${name}>`),
    fc.tuple(fc.constantFrom(...names), attribute).map(([name, attributes]) => `<${name}${attributes}/>`),
    fc.constantFrom('&amp;', '&#65;', '<![CDATA[ x ]]>', '<!-- c -->', '\r\n', '  ', 'word', '&', '<', ']]>', 'é', '😀', '<?pi?>', '\uD800'),
  );

  it('gives passages that point into it, or one clear error', () => {
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }).map((pieces) => `<speak>${pieces.join('')}</speak>`), (source) => {
      try {
        expectAligned(source, parseSsml(source, options));
      } catch (error) {
        expect(error).toBeInstanceOf(AntiphonError);
      }
    }), { numRuns: 2000 });
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (source) => {
      expect(failure(source)).toBeInstanceOf(AntiphonError);
    }));
  });

  type Tree = { readonly markup: string; readonly words: string };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Tree>({ markup: 'a', words: 'a' }, { markup: ' &lt; ', words: ' < ' }, { markup: '\n<!-- x -->', words: '\n' }, { markup: '<![CDATA[<c>]]>', words: '<c>' }, { markup: '&#x1F600;', words: '😀' }),
      fc.tuple(fc.constantFrom('prosody rate="1.1"', 'emphasis', 'lang xml:lang="fr"'), fc.array(tie('tree'), { maxLength: 4 })).map(([tag, inner]) => ({
        markup: `<${tag}>${inner.map(({ markup }) => markup).join('')}</${tag.split(' ')[0]}>`,
        words: inner.map(({ words }) => words).join(''),
      })),
    ),
  }));

  it('keeps every word of a good document, in order', () => {
    fc.assert(fc.property(fc.array(tree, { maxLength: 5 }), (trees) => {
      const source = `<speak>${trees.map(({ markup }) => markup).join('')}</speak>`;
      const said = parseSsml(source, options).map(({ text }) => text.text).join('');
      expect(said.trim()).toBe(trees.map(({ words }) => words).join('').replace(/\s+/gu, ' ').trim());
    }));
  });
});
