/** Reads chosen members of a gzipped tar archive in one pass (POSIX.1-2001 pax, ustar, GNU long names). */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

const blockBytes = 512;

/** Called once a wanted member; what it leaves unread is skipped. */
export type OnMember = (name: string, content: AsyncIterable<Uint8Array>) => Promise<void>;

/** Hands every member that `wants` says yes to, in archive order. Errors of reading and of inflating pass through. */
export async function readTarMembers(options: {
  archivePath: string;
  wants: (name: string) => boolean;
  onMember: OnMember;
  signal: AbortSignal;
}): Promise<void> {
  const file = createReadStream(options.archivePath, { signal: options.signal });
  const inflated = createGunzip();
  // pipe() leaves errors of the source behind.
  file.on('error', (error) => inflated.destroy(error));
  const bytes = createByteReader(file.pipe(inflated));
  try {
    let longName: string | undefined;
    for (;;) {
      const header = await bytes.take(blockBytes);
      if (header.length < blockBytes || header.every((byte) => byte === 0)) return;
      const { name, size, type } = parseHeader(header);
      const padding = (blockBytes - (size % blockBytes)) % blockBytes;
      if (type === 'x' || type === 'L') {
        const text = (await bytes.take(size)).toString('utf8');
        longName = type === 'x' ? paxPath(text) ?? longName : text.replace(/\0+$/, '');
        await bytes.skip(padding);
        continue;
      }
      const fullName = longName ?? name;
      longName = undefined;
      const content = bytes.stream(size);
      if ((type === '0' || type === '\0') && options.wants(fullName)) await options.onMember(fullName, content.chunks());
      await bytes.skip(content.left() + padding);
    }
  } finally {
    file.destroy();
    inflated.destroy();
  }
}

type ByteReader = {
  /** Exactly `count` bytes, fewer only at the end of the archive. */
  take(count: number): Promise<Buffer>;
  skip(count: number): Promise<void>;
  /** The next `count` bytes, each given once. */
  stream(count: number): { chunks(): AsyncGenerator<Uint8Array, void, undefined>; left(): number };
};

function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.alloc(0);

  /** At most `count` bytes, at least one unless the archive ended. */
  async function some(count: number): Promise<Buffer> {
    if (pending.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return pending;
      pending = next.value;
    }
    const head = pending.subarray(0, count);
    pending = pending.subarray(head.length);
    return head;
  }

  async function* exactly(count: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = count; left > 0; ) {
      const chunk = await some(left);
      if (chunk.length === 0) return;
      left -= chunk.length;
      yield chunk;
    }
  }

  return {
    async take(count) {
      return Buffer.concat(await Array.fromAsync(exactly(count)));
    },
    async skip(count) {
      for await (const _ of exactly(count));
    },
    stream(count) {
      let left = count;
      return {
        async *chunks() {
          while (left > 0) {
            const chunk = await some(left);
            if (chunk.length === 0) return;
            left -= chunk.length;
            yield chunk;
          }
        },
        left: () => left,
      };
    },
  };
}

function parseHeader(header: Buffer): { name: string; size: number; type: string } {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? textField(header, 345, 155) : '';
  const name = textField(header, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: Number.parseInt(textField(header, 124, 12).trim() || '0', 8),
    type: String.fromCharCode(header[156]!),
  };
}

function textField(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

/** The `path` record of a pax header: lines of `<length> <key>=<value>`. */
function paxPath(text: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(text)?.[1];
}
