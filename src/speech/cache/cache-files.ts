/**
 * Sentences that were spoken, on the disk: a file each, named by its key, in a folder a voice. The files are all there
 * is: another process may clear them at any time, and a restart finds them as they were left. A file that is cut off or
 * changed is no hit, and goes. Which was used last stands in the file's own time.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { fromS16le, toS16le } from '../../audio/pcm.ts';
import type { SoundTiming } from '../../engines/kinds.ts';

export type KeptSentence = {
  /** Mono, as the workers give it: 16 bits are all that it has. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
  /** Empty where the model tells none. */
  readonly timings: readonly SoundTiming[];
};

/** Which folder: that of a model's voice, for one owner where the voice is his alone. */
export type CacheShelf = { readonly modelId: string; readonly voice: string; readonly privateTo?: string | undefined };

export type CacheStats = { readonly entries: number; readonly bytes: number; readonly voices: readonly { readonly shelf: string; readonly entries: number; readonly bytes: number }[] };

export type CacheFiles = {
  /** undefined where there is none, none that is whole, or none that still holds; `isDamaged`: it was there and is gone now. */
  readonly read: (shelf: CacheShelf, key: string) => Promise<{ readonly sentence: KeptSentence | undefined; readonly isDamaged: boolean }>;
  /** Whole or not at all. Errors: what the disk says. */
  readonly write: (shelf: CacheShelf, key: string, entry: { readonly sentence: KeptSentence; readonly expiresAt: Date }) => Promise<void>;
  /** What `evict` would remove. */
  readonly surplus: (maxBytes: number) => Promise<{ readonly items: number; readonly bytes: number }>;
  /** Removes what has expired, then the least recently used until at most `maxBytes` are left. Gives the bytes that were freed. */
  readonly evict: (maxBytes: number) => Promise<number>;
  /** Everything, or what a voice has said. Gives what was removed. */
  readonly clear: (voice?: string) => Promise<{ readonly entries: number; readonly bytes: number }>;
  readonly stats: () => Promise<CacheStats>;
  /** So much lies here, as far as this process knows. */
  readonly bytes: () => number;
};

/** Before it stand the milliseconds until which it holds, in as many digits as ever, so that a look at the beginning tells. */
const headSchema = z.object({
  key: z.string(),
  sampleRateHz: z.number(),
  /** CRC-32 of the samples' bytes. */
  checksum: z.number(),
  bytes: z.number(),
  timings: z.array(z.tuple([z.string(), z.number(), z.number(), z.number(), z.number()])),
});

type Entry = { readonly path: string; readonly shelf: string; readonly bytes: number; readonly usedMs: number };

const extension = '.sentence';
/** A use is noted no more often than this. */
const noteUseEveryMs = 60_000;

