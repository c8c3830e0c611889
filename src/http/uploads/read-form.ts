/** One form, part by part as it arrives: fields into memory, the file onto the disk. */
import type { Multipart, MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../clock.ts';
import { AntiphonError } from '../../errors.ts';
import { followBody } from './body-progress.ts';
import { newUploadPath } from './upload-folder.ts';

/** The fields that a route knows, and how often each may come; those that may come more than once are lists, also as `name[]`. */
export type FormFields = Readonly<Record<string, number>>;

export type UploadedForm = {
  /** A list for each field that may come more than once and has come, a text for the others. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  /** Of the part with the file, which is not empty; undefined where there is none. */
  readonly path: string | undefined;
};

export type ReadFormOptions = {
  readonly request: FastifyRequest;
  readonly fields: FormFields;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly stallTimeoutMs: number;
  readonly folder: string;
  /** What the part with the file is called. */
  readonly filePart: string;
  readonly maxFileBytes: number;
  /** Of the whole body. */
  readonly maxBytes: number;
  readonly tooLarge: (maxFileBytes: number) => AntiphonError;
};

/** The longest text of a field, and of all fields together: they lie in memory. */
const fieldBytes = 65_536;
export const fieldsBytes = 4 * fieldBytes;

/** An unknown name is the client's own text: so much of it helps to find it. */
const shownCharacters = 40;

/** `use` may read the file until it settles; whatever happens, it is removed then. */
export async function readForm<Answer>(options: ReadFormOptions, use: (form: UploadedForm) => Promise<Answer>): Promise<Answer> {
  const path = await newUploadPath(options.folder);
  try {
    const { fields, hasFile } = await receive(options, path);
    return await use({ fields, path: hasFile ? path : undefined });
  } finally {
    await rm(path, { force: true });
  }
}

async function receive(options: ReadFormOptions, path: string): Promise<{ readonly fields: UploadedForm['fields']; readonly hasFile: boolean }> {
  const { request, fields: known, filePart, signal, clock, stallTimeoutMs, maxFileBytes, maxBytes, tooLarge } = options;
  const stop = new AbortController();
  const giveUp = (reason: unknown): void => stop.abort(reason);
  const leave = (): void => giveUp(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();

  let receivedBytes = 0;
  const count = ({ length }: Buffer): void => {
    receivedBytes += length;
    // Parts without a name are skipped by the parser, however long they are.
    if (receivedBytes > maxBytes) giveUp(tooLarge(maxFileBytes));
  };
  const parts = request.parts({ fileHwm: fieldBytes, limits: { fileSize: maxFileBytes, fieldSize: fieldBytes, files: 2, fields: mostFields(known), parts: mostFields(known) + 2 } });
  const read = readParts({ parts, known, filePart, path, signal: stop.signal, tooLarge: () => tooLarge(maxFileBytes) });
  // In the same turn in which the parser begins to read: before that it would start the flow without it.
  request.raw.on('data', count);
  followBody({ socket: request.raw.socket, receivedBytes: () => receivedBytes, isComplete: () => request.raw.complete, intervalMs: stallTimeoutMs, clock, signal: stop.signal }).catch(giveUp);
  try {
    return await read;
  } catch (error) {
    stop.signal.throwIfAborted();
    throw toRefusal(error);
  } finally {
    request.raw.off('data', count);
    signal.removeEventListener('abort', leave);
    stop.abort();
  }
}

type PartsOptions = {
  readonly parts: AsyncIterableIterator<Multipart>;
  readonly known: FormFields;
  readonly filePart: string;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly tooLarge: () => AntiphonError;
};

async function readParts({ parts, known, filePart, path, signal, tooLarge }: PartsOptions): Promise<{ fields: Record<string, string | string[]>; hasFile: boolean }> {
  const fields: Record<string, string | string[]> = {};
  const aborted = new Promise<never>((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason), { once: true }); });
  aborted.catch(() => undefined);
  let hasFile = false;
  let heldBytes = 0;
  for (;;) {
    const { value: part, done } = await Promise.race([parts.next(), aborted]);
    if (done === true) return { fields, hasFile };
    if (part.type === 'file') {
      try {
        if (part.fieldname !== filePart) throw refuse(`${nameOf(part)} must be a text, not a file.`, nameOf(part));
        if (hasFile) throw refuse(`${filePart} was given twice.`, filePart);
        hasFile = true;
        await save(part, { filePart, path, signal, tooLarge });
      } catch (error) {
        part.file.destroy();
        throw error;
      }
    } else {
      const name = fieldOf(part, { known, filePart });
      heldBytes += addField(fields, part, { name, most: known[name]! });
      if (heldBytes > fieldsBytes) throw refuse(`The fields up to ${name} are longer than ${fieldsBytes} bytes together.`, name);
    }
  }
}

