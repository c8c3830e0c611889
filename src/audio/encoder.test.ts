import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { decodeTrustedAudio, type RawAudioKind } from './decode.ts';
import { createEncoder, encodeStream, type AudioEncoderOptions } from './encoder.ts';
import { audioFormatIds, audioFormats, type AudioFormatId } from './formats.ts';
import { inChunks, middle, pitchHz, rms, sine } from './test-signals.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const oddSizes = [1, 7, 480, 3, 9001, 2, 1151, 24_000];

async function encodeAll(options: AudioEncoderOptions, chunks: readonly Float32Array[]): Promise<Uint8Array> {
  const encoder = createEncoder(options);
  return Buffer.concat(await Array.fromAsync(encodeStream({ encoder, inputRateHz: options.inputRateHz, chunks })));
}

function rawKind(format: AudioFormatId, sampleRateHz: number): { raw?: RawAudioKind } {
  if (format === 'pcm') return { raw: { sampleType: 's16le', sampleRateHz } };
  if (format === 'ulaw') return { raw: { sampleType: 'mulaw', sampleRateHz } };
  if (format === 'alaw') return { raw: { sampleType: 'alaw', sampleRateHz } };
  return {};
}

/** Most that a codec may add at the ends where its container cannot say how much of it is padding. */
const paddingMs: Record<AudioFormatId, number> = { mp3: 130, aac: 150, opus: 0, flac: 0, wav: 0, pcm: 0, ulaw: 0, alaw: 0 };

const magic: Record<AudioFormatId, (bytes: Buffer) => boolean> = {
  mp3: (bytes) => bytes[0] === 0xff && (bytes[1]! & 0xe6) === 0xe2,
  aac: (bytes) => bytes[0] === 0xff && (bytes[1]! & 0xf6) === 0xf0,
  opus: (bytes) => bytes.toString('latin1', 0, 4) === 'OggS' && bytes.toString('latin1', 28, 36) === 'OpusHead',
  flac: (bytes) => bytes.toString('latin1', 0, 4) === 'fLaC',
  wav: (bytes) => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.readUInt32LE(40) === 0xffff_ffff,
  pcm: (bytes) => bytes.length % 2 === 0,
  ulaw: (bytes) => bytes[0] === 0xff,
  alaw: (bytes) => bytes[0] === 0xd5,
};

