import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResampler } from '../../audio/resample.ts';
import { convertWhisper } from '../../models/whisper/convert-whisper.ts';
import { syntheticWhisper, writeSyntheticWhisper } from '../../models/whisper/synthetic-whisper.test-support.ts';
import { localModel } from '../conformance/local-model.ts';
import { createFliteEngine } from '../flite/flite-engine.ts';
import { whisperReference } from './whisper-reference.test-support.ts';
import { openWhisperSessions, type DecodedTokens, type EncodedAudio, type WhisperSessions } from './whisper-sessions.ts';

const { signal } = new AbortController();
const failed = expect.objectContaining({ code: 'engine_failed' });
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'antiphon-whisper-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Root of the mean square of the difference, as a share of the expected numbers'. */
function relativeError(actual: Float32Array, expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  const difference = expected.reduce((sum, value, i) => sum + (actual[i]! - value) ** 2, 0);
  return Math.sqrt(difference / expected.reduce((sum, value) => sum + value ** 2, 0));
}

function ones(length: number): number[] {
  return Array.from({ length }, () => 1);
}

describe('openWhisperSessions with a synthetic model', () => {
  const model = syntheticWhisper();
  const samples = Float32Array.from({ length: 30 * 320 }, (_, i) => 0.4 * Math.sin(i * 0.11 + Math.sin(i * 0.0013) * 20) * Math.sin(i * 0.0007));
  const tokens = [3, 90, 17, 44, 8];
  let folder: string;
  let sessions: WhisperSessions;

  beforeAll(async () => {
    folder = join(scratch, 'graphs');
    await writeSyntheticWhisper(join(scratch, 'synthetic'), { model });
    await convertWhisper({ folder: join(scratch, 'synthetic'), target: folder, signal });
    sessions = await openWhisperSessions({ folder, onnx: {} });
  });
  afterAll(() => sessions.close());

  it('computes what a plain computation in floats does, but for the rounding to 8 bits', async () => {
    const reference = whisperReference(model);
    const expected = reference.decode(reference.encode(samples), tokens);
    const encoded = await sessions.encode(samples, 30);
    const decoded = await sessions.decode(encoded, undefined, tokens, { logitsAt: 1 });
    expect(relativeError(decoded.logits, expected.logits.at(-1)!)).toBeLessThan(0.03);
    expect(relativeError(decoded.firstLogits!, expected.logits[1]!)).toBeLessThan(0.03);
    expect(relativeError(decoded.attention, [expected.attention[0]![0]!, expected.attention[1]![1]!].flat(2))).toBeLessThan(0.03);
  });

  it('takes what is missing of the context as silence', async () => {
    const short = samples.subarray(0, 20 * 320);
    const padded = new Float32Array(30 * 320);
    padded.set(short);
    const [given, filled] = [await sessions.encode(short, 30), await sessions.encode(padded, 30)];
    expect(given.frames).toBe(30);
    expect(given.tensors).toEqual(filled.tensors);
    const shorter = await sessions.decode(await sessions.encode(short, 20), undefined, tokens);
    expect(shorter.attention).toHaveLength(2 * tokens.length * 20);
  });

  it('gives the same for tokens one by one, in two parts and all at once', async () => {
    const encoded = await sessions.encode(samples, 30);
    const whole = await sessions.decode(encoded, undefined, tokens);
    const parts = await sessions.decode(encoded, (await sessions.decode(encoded, undefined, tokens.slice(0, 3))).state, tokens.slice(3));
    let steps: DecodedTokens | undefined;
    for (const token of tokens) steps = await sessions.decode(encoded, steps?.state, [token]);
    for (const other of [parts, steps!]) {
      expect(relativeError(other.logits, [...whole.logits])).toBeLessThan(1e-4);
      expect(other.state.length).toBe(tokens.length);
      expect(other.firstLogits).toBeUndefined();
    }
  });

  it('continues one state in several directions, none of which changes another', async () => {
    const encoded = await sessions.encode(samples, 30);
    const alone = async (last: readonly number[]): Promise<DecodedTokens> => sessions.decode(encoded, undefined, [...tokens, ...last]);
    const { state } = await sessions.decode(encoded, undefined, tokens);
    const left = await sessions.decode(encoded, state, [11]);
    const right = await sessions.decode(encoded, state, [70]);
    const [leftNext, rightNext] = await Promise.all([sessions.decode(encoded, left.state, [5]), sessions.decode(encoded, right.state, [5])]);
    expect(relativeError(leftNext.logits, [...(await alone([11, 5])).logits])).toBeLessThan(1e-4);
    expect(relativeError(rightNext.logits, [...(await alone([70, 5])).logits])).toBeLessThan(1e-4);
  });

  it('refuses more than the model holds', async () => {
    const encoded = await sessions.encode(samples, 30);
    await expect(sessions.encode(samples, 29)).rejects.toEqual(failed);
    await expect(sessions.encode(samples, 41)).rejects.toEqual(failed);
    await expect(sessions.decode(encoded, undefined, [])).rejects.toEqual(failed);
    await expect(sessions.decode(encoded, undefined, ones(25))).rejects.toEqual(failed);
    const full = await sessions.decode(encoded, undefined, ones(24));
    await expect(sessions.decode(encoded, full.state, [1])).rejects.toEqual(failed);
    await expect(sessions.decode(encoded, undefined, [1], { logitsAt: 1 })).rejects.toEqual(failed);
  });

  it('does nothing after it was closed, which may happen twice', async () => {
    const own = await openWhisperSessions({ folder, onnx: {} });
    await own.close();
    await own.close();
    await expect(own.encode(samples, 30)).rejects.toEqual(failed);
  });

  it('refuses a folder without graphs, and graphs that are cut off', async () => {
    const invalid = expect.objectContaining({ code: 'model_file_invalid' });
    await expect(openWhisperSessions({ folder: join(scratch, 'nothing'), onnx: {} })).rejects.toEqual(invalid);
    const target = join(scratch, 'torn');
    await convertWhisper({ folder: join(scratch, 'synthetic'), target, signal });
    await truncate(join(target, 'decoder.onnx'), 5000);
    await expect(openWhisperSessions({ folder: target, onnx: {} })).rejects.toEqual(invalid);
    await rm(join(target, 'decoder.onnx'));
    await expect(openWhisperSessions({ folder: target, onnx: {} })).rejects.toEqual(invalid);
  });
});