async function save({ file }: MultipartFile, { filePart, path, signal, tooLarge }: Pick<PartsOptions, 'filePart' | 'path' | 'signal' | 'tooLarge'>): Promise<void> {
  file.once('limit', () => file.destroy(tooLarge()));
  const target = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  const closed = new Promise<void>((resolve) => { target.once('close', resolve); });
  try {
    await pipeline(file, target, { signal });
  } finally {
    // One that is still being opened when all is given up would lie there after it was removed.
    await closed;
  }
  if (target.bytesWritten === 0) throw refuse(`${filePart} is empty.`, filePart);
}

type FieldPart = Extract<Multipart, { type: 'field' }>;

/** Its name among those that are known. */
function fieldOf(part: FieldPart, { known, filePart }: Pick<PartsOptions, 'known' | 'filePart'>): string {
  const given = nameOf(part);
  const name = given.endsWith('[]') && (known[given.slice(0, -2)] ?? 1) > 1 ? given.slice(0, -2) : given;
  if (name === filePart) throw refuse(`${filePart} must be a file, with a file name.`, filePart);
  if (!Object.hasOwn(known, name)) throw refuse(`Unknown field "${name}".`, name);
  return name;
}

/** Gives the bytes that it takes. */
function addField(fields: Record<string, string | string[]>, { value: given, valueTruncated }: FieldPart, { name, most }: { readonly name: string; readonly most: number }): number {
  if (valueTruncated) throw refuse(`${name} is longer than ${fieldBytes} bytes.`, name);
  // The parser has read what says it is JSON; for us it is one text as any other.
  const value = typeof given === 'string' ? given : JSON.stringify(given);
  const before = fields[name];
  if (most === 1 && before !== undefined) throw refuse(`${name} was given twice.`, name);
  if (Array.isArray(before) && before.length === most) throw refuse(`${name} was given more than ${most} times.`, name);
  if (most === 1) fields[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else fields[name] = [value];
  return Buffer.byteLength(value);
}

function nameOf({ fieldname }: { readonly fieldname: string | undefined }): string {
  return (fieldname ?? '').slice(0, shownCharacters);
}

function refuse(message: string, param: string): AntiphonError {
  return new AntiphonError('input_invalid', message, { param });
}

/** One more than may come, so that it is our own words that say which one is too much. */
function mostFields(known: FormFields): number {
  return Object.values(known).reduce((sum, most) => sum + most, 1);
}

const refusedFields: Readonly<Record<string, string>> = {
  FST_PARTS_LIMIT: 'The form has more fields than there are.',
  FST_FILES_LIMIT: 'The form has more than one file.',
  FST_FIELDS_LIMIT: 'The form has more fields than there are.',
  FST_PROTO_VIOLATION: 'A field has a name that no field has.',
  FST_INVALID_JSON_FIELD_ERROR: 'A field that says it is JSON is not.',
};

/** What the parser or the disk says. */
function toRefusal(error: unknown): AntiphonError {
  if (error instanceof AntiphonError) return error;
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new AntiphonError('disk_full', 'The disk has no room for the file.', { cause: error });
  if (syscall !== undefined) return new AntiphonError('internal', 'The file could not be kept.', { cause: error });
  if (code === 'FST_MP_PREMATURE_CLOSE') return new AntiphonError('cancelled', 'The client left.');
  const message = refusedFields[code];
  if (message !== undefined) return new AntiphonError('input_invalid', message, { cause: error });
  return new AntiphonError('body_invalid', 'The body is not a whole form: a part of it or its end is missing, or its boundary is not the one that the content type names.', { cause: error });
}
