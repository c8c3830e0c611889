/** Vorbis comments (xiph.org/vorbis/doc/v-comment), with chapters as CHAPTERxxx (the Ogg chapter extension). */
import { writerName, type AudioTags } from './tags.ts';

/** The comment block without any framing: what FLAC holds in a metadata block and Opus behind `OpusTags`. */
export function vorbisComment(tags: AudioTags): Uint8Array {
  const comments = [
    ['TITLE', tags.title],
    ['ARTIST', tags.artist],
    ['ALBUM', tags.album],
    ['TRACKNUMBER', tags.track && String(tags.track.number)],
    ['TRACKTOTAL', tags.track && String(tags.track.of)],
    ['COMMENT', tags.comment],
    ['GENRE', 'Speech'],
    ...(tags.chapters.length > 1 ? tags.chapters.flatMap(({ title, startSeconds }, index) => {
      const name = `CHAPTER${String(index + 1).padStart(3, '0')}`;
      return [[name, clockTime(startSeconds)], [`${name}NAME`, title]];
    }) : []),
  ].flatMap(([name, value]) => (value === undefined || value === '' ? [] : [Buffer.from(`${name}=${value}`)]));
  const vendor = Buffer.from(writerName.toLowerCase());
  return Buffer.concat([length(vendor.length), vendor, length(comments.length), ...comments.flatMap((comment) => [length(comment.length), comment])]);
}

/** `01:02:03.456`. */
function clockTime(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

function length(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
