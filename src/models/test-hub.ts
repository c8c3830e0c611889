/** A model hub on a loopback port for tests: serves real bytes with ranges, and misbehaves where a route says so. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Artefact, ModelFile, ModelSource } from './catalog.ts';

export type Route = {
  readonly bytes: Buffer;
  /** Ends the connection after this many bytes of an answer, this many times. */
  readonly cut?: { readonly afterBytes: number; times: number };
  /** `status`: an error. `hang`: no answer. `stall`: headers and some bytes, then silence. `no-range`: always 200. */
  readonly misbehaves?: { readonly status: number } | 'hang' | 'stall' | 'no-range' | 'no-length';
  /** What it says of the file before it is fetched, as a hub of large files does. */
  readonly declares?: { readonly sha256?: string; readonly bytes?: number };
  /** Waits between pieces of 64 kB. */
  readonly pieceDelayMs?: number;
};

export type TestHub = {
  readonly base: string;
  readonly routes: Map<string, Route>;
  /** `<path> <range or ->` of every request, in order. */
  readonly requests: string[];
  close(): Promise<void>;
};

export async function startTestHub(): Promise<TestHub> {
  const routes = new Map<string, Route>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    requests.push(`${path} ${request.headers.range ?? '-'}`);
    const route = routes.get(path);
    if (route === undefined) response.writeHead(404).end();
    else void answer(route, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    routes,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { misbehaves, declares } = route;
  if (misbehaves === 'hang') return;
  if (typeof misbehaves === 'object') {
    response.writeHead(misbehaves.status).end();
    return;
  }
  if (request.method === 'HEAD') {
    response.writeHead(302, { location: '/elsewhere', ...(declares?.sha256 === undefined ? {} : { 'x-linked-etag': `"${declares.sha256}"` }), ...(declares?.bytes === undefined ? {} : { 'x-linked-size': declares.bytes }) }).end();
    return;
  }
  const from = misbehaves === 'no-range' ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0 && from >= route.bytes.length) {
    response.writeHead(416).end();
    return;
  }
  const body = route.bytes.subarray(from);
  const range = from > 0 ? { 'content-range': `bytes ${from}-${route.bytes.length - 1}/${route.bytes.length}` } : {};
  const length = misbehaves === 'no-length' ? {} : { 'content-length': body.length };
  response.writeHead(from > 0 ? 206 : 200, { ...range, ...length });
  if (misbehaves === 'stall') {
    response.write(body.subarray(0, 1000));
    return;
  }
  if (route.cut !== undefined && route.cut.times > 0) {
    route.cut.times -= 1;
    response.write(body.subarray(0, route.cut.afterBytes), () => request.socket.destroy());
    return;
  }
  for (let at = 0; at < body.length && !response.destroyed; at += 65_536) {
    response.write(body.subarray(at, at + 65_536));
    if (route.pieceDelayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, route.pieceDelayMs));
  }
  response.end();
}

/** Bytes that no compression shrinks and that differ at every place. */
export function patternBytes(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function hubSource(base: string, path: string): ModelSource {
  return { kind: 'hub', base, path };
}

/** An artefact like those of the catalog, of files with known bytes. */
export function testArtefact(id: string, files: readonly { path: string; bytes: Buffer; sources: readonly ModelSource[] }[]): Artefact {
  const entries: ModelFile[] = files.map((file) => ({ path: file.path, bytes: file.bytes.length, sha256: sha256(file.bytes), sources: file.sources }));
  return { id, summary: 'For tests.', licence: 'CC0', languages: [], totalBytes: entries.reduce((sum, file) => sum + file.bytes, 0), files: entries };
}