const tiny = localModel({ folder: 'whisper-tiny.en', file: 'model.bin' });

describe.skipIf(tiny.missing !== undefined)('openWhisperSessions with tiny.en', () => {
  const [endOfText, startOfTranscript, noTimestamps] = [50_256, 50_257, 50_362];
  let sessions: WhisperSessions;

  beforeAll(async () => {
    const target = join(scratch, 'tiny.en');
    await convertWhisper({ folder: tiny.directory, target, signal });
    sessions = await openWhisperSessions({ folder: target, onnx: {} });
  });
  afterAll(() => sessions.close());

  async function write(encoded: EncodedAudio): Promise<string> {
    const { model } = JSON.parse(await readFile(join(tiny.directory, 'tokenizer.json'), 'utf8')) as { model: { vocab: Record<string, number> } };
    const textOf = new Map(Object.entries(model.vocab).map(([text, token]) => [token, text]));
    let text = '';
    let decoded = await sessions.decode(encoded, undefined, [startOfTranscript, noTimestamps]);
    for (let step = 0; step < 60; step++) {
      const odds = decoded.logits.subarray(0, endOfText + 1);
      const best = odds.indexOf(Math.max(...odds));
      if (best === endOfText) break;
      text += textOf.get(best);
      decoded = await sessions.decode(encoded, decoded.state, [best]);
    }
    return text.replaceAll('Ġ', ' ').toLowerCase().replaceAll(/[^a-z ]/g, '').trim();
  }

  it('understands what a synthetic voice says', async () => {
    const sentence = 'The weather is nice today, and we are going to walk along the river.';
    const samples = await speak(sentence);
    const encoded = await sessions.encode(samples, Math.ceil(samples.length / 320) + 100);
    expect(await write(encoded)).toBe('the weather is nice today and we are going to walk along the river');
  });
});

/** By flite, at 16 kHz. */
async function speak(text: string): Promise<Float32Array> {
  const engine = createFliteEngine();
  const [info] = await engine.listModels();
  const model = await engine.load(info!.id, signal);
  const chunks: Float32Array[] = [];
  let resampler: ReturnType<typeof createResampler> | undefined;
  for await (const { samples, sampleRateHz } of model.synthesise({ text, voice: info!.voices[0]!.id, speed: 1 }, signal)) {
    resampler ??= createResampler({ fromHz: sampleRateHz, toHz: 16_000 });
    chunks.push(resampler.push(samples));
  }
  chunks.push(resampler!.finish());
  resampler!.close();
  await model.close();
  const whole = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
