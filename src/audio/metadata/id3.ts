/** ID3v2.3 tags (id3.org/id3v2.3.0) with chapters (id3v2 chapter frame addendum 1.0), for MP3 and ADTS. */
import { writerName, type AudioTags, type ChapterMark } from './tags.ts';

/** The whole tag, to be written before the first audio frame. */
export function id3Tag(tags: AudioTags): Uint8Array {
  const frames = [
    textFrame('TIT2', tags.title),
    ...optional('TPE1', tags.artist),
    ...optional('TALB', tags.album),
    ...optional('TRCK', tags.track && `${tags.track.number}/${tags.track.of}`),
    ...(tags.comment === undefined ? [] : [commentFrame(tags.comment)]),
    // A genre of its own for what is spoken (ID3v1 genre 101 is "Speech").
    textFrame('TCON', '(101)'),
    textFrame('TSSE', writerName),
    ...(tags.chapters.length > 1 ? [contentsFrame(tags.chapters), ...tags.chapters.map(chapterFrame)] : []),
  ];
  const body = Buffer.concat(frames);
  const header = Buffer.alloc(10);
  header.write('ID3', 'latin1');
  header[3] = 3;
  writeSyncSafe(header, 6, body.length);
  return Buffer.concat([header, body]);
}

function optional(id: string, value: string | undefined): Buffer[] {
  return value === undefined || value === '' ? [] : [textFrame(id, value)];
}

/** UTF-16 with its mark: what version 2.3 has for everything beyond Latin-1. */
function textFrame(id: string, text: string): Buffer {
  return frame(id, Buffer.concat([Buffer.from([1, 0xff, 0xfe]), Buffer.from(text, 'utf16le')]));
}

/** In English, without a description of its own. */
function commentFrame(text: string): Buffer {
  return frame('COMM', Buffer.concat([Buffer.from([1]), Buffer.from('eng'), Buffer.from([0xff, 0xfe, 0, 0, 0xff, 0xfe]), Buffer.from(text, 'utf16le')]));
}

function frame(id: string, body: Buffer): Buffer {
  const header = Buffer.alloc(10);
  header.write(id, 'latin1');
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

/** At most 255 can be listed; players that need the list still find the first of them. */
function contentsFrame(chapters: readonly ChapterMark[]): Buffer {
  const listed = chapters.slice(0, 255);
  // 3: top level, ordered.
  const head = Buffer.concat([cString('toc'), Buffer.from([3, listed.length])]);
  return frame('CTOC', Buffer.concat([head, ...listed.map((_, index) => cString(elementId(index)))]));
}

function chapterFrame({ title, startSeconds, endSeconds }: ChapterMark, index: number): Buffer {
  const times = Buffer.alloc(16);
  times.writeUInt32BE(Math.round(startSeconds * 1000), 0);
  times.writeUInt32BE(Math.round(endSeconds * 1000), 4);
  // All ones: the byte offsets are not given, the times hold.
  times.fill(0xff, 8);
  return frame('CHAP', Buffer.concat([cString(elementId(index)), times, textFrame('TIT2', title)]));
}

function elementId(index: number): string {
  return `ch${index}`;
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'latin1');
}

/** Seven bits a byte, so that no length looks like the start of an audio frame. */
function writeSyncSafe(target: Buffer, at: number, value: number): void {
  for (let i = 0; i < 4; i++) target[at + i] = (value >>> (7 * (3 - i))) & 0x7f;
}
