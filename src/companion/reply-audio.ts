/** Spoken replies: heard while they are still being made, and from the disk for a day after. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { Speech } from '../speech/speak.ts';
import { createSpool, type Spool } from '../spool.ts';

export type ReplyKey = { readonly owner: string; readonly id: string };
export type ReplyRecord = ReplyKey & { readonly contentType: string; readonly fileName: string; readonly createdAt: Date };

/** What is known of the files. */
export type ReplyStore = {
  readonly insert: (record: ReplyRecord) => Promise<void>;
  readonly get: (key: ReplyKey, madeSince: Date) => Promise<ReplyRecord | undefined>;
  /** Of every owner. */
  readonly madeBefore: (before: Date) => Promise<readonly ReplyRecord[]>;
  readonly fileNames: () => Promise<readonly string[]>;
  readonly remove: (id: string) => Promise<void>;
};

export type KeptReply = {
  readonly id: string;
  readonly contentType: string;
  /** Resolves with the first sound; rejects where there is none. */
  readonly begun: Promise<void>;
  /** Resolves when all of it is on the disk. Errors: those of the speech, disk_full. */
  readonly spoken: Promise<{ readonly audioSeconds: number }>;
};

export type OpenReply = { readonly contentType: string; readonly fileName: string } & (
  | { readonly kind: 'file'; readonly path: string }
  /** From its beginning, as it is made. Errors: those of the speech. */
  | { readonly kind: 'growing'; readonly chunks: AsyncGenerator<Uint8Array> }
);

export type ReplyAudio = {
  /** Reads the speech to its end; what fails or is aborted on the way is removed. */
  readonly keep: (owner: string, speech: Pick<Speech, 'bytes' | 'contentType' | 'fileExtension' | 'progress'>) => KeptReply;
  /** Errors: reply_audio_unknown. */
  readonly open: (key: ReplyKey) => Promise<OpenReply>;
  /** Removes what is too old. Gives how many. */
  readonly removeExpired: () => Promise<number>;
  /** Removes files that a server which was killed left half-made. Call it before the first reply. */
  readonly clear: () => Promise<void>;
  /** Waits for what is being written; whoever makes the speech has ended it before. */
  readonly close: () => Promise<void>;
};

export type ReplyAudioOptions = { readonly folder: string; readonly store: ReplyStore; readonly audioHours: number; readonly now: () => Date };

const hourMs = 3_600_000;

export function createReplyAudio({ folder, store, audioHours, now }: ReplyAudioOptions): ReplyAudio {
  const growing = new Map<string, { readonly owner: string; readonly contentType: string; readonly fileName: string; readonly spool: Spool<Uint8Array> }>();
  const writing = new Set<Promise<unknown>>();
  const oldest = (): Date => new Date(now().getTime() - audioHours * hourMs);

  async function write(record: ReplyRecord, { bytes, progress }: Pick<Speech, 'bytes' | 'progress'>, { spool, onSound }: { spool: Spool<Uint8Array>; onSound: () => void }): Promise<{ audioSeconds: number }> {
    const path = join(folder, record.fileName);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = await open(path, 'wx', 0o600);
      try {
        for await (const chunk of bytes) {
          spool.push(chunk);
          if (progress().firstAudioMs !== undefined) onSound();
          await file.writeFile(chunk);
        }
      } finally {
        await bytes.return(undefined);
        await file.close();
      }
      await store.insert(record);
      spool.end();
      return { audioSeconds: progress().audioSeconds };
    } catch (error) {
      const failure = toFailure(error);
      spool.fail(failure);
      await rm(path, { force: true });
      throw failure;
    } finally {
      growing.delete(record.id);
    }
  }

  return {
    keep: (owner, speech) => {
      const { contentType, fileExtension } = speech;
      const id = randomUUID();
      const record = { owner, id, contentType, fileName: `${id}.${fileExtension}`, createdAt: now() };
      const spool = createSpool<Uint8Array>();
      growing.set(id, { owner, contentType, fileName: record.fileName, spool });
      const begun = Promise.withResolvers<void>();
      const spoken = write(record, speech, { spool, onSound: begun.resolve });
      // Both are told to whoever asks; nobody need ask.
      spoken.then(() => begun.resolve(), begun.reject);
      const ended = spoken.catch(() => undefined).finally(() => writing.delete(ended));
      writing.add(ended);
      begun.promise.catch(() => undefined);
      return { id, contentType, begun: begun.promise, spoken };
    },
    open: async ({ owner, id }) => {
      const live = growing.get(id);
      if (live?.owner === owner) return { kind: 'growing', contentType: live.contentType, fileName: live.fileName, chunks: live.spool.read() };
      const record = await store.get({ owner, id }, oldest());
      if (record === undefined) throw new AntiphonError('reply_audio_unknown', `There is no spoken reply of that id: it never was, it was not made to its end, or it is older than ${audioHours} hours.`, { param: 'id' });
      return { kind: 'file', contentType: record.contentType, fileName: record.fileName, path: join(folder, record.fileName) };
    },
    removeExpired: async () => {
      const old = await store.madeBefore(oldest());
      for (const { id, fileName } of old) {
        await rm(join(folder, fileName), { force: true });
        await store.remove(id);
      }
      return old.length;
    },
    close: async () => void (await Promise.all(writing)),
    clear: async () => {
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const known = new Set(await store.fileNames());
      await Promise.all(names.filter((name) => !known.has(name)).map((name) => rm(join(folder, name), { force: true })));
    },
  };
}

function toFailure(error: unknown): AntiphonError {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return new AntiphonError('disk_full', 'The disk has no room for the spoken reply.', { cause: error });
  return toAntiphonError(error);
}
