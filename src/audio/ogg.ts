/** Opus packets as an Ogg stream (RFC 3533, RFC 7845), cut into pages wherever the caller wants them sent. */

/** Opus counts positions at 48 kHz whatever rate it was fed with. */
const granulesPerSecond = 48_000;
const largestSegments = 255;

export type OggOpusWriter = {
  /** The two header pages; send them first. */
  headers(): Uint8Array;
  /** Keeps a packet of so many 48 kHz samples for the next page. */
  add(packet: Uint8Array, granules: number): void;
  /** The packets kept since the last page, as one page or more; undefined where there are none. */
  flush(): Uint8Array | undefined;
  /** The last page. `granules` is how much of the stream is real audio, which trims the codec's padding. */
  finish(granules: number): Uint8Array;
};

/**
 * `opusHead` is the identification header as the codec makes it (19 bytes); its pre-skip is honoured. `serial` tells
 * streams of one file apart and may be any 32-bit number.
 */
export function createOggOpusWriter(options: { opusHead: Uint8Array; serial: number }): OggOpusWriter {
  const preSkip = new DataView(options.opusHead.buffer, options.opusHead.byteOffset).getUint16(10, true);
  let sequence = 0;
  let position = 0;
  let packets: Uint8Array[] = [];
  let segments = 0;
  let done: Uint8Array[] = [];

  const page = (kind: { flags: number; granule: number }): void => {
    done.push(oggPage({ packets, flags: kind.flags, granule: kind.granule, serial: options.serial, sequence }));
    sequence += 1;
    packets = [];
    segments = 0;
  };
  const take = (): Uint8Array => {
    const bytes = Buffer.concat(done);
    done = [];
    return bytes;
  };

  return {
    headers() {
      packets = [options.opusHead];
      page({ flags: 0x02, granule: 0 });
      packets = [opusTags()];
      page({ flags: 0, granule: 0 });
      return take();
    },
    add(packet, granules) {
      const needed = Math.floor(packet.length / 255) + 1;
      if (segments + needed > largestSegments) page({ flags: 0, granule: position });
      packets.push(packet);
      segments += needed;
      position += granules;
    },
    flush() {
      if (packets.length > 0) page({ flags: 0, granule: position });
      return done.length > 0 ? take() : undefined;
    },
    finish(granules) {
      page({ flags: 0x04, granule: Math.min(position, preSkip + granules) });
      return take();
    },
  };
}

export function opusGranules(samples: number, sampleRateHz: number): number {
  return Math.round((samples * granulesPerSecond) / sampleRateHz);
}

function opusTags(): Uint8Array {
  const vendor = Buffer.from('antiphon');
  const tags = Buffer.alloc(8 + 4 + vendor.length + 4);
  tags.write('OpusTags');
  tags.writeUInt32LE(vendor.length, 8);
  vendor.copy(tags, 12);
  return tags;
}

/** One page (RFC 3533 section 6); the packets must fit into its 255 segments. */
export function oggPage(page: { packets: readonly Uint8Array[]; flags: number; granule: number; serial: number; sequence: number }): Uint8Array {
  const lacing = page.packets.flatMap((packet) => [...Array<number>(Math.floor(packet.length / 255)).fill(255), packet.length % 255]);
  const header = Buffer.alloc(27 + lacing.length);
  header.write('OggS');
  header.writeUInt8(page.flags, 5);
  header.writeBigInt64LE(BigInt(page.granule), 6);
  header.writeUInt32LE(page.serial >>> 0, 14);
  header.writeUInt32LE(page.sequence, 18);
  header.writeUInt8(lacing.length, 26);
  header.set(lacing, 27);
  const bytes = Buffer.concat([header, ...page.packets]);
  bytes.writeUInt32LE(oggChecksum(bytes), 22);
  return bytes;
}

/** What stands in the header of the page that `bytes` begin with; undefined while not all of it is there. */
export function readOggPage(bytes: Uint8Array): { readonly length: number; readonly serial: number; readonly sequence: number } | undefined {
  if (bytes.length < 27) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const segments = view.getUint8(26);
  if (bytes.length < 27 + segments) return undefined;
  const length = 27 + segments + bytes.subarray(27, 27 + segments).reduce((sum, size) => sum + size, 0);
  return bytes.length < length ? undefined : { length, serial: view.getUint32(14, true), sequence: view.getUint32(18, true) };
}

// RFC 3533 section 6: polynomial 0x04c11db7, not reflected, no initial or final inversion.
const checksumTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c1_1db7 : 0);
  return value >>> 0;
});

function oggChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum << 8) ^ checksumTable[((sum >>> 24) ^ byte) & 0xff]!;
  return sum >>> 0;
}
