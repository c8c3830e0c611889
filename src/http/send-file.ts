/** Sends a file from the disk, whole or the one range that was asked for (RFC 9110 section 14). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { open } from 'node:fs/promises';

export type SendFileOptions = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly path: string;
  readonly contentType: string;
  /** What a browser calls it when it saves it. */
  readonly fileName: string;
};

/** Rejects with what the disk says where the file is not there. */
export async function sendFile({ request, reply, path, contentType, fileName }: SendFileOptions): Promise<FastifyReply> {
  const file = await open(path, 'r');
  try {
    const { size, mtimeMs } = await file.stat();
    const etag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
    reply.header('accept-ranges', 'bytes').header('etag', etag).header('content-disposition', disposition(fileName)).type(contentType);
    // A range of a file that has changed since would be joined to something else.
    const ifRange = request.headers['if-range'];
    const range = ifRange === undefined || ifRange === etag ? parseRange(request.headers.range, size) : undefined;
    if (range === 'unsatisfiable') {
      await file.close();
      return await reply.code(416).header('content-range', `bytes */${size}`).send();
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    reply.code(range === undefined ? 200 : 206).header('content-length', String(end - start + 1));
    if (range !== undefined) reply.header('content-range', `bytes ${start}-${end}/${size}`);
    if (size === 0) {
      await file.close();
      return await reply.send('');
    }
    return await reply.send(file.createReadStream({ start, end }));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Undefined: all of it, also where several ranges or an unknown unit are asked for, which a server may ignore. */
export function parseRange(header: string | undefined, size: number): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') return Number(last) === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size - 1 };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= size) return 'unsatisfiable';
  return { start: Number(first), end: last === '' ? size - 1 : Math.min(size - 1, Number(last)) };
}

/** RFC 6266: the exact name for those who know UTF-8, a plain one for the others. */
function disposition(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/gu, '_');
  const exact = encodeURIComponent(fileName).replace(/['()*]/gu, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
