import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeTrustedAudio } from '../../audio/decode.ts';
import type { AudioFormatId } from '../../audio/formats.ts';
import { createLoudnessMeter } from '../../audio/loudness.ts';
import { toS16le } from '../../audio/pcm.ts';
import { parseWav } from '../../audio/wav.ts';
import { renderFile } from './render-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-render-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rateHz = 16_000;

/** Something with the peaks of speech: bursts of a low tone with sharp onsets. */
function speechLike(seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * rateHz }, (_, i) => {
    const within = i % 4_000;
    return 0.5 * Math.exp(-within / 900) * Math.sin(i / 17) * (Math.floor(i / 48_000) % 4 === 3 ? 0 : 1);
  });
}

async function render(samples: readonly Float32Array[], more: { format?: AudioFormatId; loudnessLufs?: number; signal?: AbortSignal } = {}) {
  const paths = await Promise.all(samples.map(async (part, index) => {
    const path = join(folder, `part-${index}.pcm`);
    await writeFile(path, toS16le(part));
    return path;
  }));
  const target = join(folder, 'out');
  const bytes = await renderFile({ samples: paths, sampleRateHz: rateHz, format: 'wav', tags: { title: 'T', chapters: [] }, target, signal: new AbortController().signal, ...more });
  const content = await readFile(target);
  expect(bytes).toBe(content.length);
  return content;
}

function loudness(samples: Float32Array): number {
  const meter = createLoudnessMeter(rateHz);
  meter.push(samples);
  return meter.integratedLufs();
}

describe('rendering a file', () => {
  it('keeps every sample, in order, where nothing else is asked for', async () => {
    const [one, other] = [speechLike(3), speechLike(2)];
    const wav = parseWav(await render([one, other]));
    expect(Buffer.from(toS16le(wav.channels[0]!))).toEqual(Buffer.concat([toS16le(one), toS16le(other)]));
  });

  it.each([10, 300])('brings %i seconds to the loudness that is asked for, limiter and all', async (seconds) => {
    const samples = speechLike(seconds);
    const before = loudness(samples);
    for (const wanted of [-30, -18]) {
      const made = parseWav(await render([samples], { loudnessLufs: wanted })).channels[0]!;
      expect(made).toHaveLength(samples.length);
      expect(Math.abs(loudness(made) - wanted), `from ${before} to ${wanted}`).toBeLessThan(0.3);
      expect(made.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeLessThan(0.9);
    }
  });

  it('makes no roar of silence', async () => {
    expect(loudness(parseWav(await render([new Float32Array(rateHz)], { loudnessLufs: -18 })).channels[0]!)).toBe(-Infinity);
  });

  it.each(['mp3', 'opus', 'flac', 'aac'] as const)('makes a whole %s file, also of nothing', async (format) => {
    const { samples, sampleRateHz } = await decodeTrustedAudio({ bytes: await render([speechLike(4)], { format }) });
    expect(samples.length / sampleRateHz).toBeCloseTo(4, 0);
    await render([new Float32Array(0)], { format });
  });

  it('leaves no half file behind when it is stopped', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    rmSync(join(folder, 'out'), { force: true });
    await expect(render([speechLike(2)], { signal: stop.signal })).rejects.toThrow('stopped');
    expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual([]);
  });
});