export function createCacheFiles({ folder, now }: { readonly folder: string; readonly now: () => Date }): CacheFiles {
  let known = 0;
  let written = 0;
  const pathOf = (shelf: CacheShelf, key: string): string => join(folder, shelfName(shelf), `${key}${extension}`);

  async function entries(): Promise<Entry[]> {
    const shelves = await readdir(folder).catch(() => []);
    const all = await Promise.all(shelves.map(async (shelf) => {
      const names = (await readdir(join(folder, shelf)).catch(() => [])).filter((name) => name.endsWith(extension));
      return Promise.all(names.map(async (name): Promise<Entry[]> => {
        const path = join(folder, shelf, name);
        const found = await stat(path).catch(() => undefined);
        return found === undefined ? [] : [{ path, shelf, bytes: found.size, usedMs: found.mtimeMs }];
      }));
    }));
    return all.flat(2);
  }

  /** What has expired, then what was used least recently, until the rest has room. */
  async function sift(maxBytes: number): Promise<{ readonly surplus: Entry[]; readonly left: Entry[] }> {
    const surplus: Entry[] = [];
    const alive: Entry[] = [];
    for (const entry of await entries()) ((await readExpiry(entry.path)) <= now().getTime() ? surplus : alive).push(entry);
    const left = alive.toSorted((one, other) => other.usedMs - one.usedMs);
    let total = bytesOf(left);
    while (total > maxBytes) {
      const oldest = left.pop()!;
      surplus.push(oldest);
      total -= oldest.bytes;
    }
    return { surplus, left };
  }

  async function remove({ path, bytes }: Entry): Promise<number> {
    return unlink(path).then(() => bytes, () => 0);
  }

  return {
    read: async (shelf, key) => {
      const path = pathOf(shelf, key);
      const bytes = await readFile(path).catch(() => undefined);
      if (bytes === undefined) return { sentence: undefined, isDamaged: false };
      const found = parse(bytes, key);
      if (found === undefined || found.expiresAt <= now().getTime()) {
        await rm(path, { force: true });
        return { sentence: undefined, isDamaged: found === undefined };
      }
      void noteUse(path, now());
      return { sentence: found.sentence, isDamaged: false };
    },
    write: async (shelf, key, { sentence, expiresAt }) => {
      const path = pathOf(shelf, key);
      const part = `${path}.${process.pid}.${written++}.part`;
      const bytes = serialise(key, sentence, expiresAt);
      await mkdir(join(folder, shelfName(shelf)), { recursive: true });
      try {
        await writeFile(part, bytes);
        await rename(part, path);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
      known += bytes.length;
    },
    surplus: async (maxBytes) => {
      const { surplus } = await sift(maxBytes);
      return { items: surplus.length, bytes: bytesOf(surplus) };
    },
    evict: async (maxBytes) => {
      const { surplus, left } = await sift(maxBytes);
      let freed = 0;
      for (const entry of surplus) freed += await remove(entry);
      known = bytesOf(left);
      return freed;
    },
    clear: async (voice) => {
      let [count, bytes] = [0, 0];
      for (const entry of await entries()) {
        if (voice !== undefined && !voicesOf(entry.shelf).includes(voice)) continue;
        bytes += await remove(entry);
        count++;
      }
      known = Math.max(0, known - bytes);
      return { entries: count, bytes };
    },
    stats: async () => {
      const all = await entries();
      const bytes = all.reduce((sum, entry) => sum + entry.bytes, 0);
      known = bytes;
      const voices = [...Map.groupBy(all, ({ shelf }) => shelf)].map(([shelf, own]) => ({ shelf: decodeURIComponent(shelf), entries: own.length, bytes: own.reduce((sum, entry) => sum + entry.bytes, 0) }));
      return { entries: all.length, bytes, voices: voices.toSorted((one, other) => other.bytes - one.bytes) };
    },
    bytes: () => known,
  };
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** `piper%2Fen_US-joe-medium@en_US-joe-medium`; a private voice's with its owner behind another @. None of the three can hold a bare @. */
function shelfName({ modelId, voice, privateTo }: CacheShelf): string {
  return [modelId, voice, ...(privateTo === undefined ? [] : [privateTo])].map(encodeURIComponent).join('@');
}

/** One, or all that a blend is made of. */
function voicesOf(shelf: string): readonly string[] {
  const voice = decodeURIComponent(shelf.split('@')[1] ?? '');
  return [voice, ...voice.split('+').map((part) => part.replace(/:[\d.]+$/, ''))];
}

const expiryDigits = 15;

/** Until when it holds, a line of JSON, then the samples. */
function serialise(key: string, { samples, sampleRateHz, timings }: KeptSentence, expiresAt: Date): Buffer {
  const data = toS16le(samples);
  const head: z.infer<typeof headSchema> = { key, sampleRateHz, checksum: crc32(data), bytes: data.length, timings: timings.map(({ symbol, textStart, textEnd, startSample, endSample }) => [symbol, textStart, textEnd, startSample, endSample]) };
  return Buffer.concat([Buffer.from(`${String(expiresAt.getTime()).padStart(expiryDigits, '0')}${JSON.stringify(head)}\n`), data]);
}

function parse(bytes: Buffer, key: string): { readonly sentence: KeptSentence; readonly expiresAt: number } | undefined {
  const end = bytes.indexOf(0x0a);
  const head = headOf(bytes.subarray(expiryDigits, Math.max(expiryDigits, end)));
  const data = bytes.subarray(end + 1);
  if (head === undefined || head.key !== key || head.bytes !== data.length || head.checksum !== crc32(data)) return undefined;
  const timings = head.timings.map(([symbol, textStart, textEnd, startSample, endSample]): SoundTiming => ({ symbol, textStart, textEnd, startSample, endSample }));
  return { sentence: { samples: fromS16le(data), sampleRateHz: head.sampleRateHz, timings }, expiresAt: expiryOf(bytes) };
}

function headOf(line: Buffer): z.infer<typeof headSchema> | undefined {
  try {
    return headSchema.safeParse(JSON.parse(line.toString())).data;
  } catch {
    return undefined;
  }
}

function expiryOf(bytes: Buffer): number {
  return Number(bytes.subarray(0, expiryDigits).toString());
}

/** 0 for what is no kept sentence, or has just gone. */
async function readExpiry(path: string): Promise<number> {
  const file = await open(path).catch(() => undefined);
  try {
    const { buffer } = (await file?.read(Buffer.alloc(expiryDigits), 0, expiryDigits, 0)) ?? { buffer: Buffer.alloc(0) };
    return expiryOf(buffer) || 0;
  } finally {
    await file?.close();
  }
}

/** Whoever cannot note a use loses nothing but its place among those that go first. */
async function noteUse(path: string, now: Date): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && now.getTime() - found.mtimeMs > noteUseEveryMs) await utimes(path, now, now).catch(() => undefined);
}
