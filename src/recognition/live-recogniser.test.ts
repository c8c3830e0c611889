import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle, type VirtualClock } from '../../test/support/virtual-clock.ts';
import { hearingRateHz, type HeardSpeech, type TranscriptionRequest } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import { createLiveRecogniser } from './live-recogniser.ts';
import type { LiveEvent, LiveRecogniser, LiveRecogniserOptions } from './live-recogniser.ts';
import { createScriptedVoice, hearScripted, scriptedSound } from './scripted-speech.ts';
import type { ScriptedHearing, ScriptedWord } from './scripted-speech.ts';

type Decode = { readonly atMs: number; readonly request: TranscriptionRequest; readonly signal: AbortSignal };

type Stage = {
  readonly live: LiveRecogniser;
  readonly clock: VirtualClock;
  readonly decodes: Decode[];
  readonly heard: { readonly event: LiveEvent; readonly atMs: number }[];
  /** Why the reader's loop ended. */
  readonly over: Promise<unknown>;
  /** Pushes at the pace of speech, from where it was. */
  readonly play: (untilSeconds: number) => Promise<void>;
  /** Ends the stream and lets time pass until all is told. */
  readonly finish: () => Promise<void>;
};

type StageOptions = ScriptedHearing & {
  readonly options?: LiveRecogniserOptions;
  readonly chunkMs?: number;
  /** How long a decode of so much sound takes. Default 50 ms and 40 ms a second. */
  readonly decodeMs?: (seconds: number, decode: number) => number;
  readonly recognise?: (request: TranscriptionRequest, signal: AbortSignal, decode: number) => Promise<HeardSpeech>;
  readonly reads?: boolean;
};

