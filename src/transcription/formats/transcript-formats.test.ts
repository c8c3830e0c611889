import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeardWord } from '../../engines/kinds.ts';
import type { Transcript, TranscriptSegment } from '../transcript.ts';
import { isTranscriptFormat, transcriptFormatNames, transcriptFormats, type TranscriptFormat } from './transcript-formats.ts';

type Said = { readonly text: string; readonly from: number; readonly to: number; readonly words?: readonly HeardWord[] };

const segmentsOf = (...said: readonly Said[]): TranscriptSegment[] => said.map(({ text, from, to, words }, index) => ({
  index,
  text,
  startSeconds: from,
  endSeconds: to,
  tokens: [],
  temperature: 0,
  averageLogProbability: -0.2,
  compressionRatio: 1,
  noSpeechProbability: 0,
  ...(words === undefined ? {} : { words }),
}));

const transcriptOf = (...said: readonly Said[]): Transcript => ({ segments: segmentsOf(...said), model: 'whisper/base', language: 'en', languageProbability: 1, durationSeconds: said.at(-1)?.to ?? 0, speechSeconds: 0 });

const write = (format: TranscriptFormat, ...said: readonly Said[]): string => transcriptFormats[format].write(transcriptOf(...said), { task: 'transcribe', words: true });

/** Each word as long as the others. */
const evenly = (text: string, { from, to }: { from: number; to: number }): Said => {
  const written = text.match(/\s*\S+/gu) ?? [];
  const share = (to - from) / written.length;
  return { text, from, to, words: written.map((word, i) => ({ text: word, startSeconds: from + i * share, endSeconds: from + (i + 1) * share, probability: 1 })) };
};

type Cue = { readonly from: number; readonly to: number; readonly lines: readonly string[] };

const secondsOf = (clock: string): number => {
  const [, hours, minutes, seconds, ms] = /^(\d{2,}):([0-5]\d):([0-5]\d)[.,](\d{3})$/.exec(clock)!;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(ms) / 1000;
};

/** As strict readers of the two formats read them. */
function cuesIn(file: string): Cue[] {
  const body = file.startsWith('WEBVTT\n') ? file.slice('WEBVTT\n\n'.length) : file.replaceAll(/^\d+\n(?=\d{2}:)/gmu, '');
  return body.trimEnd() === '' ? [] : body.trimEnd().split('\n\n').map((block) => {
    const [times, ...lines] = block.split('\n');
    const [from, to] = times!.split(' --> ');
    return { from: secondsOf(from!), to: secondsOf(to!), lines };
  });
}

