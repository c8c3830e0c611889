/** The containers that a stranger's file may have, told by content, and the one demuxer that may read each. */
import { open, type FileHandle } from 'node:fs/promises';
import { findMpegAudio } from './mpeg-audio.ts';

/**
 * FFmpeg's demuxer a container. No other ever runs: playlists, concat scripts, session descriptions and image
 * sequences name further files or addresses, and FFmpeg would go and read them.
 */
export const demuxers = {
  wav: 'wav', w64: 'w64', mp3: 'mp3', mp4: 'mov', ogg: 'ogg', matroska: 'matroska', flac: 'flac', aac: 'aac', amr: 'amr', aiff: 'aiff',
  caf: 'caf', au: 'au', asf: 'asf', avi: 'avi', mpegts: 'mpegts', mpeg: 'mpeg', flv: 'flv',
} as const;

/** `mp4` is M4A, MOV and 3GP too, `matroska` WebM, `asf` WMA, `wav` its 64-bit forms RF64 and BW64. */
export type MediaContainer = keyof typeof demuxers;

/** A look of so many bytes finds an mp3 that begins with some rubbish. */
const lookBytes = 16_384;
/** Tag after tag is somebody's joke. */
const maxTags = 4;

const w64Guid = Buffer.from('726966662e91cf11a5d628db04c10000', 'hex');
const asfGuid = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');

/** First atoms of ISO base media and of QuickTime files from before it. */
const isoAtoms = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);
/** Pictures in the same container. */
const pictureBrands = new Set(['avif', 'avis', 'heic', 'heix', 'heim', 'heis', 'mif1', 'msf1']);

/** What a file is by its content; undefined where it is nothing that is read here. Rejects where it cannot be opened. */
export async function sniffMediaFile(path: string): Promise<MediaContainer | undefined> {
  await using file = await open(path, 'r');
  let at = 0;
  for (let tags = 0; tags <= maxTags; tags++) {
    const bytes = await readAt(file, at);
    const tag = id3Length(bytes);
    if (tag === 0) return at === 0 ? sniffMedia(bytes) : taggedOnly(sniffMedia(bytes));
    at += tag;
  }
  return undefined;
}

/** Whether a file looks like audio or video that is read here. What cannot be opened does not. */
export async function isMediaFile(path: string): Promise<boolean> {
  return (await sniffMediaFile(path).catch(() => undefined)) !== undefined;
}

async function readAt(file: FileHandle, at: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(lookBytes), 0, lookBytes, at);
  return buffer.subarray(0, bytesRead);
}

/** Other containers have no place for an ID3 tag before them, and their demuxers stumble over it. */
function taggedOnly(container: MediaContainer | undefined): MediaContainer | undefined {
  return container === 'mp3' || container === 'aac' || container === 'flac' ? container : undefined;
}

/** What the first kilobytes of a file begin. Names and declared types are not asked. */
function sniffMedia(bytes: Uint8Array): MediaContainer | undefined {
  const text = (at: number, length = 4): string => String.fromCharCode(...bytes.subarray(at, at + length));
  const first = text(0);
  if (['RIFF', 'RF64', 'BW64'].includes(first)) return text(8) === 'WAVE' ? 'wav' : first === 'RIFF' && text(8) === 'AVI ' ? 'avi' : undefined;
  if (isoAtoms.has(text(4))) return text(4) === 'ftyp' && pictureBrands.has(text(8)) ? undefined : 'mp4';
  if (first === 'FORM') return ['AIFF', 'AIFC'].includes(text(8)) ? 'aiff' : undefined;
  const byWord = ({ OggS: 'ogg', fLaC: 'flac', caff: 'caf', '.snd': 'au', 'FLV\u0001': 'flv', '\u001aE\u00df\u00a3': 'matroska', '\0\0\u0001\u00ba': 'mpeg' } as const)[first];
  if (byWord !== undefined) return byWord;
  if (text(0, 5) === '#!AMR') return 'amr';
  if (startsWith(bytes, w64Guid)) return 'w64';
  if (startsWith(bytes, asfGuid)) return 'asf';
  if (isTransportStream(bytes)) return 'mpegts';
  return findMpegAudio(bytes);
}

/**
 * Bytes of the ID3v2 tag at the beginning, header and footer included; 0 where there is none. What the file is stands
 * behind it: a tag may hold a cover of megabytes, and stands before AAC and FLAC too. ID3v2.4 structure, section 3.1.
 */
function id3Length(bytes: Uint8Array): number {
  const [i, d, three, major = 255, minor = 255, flags = 0, ...size] = bytes.subarray(0, 10);
  if (i !== 0x49 || d !== 0x44 || three !== 0x33 || major === 255 || minor === 255) return 0;
  if (size.length < 4 || size.some((part) => part > 127)) return 0;
  const body = size.reduce((sum, part) => sum * 128 + part, 0);
  return 10 + body + ((flags & 0x10) === 0 ? 0 : 10);
}

/** Packets of 188 bytes that begin with 0x47 (ISO/IEC 13818-1), or of 192 with a time stamp before each. */
function isTransportStream(bytes: Uint8Array): boolean {
  return [{ at: 0, step: 188 }, { at: 4, step: 192 }].some(({ at, step }) => [0, 1, 2].every((packet) => bytes[at + packet * step] === 0x47));
}

function startsWith(bytes: Uint8Array, word: Uint8Array): boolean {
  return word.every((byte, at) => bytes[at] === byte);
}
