/** Puts tags into an encoded stream on its way to a file: before it, or in place of the header that the encoder wrote. */
import type { AudioFormatId } from '../formats.ts';
import { oggPage, readOggPage } from '../ogg.ts';
import { id3Tag } from './id3.ts';
import type { AudioTags } from './tags.ts';
import { vorbisComment } from './vorbis-comment.ts';

export type TagStreamOptions = {
  readonly format: AudioFormatId;
  readonly tags: AudioTags;
  /** How many samples the stream will hold, so that players of FLAC show its length. */
  readonly totalSamples: number;
  /** As our own encoder makes it, from its first byte on. */
  readonly bytes: AsyncIterable<Uint8Array>;
};

/** Formats without a place for tags pass unchanged; WAV has its place behind the samples (`riffInfo`). */
export async function* tagStream({ format, tags, totalSamples, bytes }: TagStreamOptions): AsyncGenerator<Uint8Array> {
  if (format === 'flac') yield* replaceHeader(bytes, (head) => flacHeader(head, tags, totalSamples));
  else if (format === 'opus') yield* replaceHeader(bytes, (head) => opusHeader(head, tags));
  else {
    if (format === 'mp3' || format === 'aac') yield id3Tag(tags);
    yield* bytes;
  }
}

/** Once enough of the head is there to be replaced: what stands in its place, and how much of it that replaces. */
type Replaced = { readonly header: Uint8Array; readonly taken: number };

async function* replaceHeader(bytes: AsyncIterable<Uint8Array>, replace: (head: Uint8Array) => Replaced | undefined): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const part of bytes) {
    if (head === undefined) {
      yield part;
      continue;
    }
    head = Buffer.concat([head, part]);
    const replaced = replace(head);
    if (replaced === undefined) continue;
    yield replaced.header;
    yield head.subarray(replaced.taken);
    head = undefined;
  }
  if (head !== undefined) yield head;
}

const streamInfoEnd = 4 + 4 + 34;

/** RFC 9639 section 8: STREAMINFO is no longer the last block, and holds the number of samples in its last 36 bits before the checksum. */
function flacHeader(head: Uint8Array, tags: AudioTags, totalSamples: number): Replaced | undefined {
  if (head.length < streamInfoEnd) return undefined;
  const info = Buffer.from(head.subarray(0, streamInfoEnd));
  info[4] = 0;
  info[8 + 13] = (info[8 + 13]! & 0xf0) | (Math.floor(totalSamples / 2 ** 32) & 0x0f);
  info.writeUInt32BE(totalSamples % 2 ** 32, 8 + 14);
  const comment = vorbisComment(tags);
  // 0x80: the last block; 4: VORBIS_COMMENT; then its length in 24 bits.
  const block = Buffer.from([0x84, comment.length >>> 16, (comment.length >>> 8) & 0xff, comment.length & 0xff]);
  return { header: Buffer.concat([info, block, comment]), taken: streamInfoEnd };
}

/** The most that one page holds: 255 segments, the last of them not full. */
const pageBytes = 255 * 255 - 1;

/** RFC 7845 section 5: the comments are the second packet, on pages of their own. */
function opusHeader(head: Uint8Array, tags: AudioTags): Replaced | undefined {
  const first = readOggPage(head);
  const second = first && readOggPage(head.subarray(first.length));
  if (first === undefined || second === undefined) return undefined;
  const packet = Buffer.concat([Buffer.from('OpusTags'), vorbisComment(tags)]);
  // Chapters by the hundred would not fit on the one page that was numbered for them: then the names alone stay.
  const fitting = packet.length <= pageBytes ? packet : Buffer.concat([Buffer.from('OpusTags'), vorbisComment({ ...tags, chapters: [] })]);
  const page = oggPage({ packets: [fitting], flags: 0, granule: 0, serial: second.serial, sequence: second.sequence });
  return { header: Buffer.concat([head.subarray(0, first.length), page]), taken: first.length + second.length };
}
