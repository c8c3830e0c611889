import { describe, expect, it } from 'vitest';
import { startDecoding } from './decode-attempt.ts';
import { decodeWindow } from './decode-window.ts';
import { seededRandom } from './token-choice.ts';
import { finish, logitsFor, scriptedSessions, smallTokenizer, tokensOf } from './whisper.test-support.ts';
import type { ScriptedCall, ScriptedSessions } from './whisper.test-support.ts';

const { special } = smallTokenizer;
const sentence = tokensOf(0, ' one', ' two', ' three', '.', 2);
/** Writes the sentence and ends. */
const plainly = ({ written }: ScriptedCall): number | undefined => sentence[written.length];
/** Writes one word on and on. */
const inCircles = ({ written }: ScriptedCall): number => (written.length === 0 ? tokensOf(0)[0]! : tokensOf(' one')[0]!);
const shortFrames = 300;

async function decode(sessions: ScriptedSessions, { temperature = 0, mostTokens = 100, durationSeconds = 4, wide = true, careful = false } = {}) {
  const begin = async (contextFrames: number) => startDecoding({ sessions, tokenizer: smallTokenizer, encoded: await sessions.encode(new Float32Array(64_000), contextFrames), prompt: [special.startOfTranscript, special.transcribe] });
  const options = { temperature, mostTokens, durationSeconds, random: seededRandom(1) };
  const { result, steps } = await finish(decodeWindow(await begin(shortFrames), options, { widen: wide ? () => begin(1500) : undefined, lookAgain: careful ? () => begin(600) : undefined }));
  return { attempt: result?.attempt, frames: result?.start.encoded.frames, steps };
}

