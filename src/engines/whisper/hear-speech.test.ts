import { describe, expect, it } from 'vitest';
import type { TranscriptionRequest } from '../kinds.ts';
import { hearSpeech } from './hear-speech.ts';
import { finish, logitsFor, scriptedSessions, smallTokenizer, tokensOf } from './whisper.test-support.ts';
import type { ScriptedCall, ScriptedSessions } from './whisper.test-support.ts';

const { special, languages } = smallTokenizer;
const tone = (seconds: number, amplitude = 0.3): Float32Array => Float32Array.from({ length: Math.round(seconds * 16_000) }, (_, i) => amplitude * Math.sin(i / 4));

type Asked = Partial<TranscriptionRequest> & { readonly samples: Float32Array };

async function hear(sessions: ScriptedSessions, asked: Asked, { isTold = true, languages: codes = ['en', 'zh', 'de'] } = {}) {
  const request = { task: 'transcribe', words: false, ...(isTold && { language: 'en' }), ...asked } as const;
  return (await finish(hearSpeech(request, { sessions, tokenizer: smallTokenizer, languages: codes }))).result;
}
/** Writes by the length of the window's sound, in seconds. */
const byLength = (texts: Record<number, readonly (string | number)[]>) => ({ written, sampleCount }: ScriptedCall) => tokensOf(...texts[Math.round(sampleCount / 16_000)]!)[written.length];
const spans = ({ segments }: Awaited<ReturnType<typeof hear>>) => segments.map(({ text, startSeconds, endSeconds }) => [text, startSeconds, endSeconds]);

