/** A RIFF LIST/INFO chunk (Microsoft's multimedia programming interface 1.0), to stand behind a WAV file's samples. */
import { writerName, type AudioTags } from './tags.ts';

/** The whole chunk, of even length. Text is UTF-8, which players read though the standard is older. */
export function riffInfo(tags: AudioTags): Uint8Array {
  const entries = [
    ['INAM', tags.title],
    ['IART', tags.artist],
    ['IPRD', tags.album],
    ['ITRK', tags.track && String(tags.track.number)],
    ['ICMT', tags.comment],
    ['IGNR', 'Speech'],
    ['ISFT', writerName],
  ].flatMap(([id, value]) => (value === undefined || value === '' ? [] : [chunk(id!, Buffer.from(`${value}\0`))]));
  return chunk('LIST', Buffer.concat([Buffer.from('INFO'), ...entries]));
}

function chunk(id: string, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(id, 'latin1');
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body, Buffer.alloc(body.length % 2)]);
}
