import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Demuxer } from 'node-av/api';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeTrustedAudio } from '../decode.ts';
import { createEncoder, encodeStream } from '../encoder.ts';
import type { AudioFormatId } from '../formats.ts';
import { finalisedWavHeader, parseWav } from '../wav.ts';
import { id3Tag } from './id3.ts';
import { riffInfo } from './riff-info.ts';
import { tagStream } from './tag-stream.ts';
import type { AudioTags } from './tags.ts';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-tags-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rateHz = 24_000;
const seconds = 3;
const tags: AudioTags = {
  title: 'Größe & Maß',
  artist: 'Jane Doe',
  album: 'Ein Buch',
  track: { number: 2, of: 7 },
  chapters: [{ title: 'Eins', startSeconds: 0, endSeconds: 1.5 }, { title: 'Zwei – weiter', startSeconds: 1.5, endSeconds: 3 }],
};

async function encode(format: AudioFormatId, own: AudioTags = tags): Promise<Buffer> {
  const samples = Float32Array.from({ length: seconds * rateHz }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / rateHz));
  const bytes = encodeStream({ encoder: createEncoder({ format, inputRateHz: rateHz }), inputRateHz: rateHz, chunks: [samples] });
  const parts: Uint8Array[] = [];
  for await (const part of tagStream({ format, tags: own, totalSamples: samples.length, bytes })) parts.push(part);
  return Buffer.concat(parts);
}

/** What FFmpeg reads of it. */
async function read(bytes: Uint8Array, name: string) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  await using input = await Demuxer.open(path);
  const context = input.getFormatContext();
  const metadata = { ...context.metadata?.getAll(), ...input.streams[0]?.metadata?.getAll() };
  return { tags: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value])), durationSeconds: Number(context.duration) / 1e6 };
}

describe('tags', () => {
  it.each(['mp3', 'flac', 'opus'] as const)('are read back from %s by FFmpeg, and the sound is as long as before', async (format) => {
    const bytes = await encode(format);
    const { tags: found } = await read(bytes, `tagged.${format}`);
    expect(found).toMatchObject({ title: tags.title, artist: tags.artist, album: tags.album });
    expect(found['track'] ?? found['tracknumber']).toMatch(/^2/);
    const { samples, sampleRateHz } = await decodeTrustedAudio({ bytes });
    expect(samples.length / sampleRateHz).toBeCloseTo(seconds, 0);
  });

  it('tell FLAC players the length', async () => {
    expect((await read(await encode('flac'), 'length.flac')).durationSeconds).toBeCloseTo(seconds, 3);
  });

  it('hold chapters as each format knows them', async () => {
    const id3 = Buffer.from(id3Tag(tags)).toString('latin1');
    expect(id3.match(/CHAP/g)).toHaveLength(2);
    expect(id3).toContain('CTOC');
    expect((await encode('opus')).toString('latin1')).toContain('CHAPTER002=00:00:01.500');
    expect((await encode('flac')).toString('utf8')).toContain('CHAPTER002NAME=Zwei – weiter');
  });

  it('leave the chapters out of an Opus file where they are too many for a page', async () => {
    const many = Array.from({ length: 2_000 }, (_, i) => ({ title: 'A chapter with a long name', startSeconds: i, endSeconds: i + 1 }));
    const bytes = await encode('opus', { ...tags, chapters: many });
    expect(bytes.toString('latin1')).not.toContain('CHAPTER');
    expect((await read(bytes, 'many.opus')).tags).toMatchObject({ title: tags.title });
  });

  it('are harmless before ADTS', async () => {
    const { samples, sampleRateHz } = await decodeTrustedAudio({ bytes: await encode('aac') });
    expect(samples.length / sampleRateHz).toBeCloseTo(seconds, 0);
  });

  it('stand behind the samples of a WAV file', async () => {
    const wav = await encode('wav');
    const bytes = Buffer.concat([wav, riffInfo(tags)]);
    bytes.set(finalisedWavHeader({ sampleRateHz: rateHz, fileBytes: wav.length }));
    bytes.writeUInt32LE(bytes.length - 8, 4);
    expect((await read(bytes, 'tagged.wav')).tags).toMatchObject({ title: tags.title, artist: tags.artist, album: tags.album });
    expect(parseWav(bytes).channels[0]).toHaveLength(seconds * rateHz);
  });

  it('do nothing to what has no place for them', async () => {
    expect((await encode('pcm')).length).toBe(seconds * rateHz * 2);
  });
});