describe('hearSpeech', () => {
  it('says to the model what it is to do, and what came before', async () => {
    const sessions = scriptedSessions(byLength({ 2: [0, ' one', 2] }));
    await hear(sessions, { samples: tone(2), language: 'de', task: 'translate', prompt: ' AB ' });
    expect(sessions.prompts).toEqual([[special.startOfPrevious, ...tokensOf('Ġ', 'A', 'B'), special.startOfTranscript, languages.get('de'), special.translate]]);
  });

  it('tells an English-only model no language', async () => {
    const sessions = scriptedSessions(byLength({ 2: [0, ' one', 2] }));
    expect(await hear(sessions, { samples: tone(2) }, { languages: ['en'] })).toMatchObject({ language: 'en', languageProbability: 1 });
    expect(sessions.prompts).toEqual([[special.startOfTranscript]]);
  });

  it('lets the last 223 tokens of a prompt count, however long it is', async () => {
    const sessions = scriptedSessions(byLength({ 2: [0, ' one', 2] }));
    await hear(sessions, { samples: tone(2), prompt: `${'x'.repeat(100_000)}${'y'.repeat(223)}` });
    expect(sessions.prompts[0]!.slice(0, 224)).toEqual([special.startOfPrevious, ...tokensOf(...Array.from({ length: 223 }, () => 'y'))]);
    expect(sessions.prompts[0]).toHaveLength(1 + 223 + 3);
  });

  it.each([
    ['a base model', { width: 512, isTold: true }, [256, 550, 1500]],
    ['a base model that tells the language, too,', { width: 512, isTold: false }, [256, 600, 1500]],
    ['a tiny one', { width: 384, isTold: true }, [512, 600, 1500]],
  ] as const)('gives a short sound a short context, and never less than %s needs', async (_, { width, isTold }, frames) => {
    const sure = logitsFor(tokensOf(' one')[0]!);
    sure[smallTokenizer.languages.get('en')!] = 30;
    const write = byLength({ 1: [0, ' one', 1], 10: [0, ' one', 10], 30: [0, ' one', 30] });
    const sessions = scriptedSessions((call) => (call.tokens.length === 1 ? sure : write(call)), { width });
    for (const seconds of [1, 10, 30]) await hear(sessions, { samples: tone(seconds) }, { isTold });
    expect(sessions.encodings.map(({ contextFrames }) => contextFrames)).toEqual(frames);
  });

  it('runs nothing for silence', async () => {
    const sessions = scriptedSessions(() => undefined);
    expect(await hear(sessions, { samples: new Float32Array(16_000) })).toEqual({ language: 'en', languageProbability: 1, segments: [] });
    expect(sessions.encodings).toEqual([]);
  });

  describe('where no language is given', () => {
    /** The language is a matter of the context; `sure` is how far the first guess is ahead, in nats. */
    const telling = (sure: number) => (call: ScriptedCall) => {
      if (call.tokens.length > 1) return tokensOf(0, ' one', 2)[call.written.length];
      const logits = logitsFor(special.endOfText, 30);
      logits[languages.get(call.contextFrames === 1500 ? 'de' : 'zh')!] = -10;
      logits[languages.get('en')!] = -10 - sure;
      return logits;
    };

    it('believes a guess that is sure', async () => {
      const sessions = scriptedSessions(telling(3));
      const { language, languageProbability } = await hear(sessions, { samples: tone(2) }, { isTold: false });
      expect(language).toBe('zh');
      expect(languageProbability).toBeCloseTo(1 / (1 + Math.exp(-3)), 4);
      expect(sessions.encodings).toHaveLength(1);
    });

    it('looks at all context where it is not, and goes on with that', async () => {
      const sessions = scriptedSessions(telling(0.5));
      expect(await hear(sessions, { samples: tone(2) }, { isTold: false })).toMatchObject({ language: 'de' });
      expect(sessions.encodings.map(({ contextFrames }) => contextFrames)).toEqual([256, 1500]);
      expect(sessions.prompts.at(-1)).toContain(languages.get('de'));
    });
  });

  it('goes on behind the last words where somebody still speaks, with what was said as the prompt', async () => {
    const sessions = scriptedSessions(byLength({ 10: [0, ' one', 4], 6: [0, ' two', ' three', 6] }));
    const heard = await hear(sessions, { samples: tone(10) });
    expect(spans(heard)).toEqual([[' one', 0, 4], [' two three', 4, 10]]);
    expect(sessions.prompts[1]).toEqual([special.startOfPrevious, ...tokensOf(' one'), special.startOfTranscript, languages.get('en'), special.transcribe]);
  });

  it('leaves it at that where the rest is quiet or short', async () => {
    const quiet = tone(10);
    quiet.fill(0, 4.05 * 16_000);
    for (const [samples, end] of [[quiet, 4], [tone(10), 9.2]] as const) {
      const sessions = scriptedSessions(byLength({ 10: [0, ' one', end] }));
      expect(spans(await hear(sessions, { samples }))).toEqual([[' one', 0, end]]);
      expect(sessions.encodings).toHaveLength(1);
    }
  });

  it('comes to an end even where the model makes no headway', async () => {
    const sessions = scriptedSessions(({ written }) => tokensOf(0, ' one', 0.6)[written.length]);
    const { segments } = await hear(sessions, { samples: tone(10) });
    expect(segments.length).toBeLessThanOrEqual(17);
    expect(segments.at(-1)!.endSeconds).toBeLessThanOrEqual(10);
  });

  it('times the words of each segment by their own tokens', async () => {
    const sessions = scriptedSessions(byLength({ 10: [0, ' Hello', 0.4, 0.4, ' world', 10] }));
    const [first, second] = (await hear(sessions, { samples: tone(10), words: true })).segments.map(({ words }) => words![0]!);
    expect(first!.endSeconds).toBeCloseTo(0.4, 1);
    expect(second!.startSeconds).toBeGreaterThanOrEqual(first!.endSeconds);
    expect(second!.endSeconds).toBeGreaterThan(second!.startSeconds);
  });

  it('begins the next window behind the last word, where that is later than the model’s own time', async () => {
    const long = Array.from({ length: 30 }, (_, i) => [' one', ' two', ' three', ' four', ' five', ' six', ' seven'][(i * i + (i >> 2)) % 7]!);
    // Thirty words of a tenth of a second each, of which the model says that they end at 2.
    const sessions = scriptedSessions(({ written, sampleCount }) => (sampleCount === 160_000 ? tokensOf(0, ...long, 2) : tokensOf(0, ' Hello', 5))[written.length]);
    const { segments } = await hear(sessions, { samples: tone(10), words: true });
    expect(segments[0]!.endSeconds).toBeGreaterThan(2.5);
    expect(segments[1]!.startSeconds).toBeGreaterThanOrEqual(segments[0]!.endSeconds);
    expect(sessions.encodings[1]!.sampleCount).toBe(160_000 - Math.ceil(16_000 * segments[0]!.endSeconds));
  });

  it('times words where they are asked for, on the clock of the request', async () => {
    const sessions = scriptedSessions(byLength({ 10: [0, ' Hello', ',', ' world', 4], 6: [0, ' two', 6] }));
    const { segments } = await hear(sessions, { samples: tone(10), words: true });
    expect(segments.map(({ text, words }) => [text, words!.map((word) => word.text)])).toEqual([[' Hello, world', [' Hello,', ' world']], [' two', [' two']]]);
    expect(segments[1]!.words![0]!.startSeconds).toBeGreaterThanOrEqual(4);
    for (const { words, startSeconds, endSeconds } of segments) {
      expect([words![0]!.startSeconds, words!.at(-1)!.endSeconds]).toEqual([startSeconds, endSeconds]);
    }
    // The token before ` world` is the sixth, and each looks at a tenth of a second of its own.
    expect(segments[0]!.words![1]!.startSeconds).toBeCloseTo(0.5, 1);
  });
});
