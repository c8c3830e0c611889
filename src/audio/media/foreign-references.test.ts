import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dictionary, FormatContext, InputFormat, Packet } from 'node-av/lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { sine } from '../test-signals.ts';
import { decodeFile } from './decode-file.ts';
import { createMediaDecoder, type MediaDecoder } from './open-media.ts';
import { writeMedia } from './test-media.ts';

let folder: string;
let decoder: MediaDecoder;
/** What a stranger would like to have read to him. */
let secret: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'media-'));
  decoder = createMediaDecoder({ limits: { maxSeconds: 600, memoryBytes: 400_000_000, stallMs: 60_000 }, clock: systemClock });
  secret = join(folder, 'secret.m4a');
  writeMedia(secret, { format: 'mov', sound: { codec: 'pcm_s16be', sampleRateHz: 16_000, channels: [sine({ hz: 440, sampleRateHz: 16_000, durationMs: 3000 })] } });
});

afterAll(async () => {
  await decoder.close();
  rmSync(folder, { recursive: true });
});

function fileOf(bytes: Uint8Array | string): string {
  const path = join(folder, 'sent');
  writeFileSync(path, bytes);
  return path;
}

test.each([
  ['an HLS playlist', (path: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://${path}\n#EXT-X-ENDLIST\n`],
  ['a concat script', (path: string) => `ffconcat version 1.0\nfile '${path}'\n`],
  ['a DASH manifest', (path: string) => `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet><Representation id="1"><BaseURL>file://${path}</BaseURL></Representation></AdaptationSet></Period></MPD>`],
  ['a session description', () => 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n'],
  ['an ASX playlist', (path: string) => `<asx version="3.0"><entry><ref href="file://${path}"/></entry></asx>`],
  ['a bare path', (path: string) => path],
])('%s that names another file is not opened', async (_, script) => {
  await expect(decoder.open({ path: fileOf(script(secret)), toHz: 16_000, signal: new AbortController().signal })).rejects.toMatchObject({ code: 'audio_unreadable' });
});

test('even the demuxers of playlists could read nothing but the file itself', () => {
  const playlist = fileOf(`ffconcat version 1.0\nfile 'file:${secret}'\n`);
  const events = [...decodeFile({ path: playlist, demuxer: 'concat', demuxerOptions: { safe: 0 }, toHz: 16_000 })];
  expect(events).toEqual([{ type: 'refused', reason: expect.any(String) }]);
});

test('a film whose samples are said to lie in another file does not get them from there', async () => {
  const sent = fileOf(withExternalSamples(readFileSync(secret), secret));
  // FFmpeg would follow the reference if it were let.
  expect(packetBytes(sent, { enable_drefs: 1, use_absolute_path: 1 })).toBeGreaterThan(90_000);

  await expect(decoder.open({ path: sent, toHz: 16_000, signal: new AbortController().signal })).rejects.toMatchObject({ param: 'file' });
});

/** Bytes of samples that are not zero, as read by FFmpeg with all it can. */
function packetBytes(path: string, options: Record<string, number>): number {
  const input = new FormatContext();
  expect(input.openInputSync(`file:${path}`, InputFormat.findInputFormat('mov'), Dictionary.fromObject(options))).toBeGreaterThanOrEqual(0);
  const packet = new Packet();
  packet.alloc();
  let bytes = 0;
  while (input.readFrameSync(packet) >= 0) {
    bytes += packet.data?.filter((byte) => byte !== 0).length ?? 0;
    packet.unref();
  }
  packet.free();
  input.closeInputSync();
  return bytes;
}

/** The same film without its samples, and with a data reference (QuickTime's alias record) to `path` in their stead. */
function withExternalSamples(film: Buffer, path: string): Buffer {
  const media = film.indexOf('mdat');
  film.fill(0, media + 4, media - 4 + film.readUInt32BE(media - 4));
  const name = Buffer.from(path);
  const padded = Buffer.concat([name, Buffer.alloc(name.length % 2)]);
  const record = Buffer.alloc(150);
  // Levels from the alias to the file: none, so that the absolute path counts.
  record.writeInt16BE(-1, 130 - 12);
  record.writeInt16BE(-1, 132 - 12);
  const pathTag = Buffer.alloc(4);
  pathTag.writeUInt16BE(2, 0);
  pathTag.writeUInt16BE(name.length, 2);
  const body = Buffer.concat([record, pathTag, padded, Buffer.from([0xff, 0xff, 0, 0])]);
  const entry = Buffer.concat([Buffer.alloc(4), Buffer.from('alis'), Buffer.alloc(4), body]);
  entry.writeUInt32BE(entry.length, 0);

  const references = film.indexOf('dref') - 4;
  const begin = references + 16;
  const end = references + film.readUInt32BE(references);
  for (const box of ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref']) {
    // The nearest before it is the one around it.
    const at = film.lastIndexOf(box, references + 4) - 4;
    film.writeUInt32BE(film.readUInt32BE(at) + entry.length - (end - begin), at);
  }
  return Buffer.concat([film.subarray(0, begin), entry, film.subarray(end)]);
}
