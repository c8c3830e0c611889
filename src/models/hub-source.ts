/** Fetches one file over HTTP into its part file: resumes after a cut, gives up on a hub that does not answer. */
import { setTimeout as sleep } from 'node:timers/promises';

import { AntiphonError } from '../errors.ts';
import { openPartFile, type PartFile } from './part-file.ts';
import type { UnreachableHosts } from './unreachable-hosts.ts';

export type HubLimits = {
  /** From the request to the headers of the last redirect. */
  readonly connectTimeoutMs: number;
  /** Without a byte for this long the connection is cut and resumed. */
  readonly stallTimeoutMs: number;
  /** Cuts in a row without notable progress before the source is given up. */
  readonly maxCuts: number;
  /** Doubles with every cut in a row. */
  readonly retryDelayMs: number;
};

export const defaultHubLimits: HubLimits = { connectTimeoutMs: 5000, stallTimeoutMs: 20_000, maxCuts: 4, retryDelayMs: 250 };

export type HubFetch = {
  readonly url: URL;
  readonly partPath: string;
  readonly expectedBytes: number;
  readonly sha256: string;
  readonly limits: HubLimits;
  readonly hosts: UnreachableHosts;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  /** Bytes that came; negative when a part had to be thrown away. */
  readonly onBytes: (bytes: number) => void;
};

/** How one connection ended. */
type Outcome = { readonly kind: 'complete' } | { readonly kind: 'cut'; readonly cause: unknown };

/**
 * Leaves the verified file at `partPath`. On failure the part stays for a later resume, or for quarantine.
 * Errors, each with a reason of a few words: model_source_unreachable, model_file_invalid, disk_full, cancelled.
 */
export async function fetchFromHub(job: HubFetch): Promise<void> {
  const part = await openPartFile({ path: job.partPath, expectedBytes: job.expectedBytes, sha256: job.sha256, resume: true, signal: job.signal });
  const resumedBytes = part.size;
  try {
    if (resumedBytes > 0) job.onBytes(resumedBytes);
    if (await receive(job, part)) return;
    if (resumedBytes > 0 && await receiveAfresh(job)) return;
    throw new AntiphonError('model_file_invalid', 'sent a file with another digest');
  } finally {
    await part.close();
  }
}

/** The part from an earlier run may have come from elsewhere, so a wrong whole is fetched once more from its start. */
async function receiveAfresh(job: HubFetch): Promise<boolean> {
  const part = await openPartFile({ path: job.partPath, expectedBytes: job.expectedBytes, sha256: job.sha256, resume: false, signal: job.signal });
  try {
    job.onBytes(-job.expectedBytes);
    return await receive(job, part);
  } finally {
    await part.close();
  }
}

async function receive(job: HubFetch, part: PartFile): Promise<boolean> {
  // A hub that sends a few bytes a connection would never be left otherwise.
  const notableBytes = Math.min(1_000_000, job.expectedBytes / 20);
  let cuts = 0;
  while (part.size < job.expectedBytes) {
    const sizeBefore = part.size;
    const outcome = await connectOnce(job, part);
    if (outcome.kind === 'complete') break;
    cuts = part.size - sizeBefore >= notableBytes ? 1 : cuts + 1;
    if (cuts >= job.limits.maxCuts) {
      throw new AntiphonError('model_source_unreachable', `the connection broke ${cuts} times in a row`, { cause: outcome.cause });
    }
    await sleep(job.limits.retryDelayMs * 2 ** (cuts - 1), undefined, { signal: job.signal });
  }
  return part.finish();
}

/** One request from where the part ends. Which side closes, and why, is told apart by the outcome. */
async function connectOnce(job: HubFetch, part: PartFile): Promise<Outcome> {
  const watchdog = new AbortController();
  const signal = AbortSignal.any([job.signal, watchdog.signal]);
  let timer = setTimeout(() => watchdog.abort(), job.limits.connectTimeoutMs);
  try {
    const response = await requestFrom(job, part.size, signal);
    await acceptHeaders(job, part, response);
    if (response.body === null) return { kind: 'cut', cause: undefined };
    const chunks: AsyncIterable<Uint8Array> = response.body;
    const reader = chunks[Symbol.asyncIterator]();
    for (;;) {
      clearTimeout(timer);
      timer = setTimeout(() => watchdog.abort(), job.limits.stallTimeoutMs);
      const next = await readOrCut(reader, job.signal);
      if ('cut' in next) return { kind: 'cut', cause: next.cut };
      if (next.done === true) break;
      await part.write(next.value);
      job.onBytes(next.value.length);
    }
    return part.size === job.expectedBytes ? { kind: 'complete' } : { kind: 'cut', cause: undefined };
  } finally {
    clearTimeout(timer);
    // Ends the connection where reading stopped early.
    watchdog.abort();
  }
}

/** A read that fails is a cut to resume from; a caller who left is not. */
async function readOrCut(
  reader: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<IteratorResult<Uint8Array> | { readonly cut: unknown }> {
  try {
    return await reader.next();
  } catch (thrown) {
    signal.throwIfAborted();
    return { cut: thrown };
  }
}

async function requestFrom(job: HubFetch, fromByte: number, signal: AbortSignal): Promise<Response> {
  try {
    // identity: a compressed answer would have other bytes to resume from.
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (fromByte > 0) headers['range'] = `bytes=${fromByte}-`;
    return await job.fetch(job.url, { headers, signal, redirect: 'follow' });
  } catch (thrown) {
    job.signal.throwIfAborted();
    const why = signal.aborted ? `no answer in ${job.limits.connectTimeoutMs / 1000} s` : connectionProblem(thrown);
    job.hosts.mark(job.url.host, why);
    throw new AntiphonError('model_source_unreachable', why, { cause: thrown });
  }
}

/** RFC 9110: 206 continues, 200 sends all again, 416 says that the part does not fit the file. */
async function acceptHeaders(job: HubFetch, part: PartFile, response: Response): Promise<void> {
  const { status } = response;
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    if (range?.[1] !== String(part.size)) throw new AntiphonError('model_file_invalid', 'answered with another range than asked for');
    if (range[2] !== '*' && Number(range[2]) !== job.expectedBytes) throw wrongLength(job, Number(range[2]));
    return;
  }
  if (status !== 200) {
    await response.body?.cancel();
    throw new AntiphonError(status === 416 ? 'model_file_invalid' : 'model_source_unreachable', `answered HTTP ${status}`);
  }
  const length = response.headers.get('content-length');
  if (length !== null && Number(length) !== job.expectedBytes) throw wrongLength(job, Number(length));
  if (part.size > 0) {
    job.onBytes(-part.size);
    await part.restart();
  }
}

function wrongLength(job: HubFetch, bytes: number): AntiphonError {
  return new AntiphonError('model_file_invalid', `offers ${bytes} bytes instead of ${job.expectedBytes}`);
}

/** The system's code for what went wrong (`ENOTFOUND`), which fetch hides in the cause. */
function connectionProblem(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return `no connection (${cause.code})`;
  return 'no connection';
}
