import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createEncoder } from '../encoder.ts';
import type { AudioFormatId } from '../formats.ts';
import { joinSamples } from '../silence.ts';
import { middle, pitchHz, rms, sine, toneToRestDb } from '../test-signals.ts';
import { wavHeader } from '../wav.ts';
import { createMediaDecoder, type MediaDecoder, type OpenMedia } from './open-media.ts';
import { writeMedia, type TestMedia } from './test-media.ts';

const limits = { maxSeconds: 600, memoryBytes: 400_000_000, stallMs: 60_000 };
const toHz = 16_000;
const tone = { hz: 440, peak: 0.5 };
const toneRms = tone.peak / Math.SQRT2;

let folder: string;
let decoder: MediaDecoder;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'media-'));
  decoder = createMediaDecoder({ limits, clock: systemClock });
});

afterAll(async () => {
  await decoder.close();
  rmSync(folder, { recursive: true });
});

function fileOf(bytes: Uint8Array | string, name = 'file'): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function mediaFile(media: TestMedia): string {
  const path = join(folder, 'media');
  writeMedia(path, media);
  return path;
}

function toneOf(options: { sampleRateHz: number; channels?: number; durationMs?: number }): { channels: Float32Array[]; sampleRateHz: number } {
  const { sampleRateHz, channels = 1, durationMs = 3000 } = options;
  return { sampleRateHz, channels: Array.from({ length: channels }, () => sine({ ...tone, sampleRateHz, durationMs })) };
}

async function encoded(format: AudioFormatId, durationMs = 3000): Promise<Buffer> {
  const encoder = createEncoder({ format, inputRateHz: 24_000 });
  try {
    return Buffer.concat([await encoder.encode(sine({ ...tone, sampleRateHz: 24_000, durationMs })), await encoder.finish()].filter((part) => part !== undefined));
  } finally {
    encoder.close();
  }
}

async function open(path: string, options: { raw?: Parameters<MediaDecoder['open']>[0]['raw']; signal?: AbortSignal; by?: MediaDecoder } = {}): Promise<OpenMedia> {
  return (options.by ?? decoder).open({ path, raw: options.raw, toHz, signal: options.signal ?? new AbortController().signal });
}

async function readAll(media: OpenMedia): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const samples of media.samples) parts.push(samples);
  return joinSamples(parts);
}

async function heard(path: string, options: Parameters<typeof open>[1] = {}): Promise<Float32Array> {
  return readAll(await open(path, options));
}

