/**
 * The secrets that marks are made with, in one file that only this user reads. Whoever has them can find every mark, and
 * forge one; without them no mark is ever found again. So they are made once, and never replaced where marks were made
 * with them: a file that is gone or unreadable is a fault to mend, not a reason for new ones.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';

export type MarkSecret = { readonly id: string; readonly createdAt: string; readonly secret: Uint8Array };

const secretBytes = 32;
const fileSchema = z.strictObject({ keys: z.array(z.strictObject({ id: z.string().min(1), createdAt: z.string(), secret: z.string().regex(/^[0-9a-f]{64}$/) })).min(1) });

export type ReadMarkSecretsOptions = {
  readonly path: string;
  readonly now: () => Date;
  /** Marks were made before: then a missing file is not made anew. */
  readonly hasMarks: () => Promise<boolean>;
};

/** Newest last; that one is used. Made where there is none and never was. Errors: mark_unavailable. */
export async function readMarkSecrets({ path, now, hasMarks }: ReadMarkSecretsOptions): Promise<readonly MarkSecret[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw unavailable('cannot be read', error);
  });
  if (text !== undefined) return parse(text);
  if (await hasMarks()) throw unavailable('is gone, though marks were made with it; put it back from a backup');
  return parse(await make(path, now()));
}

/** Two processes may come at once: the second reads what the first has made. */
async function make(path: string, at: Date): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify({ keys: [{ id: `mark_${randomBytes(8).toString('hex')}`, createdAt: at.toISOString(), secret: randomBytes(secretBytes).toString('hex') }] }, null, 2)}\n`;
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // Whatever the umask was.
    await chmod(path, 0o600);
    return text;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return readFile(path, 'utf8');
    throw unavailable('cannot be written', error);
  }
}

function parse(text: string): readonly MarkSecret[] {
  try {
    return fileSchema.parse(JSON.parse(text)).keys.map(({ id, createdAt, secret }) => ({ id, createdAt, secret: Buffer.from(secret, 'hex') }));
  } catch (cause) {
    throw unavailable('is damaged; put it back from a backup', cause);
  }
}

/** A day's own key (RFC 5869), so that no pattern is ever seen twice, and what is learnt from one day's sound tells nothing of another's. `day`: `2026-12-01`. */
export function dayKey({ secret }: MarkSecret, day: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), `antiphon watermark ${day}`, secretBytes));
}

function unavailable(what: string, cause?: unknown): AntiphonError {
  return new AntiphonError('mark_unavailable', `What is asked for must be marked, and the file of the watermark's secrets ${what}. Until then nothing leaves the free lane.`, { retryAfterSeconds: 60, ...(cause === undefined ? {} : { cause }) });
}