describe.each(audioFormatIds)('the %s encoder', (format) => {
  it.each([16_000, 22_050, 24_000])('keeps duration, pitch and level of %i Hz input fed in odd chunks', async (inputRateHz) => {
    const signal = sine({ hz: 440, sampleRateHz: inputRateHz, durationMs: 2000, peak: 0.5 });
    const { outputRateHz } = createEncoderOnce({ format, inputRateHz });
    const bytes = await encodeAll({ format, inputRateHz }, inChunks(signal, oddSizes));
    const decoded = await decodeTrustedAudio({ bytes, ...rawKind(format, outputRateHz) });
    const durationMs = (decoded.samples.length * 1000) / decoded.sampleRateHz;
    expect(durationMs).toBeGreaterThanOrEqual(1999.9);
    expect(durationMs).toBeLessThanOrEqual(2000.1 + paddingMs[format]);
    expect(pitchHz(middle(decoded.samples), decoded.sampleRateHz)).toBeCloseTo(440, 0);
    expect(20 * Math.log10(rms(middle(decoded.samples)) / rms(signal))).toBeCloseTo(0, 0);
  });

  it('begins with the bytes that name it', async () => {
    const bytes = await encodeAll({ format, inputRateHz: 24_000 }, [new Float32Array(24_000)]);
    expect(magic[format](Buffer.from(bytes))).toBe(true);
  });

  it('gives its first bytes within 110 ms of audio and never keeps more than that back', async () => {
    const encoder = createEncoder({ format, inputRateHz: 24_000 });
    const stepMs = 10;
    const step = sine({ hz: 300, sampleRateHz: 24_000, durationMs: stepMs });
    const gapsMs: number[] = [];
    let sinceMs = 0;
    for (let fedMs = 0; fedMs < 1500; fedMs += stepMs) {
      sinceMs += stepMs;
      const audio = (await encoder.encode(step))?.length ?? 0;
      // The headers of Ogg and FLAC alone are not sound yet.
      if (audio === 0 || (fedMs === 0 && audioFormats[format].container !== 'raw' && format !== 'wav')) continue;
      gapsMs.push(sinceMs);
      sinceMs = 0;
    }
    encoder.close();
    expect(gapsMs.length).toBeGreaterThan(10);
    expect(Math.max(...gapsMs)).toBeLessThanOrEqual(110);
  });

  it('makes the same sound whatever the chunks', async () => {
    const signal = sine({ hz: 523, sampleRateHz: 22_050, durationMs: 700 });
    const decodedOf = async (chunks: readonly Float32Array[]): Promise<Float32Array> => {
      const bytes = await encodeAll({ format, inputRateHz: 22_050, outputRateHz: format === 'pcm' ? 22_050 : undefined }, chunks);
      return (await decodeTrustedAudio({ bytes, ...rawKind(format, audioFormats[format].sampleRatesHz[0]!) })).samples;
    };
    const whole = await decodedOf([signal]);
    const odd = await decodedOf(inChunks(signal, [1, 13, 999, 4096]));
    expect(odd.length).toBe(whole.length);
    expect(odd.findIndex((sample, i) => Math.abs(sample - whole[i]!) > 1e-3)).toBe(-1);
  });

  it('finishes a stream that was fed nothing, or one sample', async () => {
    for (const samples of [0, 1]) {
      const bytes = await encodeAll({ format, inputRateHz: 22_050 }, [new Float32Array(samples)]);
      expect(bytes.length).toBeLessThan(4000);
    }
  });

  it('survives samples that are too loud or not numbers', async () => {
    const ill = Float32Array.from({ length: 24_000 }, (_, i) => (i % 3 === 0 ? Number.NaN : i % 3 === 1 ? 40 : -Infinity));
    const bytes = await encodeAll({ format, inputRateHz: 24_000, outputRateHz: format.endsWith('law') ? 8000 : 24_000 }, [ill]);
    expect(bytes.length).toBeGreaterThan(100);
  });

  it('refuses work once closed or finished, and closes twice without harm', async () => {
    const encoder = createEncoder({ format, inputRateHz: 24_000 });
    await encoder.encode(new Float32Array(5000));
    encoder.close();
    encoder.close();
    await expect(encoder.encode(new Float32Array(10))).rejects.toMatchObject({ code: 'encoding_failed' });
    const finished = createEncoder({ format, inputRateHz: 24_000 });
    await finished.finish();
    await expect(finished.encode(new Float32Array(10))).rejects.toMatchObject({ code: 'encoding_failed' });
    finished.close();
  });

  it('leaves neither memory nor handles behind when 1,000 are closed half-way', async () => {
    const part = sine({ hz: 200, sampleRateHz: 22_050, durationMs: 60 });
    // Kept, so that nothing is freed by the garbage collector that close() should have freed.
    const kept: unknown[] = [];
    const openAndClose = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const encoder = createEncoder({ format, inputRateHz: 22_050 });
        await encoder.encode(part);
        encoder.close();
        kept.push(encoder);
        // Else the garbage of the samples, which is none of close()'s business, is all that is measured.
        if (i % 50 === 0) collectGarbage();
      }
      collectGarbage();
    };
    await openAndClose(50);
    const before = { rss: process.memoryUsage().rss, handles: openHandles() };
    await openAndClose(1000);
    // An open codec takes 50 kB (opus), 400 kB (mp3), 700 kB (aac) or 7 MB (flac): 1,000 lost ones 50 MB and more.
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(35e6);
    expect(openHandles()).toBeLessThanOrEqual(before.handles);
  }, 30_000);

  it('carries every rate and extreme bitrate it lists', async () => {
    for (const outputRateHz of audioFormats[format].sampleRatesHz) {
      for (const bitrateBps of [1, 10_000_000]) {
        const bytes = await encodeAll({ format, inputRateHz: 24_000, outputRateHz, bitrateBps }, [sine({ hz: 440, sampleRateHz: 24_000, durationMs: 300 })]);
        const decoded = await decodeTrustedAudio({ bytes, ...rawKind(format, outputRateHz) });
        expect(decoded.sampleRateHz).toBe(format === 'opus' ? 48_000 : outputRateHz);
        expect(decoded.samples.length / decoded.sampleRateHz).toBeGreaterThan(0.299);
      }
    }
  });
});