function stage({ options = {}, chunkMs = 100, decodeMs = (seconds) => 50 + 40 * seconds, recognise, reads = true, ...hearing }: StageOptions): Stage {
  const clock = createVirtualClock();
  const decodes: Decode[] = [];
  const heard: { event: LiveEvent; atMs: number }[] = [];
  const live = createLiveRecogniser({
    voice: createScriptedVoice(),
    clock,
    options,
    async recognise(request, signal) {
      const index = decodes.length;
      decodes.push({ atMs: clock.now(), request, signal });
      if (recognise) return recognise(request, signal, index);
      await clock.sleep(decodeMs(request.samples.length / hearingRateHz, index), signal);
      return hearScripted(request, hearing, index);
    },
  });
  const over = reads ? read() : Promise.resolve();
  let played = 0;

  async function read(): Promise<unknown> {
    try {
      for await (const event of live.events) heard.push({ event, atMs: clock.now() });
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async function passUntil(promise: Promise<void>): Promise<void> {
    let isOver = false;
    const watched = promise.finally(() => { isOver = true; });
    watched.catch(() => undefined);
    await settle();
    while (!isOver) await clock.advance(20);
    await watched;
  }

  return {
    live, clock, decodes, heard, over,
    async play(untilSeconds) {
      const until = Math.round(untilSeconds * hearingRateHz);
      while (played < until) {
        const next = Math.min(until, played + chunkMs * hearingRateHz / 1000);
        const samples = scriptedSound(hearing.script, played, next);
        await clock.advance((next - played) / hearingRateHz * 1000);
        played = next;
        await passUntil(live.push(samples));
      }
    },
    async finish() {
      await passUntil(live.finish());
      await over;
    },
  };
}

/** Words of 0.3 s with 0.1 s between them. */
function speak(text: string, startSeconds = 1): ScriptedWord[] {
  return text.split(' ').map((word, i) => ({ text: word, startSeconds: startSeconds + i * 0.4, endSeconds: startSeconds + i * 0.4 + 0.3 }));
}

const events = <Type extends LiveEvent['type']>({ heard }: Stage, type: Type) => heard.map(({ event }) => event).filter((event): event is Extract<LiveEvent, { type: Type }> => event.type === type);
const textOf = (words: readonly { readonly text: string }[]) => words.map(({ text }) => text).join('').trim();

describe('live recognition', () => {
  it('tells words while they are spoken and the whole utterance at its end, on the clock of the stream', async () => {
    const script = [...speak('one two three four five six seven eight', 2), ...speak('nine ten', 8)];
    const show = stage({ script });
    await show.play(12);
    await show.finish();
    expect(events(show, 'speech_started').map(({ atSeconds }) => atSeconds)).toEqual([expect.closeTo(2, 1), expect.closeTo(8, 1)]);
    expect(events(show, 'speech_ended').map(({ atSeconds }) => atSeconds)).toEqual([expect.closeTo(5.1, 1), expect.closeTo(8.7, 1)]);
    const utterances = events(show, 'utterance');
    expect(utterances.map(({ text, utterance, language }) => ({ text, utterance, language }))).toEqual([
      { text: 'one two three four five six seven eight', utterance: 0, language: 'en' },
      { text: 'nine ten', utterance: 1, language: 'en' },
    ]);
    utterances.flatMap(({ words }) => words).forEach((word, i) => expect(word.startSeconds).toBeCloseTo(script[i]!.startSeconds, 2));
    const third = show.heard.find(({ event }) => event.type === 'words' && textOf(event.final).includes('three'))!;
    // "three" was over at 3.1 s; it is certain long before the utterance is.
    expect(third.atMs).toBeLessThan(4200);
    // The first decode hears a little of what was before the speech. Silence costs nothing, and the end is known by then.
    expect(Math.abs(show.decodes[0]!.request.samples[0]!) / 1000).toBeCloseTo(1.7, 1);
    const endedMs = show.heard.find(({ event }) => event.type === 'speech_ended')!.atMs;
    expect(show.decodes.filter(({ atMs }) => atMs < 2000 || (atMs >= endedMs && atMs < 8000))).toEqual([]);
    expect(await show.over).toBeUndefined();
  });

  it('tells the end of an utterance as soon as the silence has lasted', async () => {
    const show = stage({ script: speak('yes') });
    await show.play(4);
    const { atMs } = show.heard.find(({ event }) => event.type === 'utterance')!;
    // The voice ended at 1.3 s; 0.6 s of silence, in frames of 32 ms and chunks of 100.
    expect(atMs).toBeLessThan(2200);
  });

  it('does not decode the silence in which it waits for the end', async () => {
    const show = stage({ script: speak('well'), options: { endSilenceMs: 3000, intervalMs: 250 } });
    await show.play(6);
    expect(events(show, 'utterance').map(({ text }) => text)).toEqual(['well']);
    expect(show.decodes.filter(({ atMs }) => atMs > 2100)).toEqual([]);
  });

  it('decodes one after the other, no sooner than the interval, and what has come by then', async () => {
    for (const [decodeMs, gapMs] of [[100, 400], [900, 900]] as const) {
      const show = stage({ script: speak('a b c d e f g h i j k l m n o p'), decodeMs: () => decodeMs });
      await show.play(8);
      await show.finish();
      const starts = show.decodes.map(({ atMs }) => atMs);
      const gaps = starts.slice(1, -1).map((atMs, i) => atMs - starts[i]!);
      for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(Math.max(gapMs, decodeMs));
      expect(Math.min(...gaps)).toBeLessThan(gapMs + 110);
      expect(textOf(events(show, 'utterance')[0]!.words)).toBe('a b c d e f g h i j k l m n o p');
    }
  });

  it('says every word once and takes none back, however words are cut, misplaced and late', async () => {
    const utterance = fc.array(fc.tuple(fc.constantFrom('to', 'be', 'or', 'not', 'banana', 'no'), fc.double({ min: 0.12, max: 0.6, noNaN: true }), fc.double({ min: 0.03, max: 0.35, noNaN: true })), { minLength: 1, maxLength: 40 });
    await fc.assert(fc.asyncProperty(
      fc.array(fc.tuple(utterance, fc.double({ min: 0.8, max: 2, noNaN: true })), { minLength: 1, maxLength: 3 }),
      fc.record({
        chunkMs: fc.integer({ min: 5, max: 700 }),
        msPerSecond: fc.integer({ min: 10, max: 400 }),
        intervalMs: fc.integer({ min: 50, max: 1000 }),
        jitterSeconds: fc.array(fc.double({ min: -0.06, max: 0.06, noNaN: true }), { minLength: 1, maxLength: 5 }),
      }),
      async (utterances, { chunkMs, msPerSecond, intervalMs, jitterSeconds }) => {
        const script: ScriptedWord[] = [];
        const texts: string[] = [];
        let at = 0.5;
        for (const [words, pause] of utterances) {
          texts.push(words.map(([text]) => text).join(' '));
          for (const [text, length, gap] of words) {
            script.push({ text, startSeconds: at, endSeconds: at + length });
            at += length + gap;
          }
          at += pause;
        }
        const show = stage({ script, jitterSeconds, chunkMs, decodeMs: (seconds) => msPerSecond * seconds, options: { intervalMs, windowSeconds: 4 } });
        await show.play(at);
        await show.finish();
        expect(events(show, 'utterance').map(({ text }) => text)).toEqual(texts);
        expectNothingTakenBack(show);
      },
    ), { numRuns: 60 });
  });

  it('takes nothing back although words are misheard at random, and says as many as were said', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 5, max: 60 }), async (seed, count) => {
      const text = Array.from({ length: count }, (_, i) => `word${i}`).join(' ');
      const show = stage({ script: speak(text), mishears: (word, attempt) => (word.startSeconds * 7919 + attempt * 104_729 + seed) % 10 < 2 });
      await show.play(count * 0.4 + 3);
      await show.finish();
      expectNothingTakenBack(show);
      expect(events(show, 'utterance')[0]!.words).toHaveLength(count);
    }), { numRuns: 30 });
  });

  it('follows a monologue of an hour at the cost of its first minute', async () => {
    const count = 9000;
    const script = speak(Array.from({ length: count }, (_, i) => `w${i}`).join(' '));
    // Scripts are searched from their beginning; an hour is heard through a window of its own.
    const show = stage({
      script: [],
      options: { intervalMs: 1000, windowSeconds: 4 },
      recognise: async (request) => {
        const from = (Math.abs(request.samples[0]!) - 1) / 1000;
        const near = script.slice(Math.max(0, Math.floor((from - 2) / 0.4) - 2), Math.ceil((from + 32) / 0.4));
        await show.clock.sleep(50 + 40 * request.samples.length / hearingRateHz);
        return hearScripted(request, { script: near, jitterSeconds: [0, 0.05, -0.05] }, show.decodes.length);
      },
    });
    for (let at = 0; at < 3604; at++) {
      const near = script.slice(Math.max(0, Math.floor((at - 2) / 0.4)), Math.ceil((at + 2) / 0.4));
      await show.clock.advance(1000);
      await show.live.push(scriptedSound(near, at * hearingRateHz, (at + 1) * hearingRateHz));
    }
    await show.finish();
    expect(textOf(events(show, 'utterance')[0]!.words)).toBe(textOf(script.map(({ text }) => ({ text: ` ${text}` }))));
    const seconds = show.decodes.map(({ request }) => request.samples.length / hearingRateHz);
    expect(Math.max(...seconds)).toBeLessThan(7);
    const cost = (from: number, to: number) => show.decodes.reduce((sum, { atMs, request }) => sum + (atMs >= from && atMs < to ? request.samples.length / hearingRateHz : 0), 0);
    expect(cost(3_540_000, 3_600_000)).toBeLessThan(cost(30_000, 90_000) * 1.2);
    for (const { request } of show.decodes) expect((request.prompt ?? '').length).toBeLessThanOrEqual(200);
  });

  it('gives the model what was said before the window, after the caller’s own words', async () => {
    const show = stage({ script: speak(Array.from({ length: 60 }, (_, i) => `w${i}`).join(' ')), options: { prompt: 'Antiphon.', language: 'en' } });
    await show.play(27);
    await show.finish();
    expect(show.decodes[0]!.request).toMatchObject({ prompt: 'Antiphon.', language: 'en', words: true, task: 'transcribe' });
    const { request } = show.decodes.at(-1)!;
    expect(request.prompt).toMatch(/^Antiphon\. w\d+( w\d+)+$/);
    const firstOf = (Math.abs(request.samples[0]!) - 1) / 1000;
    const lastContext = Number(/\d+$/.exec(request.prompt!)![0]);
    // The next word is the first one in the sound.
    expect(1 + (lastContext + 1) * 0.4).toBeCloseTo(firstOf, 0);
  });

  it('asks for the language until it is told with certainty, and again in the next utterance', async () => {
    const answers = [0.4, 0.9, 0.9];
    const show: Stage = stage({
      script: [...speak('a b c d e f g h i j', 1), ...speak('k l m', 8)],
      recognise: async (request, _, index) => ({ ...hearScripted(request, { script: [...speak('a b c d e f g h i j', 1), ...speak('k l m', 8)] }, index), language: 'fr', languageProbability: request.samples.length < 1.5 * hearingRateHz ? 1 : answers.shift() ?? 0.9 }),
    });
    await show.play(11);
    await show.finish();
    const told = show.decodes.map(({ request }) => request.language);
    const known = told.indexOf('fr');
    expect(known).toBeGreaterThan(2);
    expect(told.lastIndexOf(undefined)).toBeGreaterThan(known);
    expect(events(show, 'utterance').map(({ language }) => language)).toEqual(['fr', 'fr']);
  });

  it('leaves out what the model made up beyond the sound, and hears the end once more for it', async () => {
    const script = speak('nobody came to ask him');
    const madeUp = (seconds: number) => ['nobody', 'came', 'to'].map((text) => ({ text: ` ${text}`, startSeconds: seconds, endSeconds: seconds + 0.01, probability: 0.9 }));
    const show: Stage = stage({ script, recognise: async (request, _, index) => {
      const heard = hearScripted(request, { script }, index);
      return { ...heard, segments: heard.segments.map((segment) => ({ ...segment, words: [...segment.words ?? [], ...madeUp(request.samples.length / hearingRateHz)] })) };
    } });
    await show.play(5);
    await show.finish();
    expect(events(show, 'utterance').map(({ text }) => text)).toEqual(['nobody came to ask him']);
    for (const { pending } of events(show, 'words')) expect(pending.length).toBeLessThanOrEqual(5);
    // Speech ended at 2.9 s; with its padding the sound of the utterance ends 0.3 s later.
    const { request } = show.decodes.at(-1)!;
    expect((Math.abs(request.samples.at(-1)!) - 1) / 1000).toBeCloseTo(3.2, 1);
  });

  it('lets go of sound on which no two decodes agree', async () => {
    const script = speak(Array.from({ length: 150 }, (_, i) => `w${i}`).join(' '));
    const show = stage({ script, mishears: () => true });
    await show.play(62);
    await show.finish();
    for (const { request } of show.decodes) expect(request.samples.length / hearingRateHz).toBeLessThan(18);
    expectNothingTakenBack(show);
    expect(events(show, 'utterance')[0]!.words.length).toBeGreaterThan(120);
  });

  it('tells of speech without words that it began and ended, and nothing else', async () => {
    const show = stage({ script: speak('a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z'), recognise: async () => ({ language: 'en', languageProbability: 1, segments: [] }) });
    await show.play(24);
    await show.finish();
    expect(show.heard.map(({ event }) => event.type)).toEqual(['speech_started', 'speech_ended']);
    for (const { request } of show.decodes) expect(request.samples.length / hearingRateHz).toBeLessThan(18);
  });

  it('completes who is still speaking when the sound ends', async () => {
    const show = stage({ script: speak('so long and thanks'), chunkMs: 37 });
    await show.play(2.49);
    await show.finish();
    expect(events(show, 'speech_ended')).toEqual([{ type: 'speech_ended', atSeconds: 2.49 }]);
    expect(events(show, 'utterance').map(({ text }) => text)).toEqual(['so long and thanks']);
  });
});

