/**
 * Routes that take a file in a form (multipart/form-data, RFC 7578): the file goes to the disk while it arrives, and is
 * gone when its request is answered. A form may be far larger and take far longer than any other body, so it has limits
 * of its own: its bytes, and how slowly they may come.
 */
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { systemClock, type Clock } from '../clock.ts';
import { AntiphonError } from '../errors.ts';
import { lingerWhileSending } from './uploads/linger.ts';
import { fieldsBytes, readForm, type FormFields, type UploadedForm } from './uploads/read-form.ts';

export type { FormFields, UploadedForm } from './uploads/read-form.ts';

export type UploadRoutesOptions = {
  readonly uploads: {
    /** Where files lie while their requests last; made where it is not there. */
    readonly folder: string;
    /** Of one file. */
    readonly maxBytes: number;
    /** A client that sends less than 16 KiB in an interval of this length is given up. */
    readonly stallTimeoutMs: number;
    /** What the part with the file is called. Default: `file`. */
    readonly filePart?: string;
    /** The setting that says how large a file may be. Default: transcription.maxUploadBytes. */
    readonly maxBytesSetting?: string;
  };
  /** Takes JSON bodies too, which come as everywhere else. Default: false. */
  readonly takesJson?: boolean;
  /** A client that reads nothing of a streamed answer for this long loses it. */
  readonly stallTimeoutMs: number;
  readonly clock?: Clock;
};

export type ReceiveUpload = <Answer>(
  request: FastifyRequest,
  options: { readonly fields: FormFields; readonly signal: AbortSignal },
  /** The file is there until this has settled. */
  use: (form: UploadedForm) => Promise<Answer>,
) => Promise<Answer>;

/** What stands between the parts of a form. */
const headBytes = 262_144;

/**
 * `register` gets the routes' scope and what reads their forms. Errors of reading one: media_type_unsupported,
 * body_invalid, body_too_large, input_invalid (naming the field), request_timeout, disk_full, cancelled.
 */
export async function registerUploads(app: FastifyInstance, { uploads, takesJson = false, clock = systemClock }: Pick<UploadRoutesOptions, 'uploads' | 'takesJson' | 'clock'>, register: (scope: FastifyInstance, receive: ReceiveUpload) => void): Promise<void> {
  const maxBytes = uploads.maxBytes + fieldsBytes + headBytes;
  const { filePart = 'file', maxBytesSetting = 'transcription.maxUploadBytes' } = uploads;
  const tooLarge = (bytes: number) => new AntiphonError('body_too_large', `${filePart} is larger than ${bytes} bytes, the most that is taken here (${maxBytesSetting}); send it compressed (Opus, MP3) or in pieces.`, { param: filePart });
  await app.register(async (scope) => {
    await scope.register(multipart, { throwFileSizeLimit: false });
    scope.addHook('onRequest', async ({ headers }) => {
      if (takesJson && /^application\/json\b/i.test(headers['content-type'] ?? '')) return;
      if (!/^multipart\/form-data\b/i.test(headers['content-type'] ?? '')) throw new AntiphonError('media_type_unsupported', 'The body must be a form with a file: multipart/form-data.');
      if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(uploads.maxBytes);
    });
    scope.addHook('onSend', async (request, reply, payload) => lingerWhileSending({ request, reply, payload, clock }));
    register(scope, (request, { fields, signal }, use) => readForm({ request, fields, signal, clock, maxBytes, tooLarge, filePart, folder: uploads.folder, maxFileBytes: uploads.maxBytes, stallTimeoutMs: uploads.stallTimeoutMs }, use));
  });
}