describe('decodeWindow', () => {
  it('takes the first attempt where it is good', async () => {
    const { attempt, frames } = await decode(scriptedSessions(plainly));
    expect(attempt).toMatchObject({ tokens: sentence, temperature: 0, end: 'complete' });
    expect(attempt!.averageLogProbability).toBeCloseTo(0, 3);
    expect(attempt!.logProbabilities).toHaveLength(sentence.length);
    expect(attempt!.noSpeechProbability).toBeCloseTo(0.01, 5);
    expect(frames).toBe(shortFrames);
  });

  it('looks again where it is not sure and the caller has the time, and takes the surer text', async () => {
    // Of other words there is nearly as much to be said, with little context.
    const unsure = (sureAt: number) => (call: ScriptedCall) => {
      const wanted = plainly(call);
      if (wanted === undefined) return undefined;
      const logits = logitsFor(wanted);
      if (call.contextFrames !== sureAt) for (const rival of tokensOf(' four', ' five')) logits[rival] = logits[wanted]! - 0.4;
      return logits;
    };
    expect((await decode(scriptedSessions(unsure(600)), { careful: true })).frames).toBe(600);
    expect((await decode(scriptedSessions(unsure(600)))).frames).toBe(shortFrames);
    // No surer with more: then the first stands.
    const once = scriptedSessions(unsure(0));
    expect((await decode(once, { careful: true })).frames).toBe(shortFrames);
    expect((await decode(scriptedSessions(plainly), { careful: true })).frames).toBe(shortFrames);
  });

  it('ends a loop long before the limit and tries with all context', async () => {
    let longest = 0;
    const sessions = scriptedSessions((call) => {
      if (call.contextFrames === shortFrames) longest = Math.max(longest, call.written.length);
      return call.contextFrames === 1500 ? plainly(call) : inCircles(call);
    });
    const { attempt, frames } = await decode(sessions, { mostTokens: 400, durationSeconds: 30 });
    expect(longest).toBeLessThan(30);
    expect(attempt).toMatchObject({ tokens: sentence, temperature: 0 });
    expect(frames).toBe(1500);
  });

  it('looks twice at a phrase that was said twice, and then believes it', async () => {
    const phrase = [' one', ' two', ' three', ' four', ' five'];
    const twice = tokensOf(0, ...phrase, ...phrase, '.', 3);
    const { attempt, frames } = await decode(scriptedSessions(({ written }) => twice[written.length]));
    expect(attempt!.tokens).toEqual(twice);
    expect(frames).toBe(1500);
  });

  it('tries higher temperatures where nothing else helps', async () => {
    // Half a loop: at 0 it is always taken, by chance not.
    const torn = (call: ScriptedCall) => {
      if (call.written.length === 0) return tokensOf(0)[0];
      const logits = logitsFor(tokensOf(' one')[0]!);
      logits[special.endOfText] = -0.1;
      return logits;
    };
    const { attempt } = await decode(scriptedSessions(torn));
    expect(attempt!.temperature).toBeGreaterThan(0);
    expect(attempt!.end).toBe('complete');
  });

  it('tries again what is improbable, not for ever, and then gives what was written without chance', async () => {
    const vaguely = ({ written }: ScriptedCall) => {
      const token = sentence[written.length] ?? special.endOfText;
      const logits = logitsFor(token).fill(-2.5, 0, special.endOfText);
      logits[token] = 0;
      return logits;
    };
    const tried: number[] = [];
    const sessions = scriptedSessions((call) => {
      if (call.written.length === 1) tried.push(call.contextFrames);
      return vaguely(call);
    });
    const { attempt } = await decode(sessions, { mostTokens: 12 });
    expect(tried.slice(0, 2)).toEqual([shortFrames, 1500]);
    expect(tried.length).toBeLessThan(7);
    expect(attempt).toMatchObject({ tokens: sentence, temperature: 0 });
    expect(attempt!.averageLogProbability).toBeLessThan(-1);
  });

  it('hears nobody where silence is likely and the text is not', async () => {
    const vaguely = ({ written }: ScriptedCall) => logitsFor(sentence[written.length] ?? special.endOfText, 0.01);
    expect((await decode(scriptedSessions(vaguely, { noSpeech: 0.7 }))).attempt).toBeUndefined();
    expect((await decode(scriptedSessions(plainly, { noSpeech: 0.7 }))).attempt).toBeDefined();
  });

  it('begins at the temperature that was asked for', async () => {
    expect((await decode(scriptedSessions(plainly), { temperature: 0.5 })).attempt).toMatchObject({ tokens: sentence, temperature: 0.5 });
  });

  it('is over when a segment ends where the sound does', async () => {
    const sessions = scriptedSessions(({ written }) => [...sentence, ...sentence.map((token) => (token === sentence[0] ? tokensOf(2)[0]! : token))][written.length]);
    expect((await decode(sessions, { durationSeconds: 2.05 })).attempt).toMatchObject({ tokens: sentence, end: 'complete' });
  });

  it('drops a further segment for which there is no time', async () => {
    const again = tokensOf(0, ' one', ' two', '.', 3.6, 3.6, ' three', ' four', ' five', ' six', ' seven', ' eight', ' nine', ' ten', ' one', ' two', 4);
    const { attempt } = await decode(scriptedSessions(({ written }) => again[written.length]), { durationSeconds: 3.9 });
    expect(attempt).toMatchObject({ tokens: again.slice(0, 5), end: 'complete' });
    expect(attempt!.logProbabilities).toHaveLength(5);
  });

  it('goes no further than the limit', async () => {
    const counting = ({ written }: ScriptedCall) => tokensOf(0, ' one', ' two', ' three', ' four', ' five', ' six', ' seven', ' eight', ' nine')[written.length];
    expect((await decode(scriptedSessions(counting), { mostTokens: 6, wide: false })).attempt).toMatchObject({ end: 'limit' });
  });

  it('gives others their turn every few tokens', async () => {
    const random = seededRandom(3);
    const many = tokensOf(0, ...Array.from({ length: 40 }, () => [' one', ' two', ' three', ' four', ' five', ' six', ' seven'][Math.floor(7 * random())]!), 20);
    expect((await decode(scriptedSessions(({ written }) => many[written.length]), { durationSeconds: 30 })).steps).toBe(5);
  });
});