describe('containers and codecs', () => {
  test.each([
    ['wav', 'pcm_s16le', 44_100, 2], ['wav', 'pcm_u8', 8000, 1], ['wav', 'pcm_mulaw', 8000, 1], ['wav', 'pcm_alaw', 8000, 2], ['wav', 'pcm_f32le', 192_000, 2],
    ['wav', 'pcm_f64le', 48_000, 1], ['wav', 'pcm_s24le', 96_000, 6], ['wav', 'pcm_s32le', 11_025, 3], ['wav', 'adpcm_ms', 22_050, 1], ['wav', 'adpcm_ima_wav', 44_100, 1],
    ['w64', 'pcm_s16le', 48_000, 1], ['mp3', 'libmp3lame', 44_100, 2], ['mp2', 'mp2', 44_100, 1], ['mp4', 'aac', 44_100, 2], ['mp4', 'ac3', 48_000, 6], ['mov', 'pcm_s16be', 44_100, 2],
    ['ipod', 'alac', 44_100, 1], ['3gp', 'aac', 16_000, 1], ['ogg', 'libopus', 48_000, 2], ['ogg', 'libvorbis', 44_100, 2], ['ogg', 'flac', 44_100, 1],
    ['webm', 'libopus', 48_000, 1], ['matroska', 'libvorbis', 48_000, 2], ['matroska', 'pcm_s16le', 32_000, 1], ['flac', 'flac', 96_000, 2], ['aiff', 'pcm_s16be', 44_100, 1],
    ['caf', 'pcm_s16le', 44_100, 1], ['caf', 'alac', 44_100, 1], ['au', 'pcm_mulaw', 8000, 1], ['asf', 'wmav2', 44_100, 2], ['avi', 'libmp3lame', 44_100, 2],
    ['mpegts', 'aac', 48_000, 2], ['mpeg', 'mp2', 44_100, 2], ['flv', 'aac', 44_100, 1],
  ])('%s with %s at %i Hz and %i channels sounds as it went in', async (format, codec, sampleRateHz, channels) => {
    const path = mediaFile({ format, sound: { codec, ...toneOf({ sampleRateHz, channels }) } });

    const media = await open(path);
    const samples = await readAll(media);

    expect(Math.abs(samples.length / toHz - 3)).toBeLessThan(0.05);
    expect(pitchHz(middle(samples), toHz)).toBeCloseTo(tone.hz, 0);
    expect(20 * Math.log10(rms(middle(samples)) / toneRms)).toBeCloseTo(0, 0);
    expect(media.info).toMatchObject({ sampleRateHz, channels });
    expect(media.totals()).toEqual({ seconds: samples.length / toHz, truncated: false });
  });

  test('ADTS and our own mp3 stream, which cannot tell their padding, last at most a frame and a half longer', async () => {
    for (const format of ['aac', 'mp3'] as const) {
      const samples = await heard(fileOf(await encoded(format)));
      expect(samples.length / toHz - 3).toBeGreaterThanOrEqual(0);
      expect(samples.length / toHz - 3).toBeLessThan(0.075);
      expect(pitchHz(middle(samples), toHz)).toBeCloseTo(tone.hz, 0);
    }
  });

  test('a wav of plain samples that are none, but DTS, as rips of discs have it, sounds as what it is', async () => {
    const path = mediaFile({ format: 'dts', sound: { codec: 'dca', ...toneOf({ sampleRateHz: 48_000, channels: 2 }) } });
    const samples = await heard(fileOf(Buffer.concat([wavHeader({ sampleRateHz: 48_000 }), readFileSync(path)])));
    expect(samples.length / toHz).toBeCloseTo(3, 1);
    expect(pitchHz(middle(samples), toHz)).toBeCloseTo(tone.hz, 0);
  });

  test('a film gives its sound', async () => {
    const path = mediaFile({ format: 'matroska', pictureSeconds: 3, sound: { codec: 'libopus', ...toneOf({ sampleRateHz: 48_000 }) } });
    const samples = await heard(path);
    expect(samples.length / toHz).toBeCloseTo(3, 1);
    expect(pitchHz(middle(samples), toHz)).toBeCloseTo(tone.hz, 0);
  });

  test('an mp3 behind a tag with a large cover is found', async () => {
    const cover = Buffer.alloc(300_000, 0x20);
    const size = [cover.length >> 21, cover.length >> 14, cover.length >> 7, cover.length].map((part) => part & 0x7f);
    const samples = await heard(fileOf(Buffer.concat([Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, ...size]), cover, await encoded('mp3')])));
    expect(pitchHz(middle(samples), toHz)).toBeCloseTo(tone.hz, 0);
  });

  test('AMR of a telephone is decoded', async () => {
    // Mode 7 (12.2 kbit/s): 31 bytes a frame of 20 ms behind a table-of-contents byte; RFC 4867, section 5.
    const frames = Buffer.concat(Array.from({ length: 150 }, () => Buffer.from([0x3c, ...new Uint8Array(31)])));
    const media = await open(fileOf(Buffer.concat([Buffer.from('#!AMR\n'), frames])));
    expect((await readAll(media)).length / toHz).toBeCloseTo(3, 2);
    expect(media.info).toMatchObject({ container: 'amr', codec: 'amr_nb', sampleRateHz: 8000 });
  });

  test.each([['s16le', 24_000], ['mulaw', 8000], ['alaw', 8000]] as const)('bytes without a header are read as they are told: %s', async (sampleType, sampleRateHz) => {
    const bytes = await encoded(({ s16le: 'pcm', mulaw: 'ulaw', alaw: 'alaw' } as const)[sampleType]);
    const media = await open(fileOf(bytes), { raw: { sampleType, sampleRateHz } });
    const samples = await readAll(media);
    expect(media.info).toMatchObject({ container: 'raw', sampleRateHz, channels: 1, expectedSeconds: expect.closeTo(3, 1) });
    expect(samples.length / toHz).toBeCloseTo(3, 2);
    expect(pitchHz(middle(samples), toHz)).toBeCloseTo(tone.hz, 0);
  });

  test('resampling to 16 kHz leaves the tone clean', async () => {
    const samples = await heard(mediaFile({ format: 'wav', sound: { codec: 'pcm_f32le', ...toneOf({ sampleRateHz: 44_100 }) } }));
    expect(toneToRestDb(middle(samples), { hz: tone.hz, sampleRateHz: toHz })).toBeGreaterThan(80);
  });

  test('pieces are a second at most', async () => {
    const media = await open(mediaFile({ format: 'wav', sound: { codec: 'pcm_s16le', ...toneOf({ sampleRateHz: 8000, durationMs: 20_000 }) } }));
    for await (const samples of media.samples) expect(samples.length).toBeLessThanOrEqual(toHz);
  });
});