describe('a transcript', () => {
  const said = evenly(' It is <5 & >3.', { from: 3_599.5, to: 3_601.5 });

  it.each([
    ['text', 'It is <5 & >3.\n'],
    ['srt', '1\n00:59:59,500 --> 01:00:02,000\nIt is <5 & >3.\n'],
    ['vtt', 'WEBVTT\n\n00:59:59.500 --> 01:00:02.000\nIt is &lt;5 &amp; &gt;3.\n'],
    ['json', '{"text":"It is <5 & >3.","usage":{"type":"duration","seconds":3602}}\n'],
  ] as const)('is written as %s', (format, expected) => {
    expect(write(format, said)).toBe(expected);
  });

  it.each([['text', ''], ['srt', ''], ['vtt', 'WEBVTT\n'], ['json', '{"text":"","usage":{"type":"duration","seconds":0}}\n']] as const)('of nothing is written as %s, and valid', (format, expected) => {
    expect(write(format)).toBe(expected);
  });

  it('as JSON of a translation is English and tells no usage', () => {
    const written = transcriptFormats.verbose_json.write({ ...transcriptOf(said), language: 'de' }, { task: 'translate', words: false });
    expect(JSON.parse(written)).toMatchObject({ task: 'translate', language: 'english' });
    expect(JSON.parse(written)).not.toHaveProperty('usage');
  });

  it.each(transcriptFormatNames)('has a type and an ending as %s', (format) => {
    expect(isTranscriptFormat(format)).toBe(true);
    expect(transcriptFormats[format].contentType).toMatch(/^(text|application)\//);
    expect(transcriptFormats[format].fileExtension).toMatch(/^(txt|srt|vtt|json)$/);
  });

  it('has no other formats', () => {
    expect(['docx', 'toString', ''].some(isTranscriptFormat)).toBe(false);
  });
});

describe('captions of a transcript', () => {
  it('cut a long segment where its clauses end, at the times of its words', () => {
    const text = ' Every bell in the valley rang at noon for the first time in years; the choir across the river answered it line by line until the evening.';
    const cues = cuesIn(write('srt', evenly(text, { from: 0, to: 10.4 })));
    expect(cues).toHaveLength(2);
    expect(cues[0]!.lines.at(-1)).toMatch(/in years;$/);
    expect(cues[1]!.from).toBeCloseTo(10.4 * (14 / 27), 3);
  });

  it('are timed by the length of the text where there are no words', () => {
    const text = ' Every bell in the valley rang at noon for the first time in years; the choir across the river answered it line by line until the evening.';
    const cues = cuesIn(write('vtt', { text, from: 10, to: 20 }));
    expect(cues.length).toBeGreaterThan(1);
    expect(cues[0]!.from).toBe(10);
    expect(cues[1]!.from).toBeGreaterThan(14);
    expect(cues[1]!.from).toBeLessThan(16);
  });

  it('put together a sentence that the model has cut', () => {
    expect(cuesIn(write('srt', evenly(' The voice answers', { from: 0, to: 1 }), evenly(' at once.', { from: 1, to: 1.6 })))).toEqual([{ from: 0, to: 2.1, lines: ['The voice answers at once.'] }]);
  });

  it('write no blanks where the language has none', () => {
    const words = ['今', '日は', 'いい', '天気', 'です', 'ね。'].map((text, i) => ({ text, startSeconds: i * 0.3, endSeconds: (i + 1) * 0.3, probability: 1 }));
    expect(cuesIn(write('srt', { text: '今日はいい天気ですね。', from: 0, to: 1.8, words }))[0]!.lines).toEqual(['今日はいい天気ですね。']);
  });

  it('cannot be broken by an arrow in the text', () => {
    const cues = cuesIn(write('srt', evenly(' 00:00:01,000 --> 00:00:02,000 said the screen.', { from: 0, to: 3 })));
    expect(cues).toHaveLength(1);
    expect(cues[0]!.lines.join(' ')).toContain('->');
    expect(write('vtt', evenly(' a --> b', { from: 0, to: 3 })).match(/-->/g)).toHaveLength(1);
  });

  it('keep what would be markup in a text that is spoken', () => {
    expect(cuesIn(write('srt', evenly(' AT&amp;T <b>said</b> [see](that) ]', { from: 0, to: 3 })))[0]!.lines.join(' ')).toBe('AT&amp;T <b>said</b> [see](that)]');
  });

  it('have lengths even where the model gave its words none, or sent them back in time', () => {
    const words = ['One.', 'Two.', 'Three.'].map((text) => ({ text: ` ${text}`, startSeconds: 5, endSeconds: 5, probability: 1 }));
    const cues = cuesIn(write('vtt', evenly(' Here it is now.', { from: 4, to: 6 }), { text: ' One. Two. Three.', from: 5, to: 5, words }, evenly(' Back again it goes.', { from: 2, to: 3 })));
    for (const [index, { from, to }] of cues.entries()) {
      expect(to).toBeGreaterThan(from);
      expect(from).toBeGreaterThanOrEqual(cues[index - 1]?.to ?? 0);
    }
  });

  it('never overlap, have no empty cue and lose no word, whatever the model says', () => {
    const word = fc.oneof(fc.constantFrom(' the', ' valley,', ' noon.', '。', ' -->', ' <b>', ' &lt;', ' ', '\n', '世界', ' Donaudampfschiff'), fc.stringMatching(/^ ?[a-z]{1,50}$/));
    const timed = fc.record({ text: word, startSeconds: fc.double({ min: 0, max: 40_000, noNaN: true }), length: fc.double({ min: -1, max: 3, noNaN: true }) });
    const segment = fc.record({ words: fc.array(timed, { maxLength: 30 }), sorted: fc.boolean(), told: fc.boolean() });
    fc.assert(fc.property(fc.array(segment, { maxLength: 5 }), fc.constantFrom('srt' as const, 'vtt' as const), (given, format) => {
      const said = given.map(({ words, sorted, told }): Said => {
        const heard = words.map(({ text, startSeconds, length }) => ({ text, startSeconds, endSeconds: startSeconds + length, probability: 1 }));
        const ordered = sorted ? heard.toSorted((a, b) => a.startSeconds - b.startSeconds) : heard;
        return { text: ordered.map(({ text }) => text).join(''), from: ordered[0]?.startSeconds ?? 0, to: ordered.at(-1)?.endSeconds ?? 0, ...(told ? { words: ordered } : {}) };
      });
      const cues = cuesIn(write(format, ...said));
      for (const [index, { from, to, lines }] of cues.entries()) {
        expect(lines.length).toBeGreaterThan(0);
        expect(lines.every((line) => line.trim() !== '' && !line.includes('-->') && line.length <= 84)).toBe(true);
        expect(to).toBeGreaterThan(from);
        expect(from).toBeGreaterThanOrEqual(cues[index - 1]?.to ?? 0);
      }
      const bare = (text: string): string => text.replaceAll(/\s+/gu, '');
      const plain = (line: string): string => (format === 'vtt' ? line.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&') : line);
      expect(bare(cues.flatMap(({ lines }) => lines.map(plain)).join(''))).toBe(bare(said.map(({ text }) => text).join('')).replaceAll('-->', format === 'vtt' ? '-->' : '->'));
    }), { numRuns: 300 });
  });
});