describe('encoders', () => {
  it('run beside each other without touching one another', async () => {
    const pitches = [220, 330, 440, 550, 660, 770, 880, 990];
    const heard = await Promise.all(pitches.map(async (hz, i) => {
      const format = audioFormatIds[i]!;
      const chunks = inChunks(sine({ hz, sampleRateHz: 24_000, durationMs: 1500 }), [700 + i, 13]);
      const encoder = createEncoder({ format, inputRateHz: 24_000 });
      const bytes = Buffer.concat(await Array.fromAsync(encodeStream({ encoder, inputRateHz: 24_000, chunks })));
      const decoded = await decodeTrustedAudio({ bytes, ...rawKind(format, encoder.outputRateHz) });
      return Math.round(pitchHz(middle(decoded.samples), decoded.sampleRateHz));
    }));
    expect(heard).toEqual(pitches);
  });

  it('let other work run while a long input is encoded', async () => {
    const encoder = createEncoder({ format: 'opus', inputRateHz: 22_050 });
    let turns = 0;
    let busy = true;
    const count = (): void => {
      turns += 1;
      if (busy) setImmediate(count);
    };
    setImmediate(count);
    await encoder.encode(sine({ hz: 200, sampleRateHz: 22_050, durationMs: 10_000 }));
    busy = false;
    encoder.close();
    expect(turns).toBeGreaterThan(5);
  });

  it.each(audioFormatIds)('delay the sound by what the table says: %s', async (format) => {
    const samples = new Float32Array(24_000);
    for (let i = 12_000; i < 12_240; i++) samples[i] = 0.8 * Math.sin((i - 12_000) / 3);
    const { outputRateHz } = createEncoderOnce({ format, inputRateHz: 24_000 });
    const bytes = await encodeAll({ format, inputRateHz: 24_000 }, [samples]);
    const decoded = await decodeTrustedAudio({ bytes, ...rawKind(format, outputRateHz) });
    const onsetSeconds = decoded.samples.findIndex((sample) => Math.abs(sample) > 0.3) / decoded.sampleRateHz;
    expect(onsetSeconds).toBeCloseTo(0.5 + audioFormats[format].codecDelaySamples / outputRateHz, 2.5);
  });

  it('reject a pending call when they are closed under it', async () => {
    const encoder = createEncoder({ format: 'mp3', inputRateHz: 22_050 });
    const pending = encoder.encode(sine({ hz: 200, sampleRateHz: 22_050, durationMs: 30_000 }));
    encoder.close();
    await expect(pending).rejects.toMatchObject({ code: 'encoding_failed' });
  });

  it('are closed when the reader of a stream leaves', async () => {
    const encoder = createEncoder({ format: 'mp3', inputRateHz: 24_000 });
    for await (const bytes of encodeStream({ encoder, inputRateHz: 24_000, chunks: [new Float32Array(240_000)] })) {
      expect(bytes.length).toBeGreaterThan(0);
      break;
    }
    await expect(encoder.encode(new Float32Array(1))).rejects.toMatchObject({ code: 'encoding_failed' });
  });

  it('refuse a rate that the format does not have', () => {
    expect(() => createEncoder({ format: 'opus', inputRateHz: 24_000, outputRateHz: 44_100 })).toThrow(expect.objectContaining({ code: 'input_invalid' }));
  });
});

function createEncoderOnce(options: AudioEncoderOptions): { outputRateHz: number } {
  const encoder = createEncoder(options);
  encoder.close();
  return encoder;
}

function openHandles(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : process.getActiveResourcesInfo().length;
}