describe('live recognition that is disturbed', () => {
  const lost = new AntiphonError('worker_lost', 'scripted');
  const script = speak('one two three four five six');

  it('tries a decode again once', async () => {
    const show = stage({ script, recognise: async (request, _, index) => {
      if (index === 1) throw lost;
      return hearScripted(request, { script }, index);
    } });
    await show.play(6);
    await show.finish();
    expect(show.decodes[2]!.request).toBe(show.decodes[1]!.request);
    expect(events(show, 'utterance').map(({ text }) => text)).toEqual(['one two three four five six']);
  });

  it('fails for its reader and its writer when it fails twice, or for good', async () => {
    for (const [error, attempts] of [[lost, 2], [new AntiphonError('language_unknown', 'scripted'), 1]] as const) {
      const show = stage({ script, recognise: async () => { throw error; } });
      await expect(show.play(6)).rejects.toBe(error);
      expect(await show.over).toBe(error);
      expect(events(show, 'speech_started')).toHaveLength(1);
      expect(show.decodes).toHaveLength(attempts);
      await expect(show.live.finish()).rejects.toBe(error);
    }
  });

  it('fails with the voice activity', async () => {
    const broken = new AntiphonError('engine_failed', 'scripted');
    const live = createLiveRecogniser({ voice: { push: async () => { throw broken; }, close() {} }, clock: createVirtualClock(), recognise: async () => { throw new Error('unused'); } });
    await expect(live.push(new Float32Array(16_000))).rejects.toBe(broken);
    await expect(Array.fromAsync(live.events)).rejects.toBe(broken);
  });

  it('takes no more sound than it can hold while a decode hangs, and lets go of all when it is closed', async () => {
    const endless = speak(Array.from({ length: 200 }, (_, i) => `w${i}`).join(' '), 0);
    const show = stage({ script: endless, recognise: () => new Promise<HeardSpeech>(() => undefined) });
    let pushed = 0;
    let waiting: Promise<void> | undefined;
    while (waiting === undefined && pushed < 100) {
      const push = show.live.push(scriptedSound(endless, pushed * hearingRateHz, (pushed + 1) * hearingRateHz));
      pushed += 1;
      let taken = false;
      void push.then(() => { taken = true; }, () => undefined);
      await settle();
      if (!taken) waiting = push;
    }
    expect(pushed).toBeGreaterThanOrEqual(30);
    expect(pushed).toBeLessThan(33);
    expect(show.decodes).toHaveLength(1);
    const finish = expect(show.live.finish()).rejects.toMatchObject({ code: 'cancelled' });
    show.live.close();
    show.live.close();
    expect(show.decodes[0]!.signal.aborted).toBe(true);
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await finish;
    await expect(show.live.push(new Float32Array(1))).rejects.toMatchObject({ code: 'cancelled' });
    expect(await show.over).toBeUndefined();
  });

  it('waits for a reader who does not read', async () => {
    const short = Array.from({ length: 400 }, (_, i) => ({ text: `w${i}`, startSeconds: i * 1.2, endSeconds: i * 1.2 + 0.3 }));
    const show = stage({ script: short, reads: false, decodeMs: () => 10 });
    let pushed = 0;
    for (let taken = true; taken && pushed < 480; pushed++) {
      taken = false;
      void show.live.push(scriptedSound(short, pushed * hearingRateHz, (pushed + 1) * hearingRateHz)).then(() => { taken = true; });
      await show.clock.advance(1000);
    }
    expect(pushed).toBeLessThan(40);
    const read = Array.fromAsync(show.live.events);
    await show.clock.advance(5000);
    show.live.close();
    expect((await read).length).toBeGreaterThan(60);
  });
});

/** Final words of each utterance only ever grow, and are what it begins with in the end. */
function expectNothingTakenBack(show: Stage): void {
  const final = new Map<number, string[]>();
  for (const event of events(show, 'words')) final.set(event.utterance, [...final.get(event.utterance) ?? [], ...event.final.map(({ text }) => text)]);
  for (const event of events(show, 'utterance')) expect(event.words.map(({ text }) => text)).toEqual(final.get(event.utterance));
}