describe('channels', () => {
  test.each([[0], [1]])('a recording whose other channel is dead is as loud as channel %i', async (living) => {
    const sound = toneOf({ sampleRateHz: 48_000 }).channels[0]!;
    const channels = living === 0 ? [sound, new Float32Array(sound.length)] : [new Float32Array(sound.length), sound];
    const samples = await heard(mediaFile({ format: 'wav', sound: { codec: 'pcm_s16le', sampleRateHz: 48_000, channels } }));
    expect(rms(middle(samples))).toBeCloseTo(toneRms, 2);
  });

  test('channels in opposite phase do not cancel', async () => {
    const sound = toneOf({ sampleRateHz: 48_000 }).channels[0]!;
    const samples = await heard(mediaFile({ format: 'wav', sound: { codec: 'pcm_s16le', sampleRateHz: 48_000, channels: [sound, sound.map((sample) => -sample)] } }));
    expect(rms(middle(samples))).toBeCloseTo(toneRms, 2);
  });

  test('a voice in the centre of a 5.1 mix keeps its level', async () => {
    const sound = toneOf({ sampleRateHz: 48_000 }).channels[0]!;
    const channels = Array.from({ length: 6 }, (_, channel) => (channel === 2 ? sound : new Float32Array(sound.length)));
    const samples = await heard(mediaFile({ format: 'wav', sound: { codec: 'pcm_s16le', sampleRateHz: 48_000, channels } }));
    expect(rms(middle(samples))).toBeCloseTo(toneRms, 2);
  });
});

describe('what is refused', () => {
  test.each([
    ['text under the name of a wav', 'Dear diary, nothing happened.\n'.repeat(200)],
    ['a zip file', Buffer.concat([Buffer.from('504b030414000000', 'hex'), Buffer.alloc(4000, 7)])],
    ['a picture', Buffer.concat([Buffer.from('ffd8ffe000104a46494600', 'hex'), Buffer.alloc(4000, 7)])],
    ['a wav header with nothing sane behind it', Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), Buffer.alloc(2000, 0xaa)])],
    ['an mp4 that ends in its header', Buffer.concat([Buffer.from('000000206674797069736f6d', 'hex'), Buffer.from('isom\0\0\0\0')])],
  ])('%s is audio_unreadable', async (_, bytes) => {
    await expect(open(fileOf(bytes, 'speech.wav'))).rejects.toMatchObject({ code: 'audio_unreadable', param: 'file' });
  });

  test.each([
    ['an empty file', ''],
    ['a wav without samples', wavHeader({ sampleRateHz: 16_000, dataBytes: 0 })],
  ])('%s is audio_missing', async (_, bytes) => {
    await expect(open(fileOf(bytes))).rejects.toMatchObject({ code: 'audio_missing', param: 'file' });
  });

  test('a codec that nobody sends is audio_unreadable, and the message says what to do', async () => {
    const path = mediaFile({ format: 'matroska', sound: { codec: 'tta', ...toneOf({ sampleRateHz: 44_100 }) } });
    await expect(open(path)).rejects.toMatchObject({ code: 'audio_unreadable', message: expect.stringContaining('codec') });
  });

  test('a film without a sound track is audio_missing', async () => {
    await expect(open(mediaFile({ format: 'mp4', pictureSeconds: 2 }))).rejects.toMatchObject({ code: 'audio_missing', param: 'file' });
  });

  test('a file that is not there is our failure, and no path is told', async () => {
    const path = join(folder, 'nowhere');
    const refusal = await open(path).catch((error: unknown) => error as Error);
    expect(refusal).toMatchObject({ code: 'engine_failed' });
    expect((refusal as Error).message).not.toContain(folder);
  });
});

describe('damaged files', () => {
  test.each([['mp3'], ['flac'], ['opus'], ['aac'], ['wav']] as const)('a %s cut in two gives its first half', async (format) => {
    const whole = await encoded(format);
    const samples = await heard(fileOf(whole.subarray(0, Math.round(whole.length / 2))));
    expect(Math.abs(samples.length / toHz - 1.5)).toBeLessThan(0.15);
    expect(pitchHz(middle(samples), toHz)).toBeCloseTo(tone.hz, 0);
  });

  test.each([
    ['mp3', 'libmp3lame', {}],
    ['mp4', 'aac', { movflags: 'faststart' }],
    ['flac', 'flac', {}],
  ])('a truncated %s that tells its length says that it was cut', async (format, codec, muxerOptions) => {
    const path = mediaFile({ format, muxerOptions, sound: { codec, ...toneOf({ sampleRateHz: 44_100, durationMs: 10_000 }) } });
    const whole = readFileSync(path);
    const media = await open(fileOf(whole.subarray(0, Math.round(whole.length * 0.6))));
    const samples = await readAll(media);
    expect(samples.length / toHz).toBeGreaterThan(4);
    expect(samples.length / toHz).toBeLessThan(8);
    expect(media.totals()).toMatchObject({ truncated: true });
  });

  test('rubbish in the middle of an mp3 costs only what it covers', async () => {
    const whole = await encoded('mp3', 10_000);
    whole.fill(0x55, Math.round(whole.length * 0.5), Math.round(whole.length * 0.55));
    const samples = await heard(fileOf(whole));
    expect(samples.length / toHz).toBeGreaterThan(9);
  });

  test('a file deleted while it is read is read to its end', async () => {
    const path = mediaFile({ format: 'wav', sound: { codec: 'pcm_s16le', ...toneOf({ sampleRateHz: 48_000, durationMs: 60_000 }) } });
    const media = await open(path);
    unlinkSync(path);
    expect((await readAll(media)).length / toHz).toBeCloseTo(60, 1);
  });
});
