import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isMediaFile, sniffMediaFile, type MediaContainer } from './sniff-media.ts';

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'sniff-')); });
afterAll(() => rmSync(folder, { recursive: true }));

async function sniffed(bytes: Uint8Array): Promise<MediaContainer | undefined> {
  const path = join(folder, 'file');
  writeFileSync(path, bytes);
  return sniffMediaFile(path);
}

function bytesOf(...parts: readonly (string | readonly number[])[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}

/** MPEG-1 layer III, 128 kbit/s, 44.1 kHz, 417 bytes. */
const mp3Frame = bytesOf([0xff, 0xfb, 0x90, 0x00], zeros(413));
/** AAC LC, 44.1 kHz, 100 bytes. */
const adtsFrame = bytesOf([0xff, 0xf1, 0x50, 0x80, 100 >> 3, (100 & 7) << 5, 0xfc], zeros(93));
const padding = zeros(600);

test.each([
  ['RIFF....WAVEfmt ', 'wav'], ['RF64....WAVEds64', 'wav'], ['BW64....WAVEds64', 'wav'], ['RIFF....AVI LIST', 'avi'],
  ['riff.\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0', 'w64'], ['....ftypM4A ', 'mp4'], ['....ftypqt  ', 'mp4'], ['....moov....', 'mp4'],
  ['OggS\0\x02', 'ogg'], ['\x1aE\xdf\xa3', 'matroska'], ['fLaC\0', 'flac'], ['#!AMR\n', 'amr'], ['#!AMR-WB\n', 'amr'], ['FORM....AIFF', 'aiff'], ['FORM....AIFC', 'aiff'],
  ['caff\0\x01', 'caf'], ['.snd\0\0', 'au'], ['\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c', 'asf'], ['\0\0\x01\xba', 'mpeg'], ['FLV\x01\x05', 'flv'],
] as const)('%j is %s', async (beginning, container) => {
  expect(await sniffed(bytesOf(beginning, padding))).toBe(container);
});

test.each([
  ['text', 'Hello, this is a text.'], ['a playlist', '#EXTM3U\n'], ['a concat script', 'ffconcat version 1.0\n'], ['XML', '<?xml version="1.0"?>'], ['a zip', 'PK\x03\x04'],
  ['a PNG', '\x89PNG\r\n\x1a\n'], ['a JPEG', '\xff\xd8\xff\xe0\0\x10JFIF'], ['a GIF', 'GIF89a'], ['an AVIF picture', '....ftypavif'], ['a HEIC picture', '....ftypheic'],
  ['an IFF picture', 'FORM....ILBM'], ['a WebP picture', 'RIFF....WEBP'], ['UTF-16 text', '\xff\xfeh\0e\0l\0l\0o\0'], ['a PDF', '%PDF-1.7'], ['nothing', ''],
])('%s is nothing that is read here', async (_, beginning) => {
  expect(await sniffed(bytesOf(beginning, beginning === '' ? [] : padding))).toBeUndefined();
});

test('MPEG audio is known by a second frame where the first one says', async () => {
  expect(await sniffed(bytesOf([...mp3Frame], [...mp3Frame]))).toBe('mp3');
  expect(await sniffed(bytesOf([...adtsFrame], [...adtsFrame]))).toBe('aac');
  expect(await sniffed(bytesOf(padding, [...mp3Frame], [...mp3Frame]))).toBe('mp3');
  expect(await sniffed(bytesOf([...mp3Frame], padding))).toBeUndefined();
});

test('a single frame that is the whole file is enough', async () => {
  expect(await sniffed(mp3Frame)).toBe('mp3');
  expect(await sniffed(adtsFrame)).toBe('aac');
});

test('a transport stream is known by three packets, with or without time stamps', async () => {
  const packet = [0x47, ...zeros(187)];
  expect(await sniffed(bytesOf(packet, packet, packet))).toBe('mpegts');
  const stamped = [0, 0, 0, 0, ...packet];
  expect(await sniffed(bytesOf(stamped, stamped, stamped))).toBe('mpegts');
  expect(await sniffed(bytesOf(packet, padding))).toBeUndefined();
});

test('random bytes are never taken for audio that has no word of its own', async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ minLength: 2000, maxLength: 4000 }), async (bytes) => {
    bytes[0] = 0x01;
    expect(await sniffed(bytes)).toBeUndefined();
  }), { seed: 7 });
});

test('a file is looked at behind its tags, whatever its name, and what is not there is no media', async () => {
  const tag = bytesOf('ID3', [4, 0, 0, 0, 0, 2, 0], zeros(256));
  const cases: readonly [string, Uint8Array, boolean][] = [
    ['song.txt', bytesOf([...tag], [...mp3Frame], [...mp3Frame]), true],
    ['twice.mp3', bytesOf([...tag], [...tag], [...mp3Frame], [...mp3Frame]), true],
    ['lossless.flac', bytesOf([...tag], 'fLaC', padding), true],
    ['film.mp4', bytesOf([...tag], '....ftypisom', padding), false],
    ['tag-only.mp3', tag, false],
    ['tags.mp3', bytesOf(...Array.from({ length: 10 }, () => [...tag]), [...mp3Frame], [...mp3Frame]), false],
    ['note.wav', bytesOf('Dear diary'), false],
  ];
  for (const [name, bytes, expected] of cases) {
    writeFileSync(join(folder, name), bytes);
    expect([name, await isMediaFile(join(folder, name))]).toEqual([name, expected]);
  }
  expect(await isMediaFile(join(folder, 'nowhere'))).toBe(false);
  expect(await isMediaFile(folder)).toBe(false);
});
