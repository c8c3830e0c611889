/**
 * One attempt at asking a provider over HTTP. The key goes to the configured origin and nowhere else, every wait has a
 * limit, an abort closes the connection at once, and whatever goes wrong is an error of our table that names the
 * provider and holds neither the key nor the request.
 */
import { AntiphonError } from '../../errors.ts';
import type { ProviderSettings } from './provider.ts';
import { brokenOff, keyRefused, toProviderError, unusable } from './provider-errors.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { watchOver, type Watch } from './watch.ts';

export type ProviderAsk = {
  /** Below the base URL, with a slash at its beginning. */
  readonly path: string;
  /** Sent as JSON, or as a form; undefined: a GET. */
  readonly body?: object | FormData;
  /** What shall come: `application/json`. */
  readonly accept: string;
  /** The caller's own words in the request; a refusal that quotes them is not shown. */
  readonly texts?: readonly string[];
};

export type ProviderAnswer = {
  /** In lower case, without parameters; empty where none is told. */
  readonly contentType: string;
  /** Read once. Rejects with provider_timeout where it falls silent, provider_unreachable where it breaks off. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** A fault that the body tells although the answer began well. */
  readonly fault: (body: string) => AntiphonError;
  /** All that matters has come: what is left is read only to use the connection again, and not waited for. */
  readonly settle: () => void;
  /** Closes the connection if the body was not read to its end. Idempotent; has to be called. */
  readonly close: () => void;
};

export type ProviderClient = {
  readonly id: string;
  /** Resolves with the head of a good answer (2xx). */
  readonly open: (ask: ProviderAsk, signal: AbortSignal) => Promise<ProviderAnswer>;
};

/** More is not read of an error. */
const longestErrorBytes = 65_536;
/** For the end of a body of which nothing more is needed; a new connection may cost as much. */
const settleTimeoutMs = 100;

type HeaderLines = Readonly<Record<string, string>>;

/** `keyHeaders`: how the protocol sends a key; `headers` go along with every request. */
export function createProviderClient(settings: ProviderSettings, keyHeaders: (key: string) => HeaderLines, headers: HeaderLines = {}): ProviderClient {
  const { id } = settings;

  async function open(ask: ProviderAsk, signal: AbortSignal): Promise<ProviderAnswer> {
    signal.throwIfAborted();
    const watch = watchOver(signal);
    try {
      watch.arm(settings.answerTimeoutMs);
      const key = await readKey(settings, watch);
      const response = await watch.race(settings.fetch(urlOf(settings, ask.path), {
        method: ask.body === undefined ? 'GET' : 'POST',
        headers: { ...headers, accept: ask.accept, ...(key === undefined ? {} : keyHeaders(key)), ...(ask.body === undefined || ask.body instanceof FormData ? {} : { 'content-type': 'application/json' }) },
        ...(ask.body === undefined ? {} : { body: ask.body instanceof FormData ? ask.body : JSON.stringify(ask.body) }),
        redirect: 'manual',
        signal: watch.signal,
      }));
      const context = { id, key, texts: ask.texts ?? [] };
      if (!response.ok) throw await refusal(response, { settings, watch, context });
      watch.disarm();
      const progress = { isSettled: false };
      return {
        contentType: contentTypeOf(response),
        pieces: readPieces(response, { settings, watch }, progress),
        settle: () => { progress.isSettled = true; },
        fault: (body) => toProviderError({ status: undefined, retryAfterSeconds: undefined, body }, context),
        close: watch.end,
      };
    } catch (thrown) {
      watch.end();
      throw watch.explain(thrown, { onTimeout: () => timedOut(id, `did not answer within ${settings.answerTimeoutMs / 1000} s`), otherwise: (code) => unreachable(id, code) });
    }
  }

  return { id, open };
}

/** A key is a header's value; one that cannot be would be quoted in the error of whoever builds the header. */
async function readKey({ id, key }: ProviderSettings, watch: Watch): Promise<string | undefined> {
  const value = (await watch.race(key().catch((thrown: unknown) => { throw unreadableKey(id, thrown); })))?.trim();
  if (value === undefined || value === '') return undefined;
  if (!/^[\u0021-\u007e]+$/.test(value)) throw new AntiphonError('provider_key_refused', `The key of the provider ${id} has characters that no key can have; check what is configured.`);
  return value;
}

function unreadableKey(id: string, thrown: unknown): unknown {
  return thrown instanceof AntiphonError ? thrown : new AntiphonError('provider_key_refused', `The key of the provider ${id} could not be read; check where its configuration says that it lies.`);
}

function urlOf({ id, baseUrl }: ProviderSettings, path: string): URL {
  const base = new URL(baseUrl);
  const url = new URL(`${baseUrl}${path}`);
  // A path is built from names that callers give.
  if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) throw unusable(id, 'nothing, since the request would have left its base URL');
  return url;
}

type Exchange = { readonly settings: ProviderSettings; readonly watch: Watch };

async function* readPieces(response: Response, { settings: { id, stallTimeoutMs }, watch }: Exchange, progress: { readonly isSettled: boolean }): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      watch.arm(progress.isSettled ? Math.min(settleTimeoutMs, stallTimeoutMs) : stallTimeoutMs);
      const { done, value } = await watch.race(reader.read());
      watch.disarm();
      if (done) return;
      if (value.length > 0) yield value;
    }
  } catch (thrown) {
    watch.throwIfLeft();
    if (progress.isSettled) return;
    throw watch.explain(thrown, { onTimeout: () => timedOut(id, `sent nothing for ${stallTimeoutMs / 1000} s in the middle of its answer`), otherwise: () => brokenOff(id) });
  } finally {
    watch.end();
  }
}

async function refusal(response: Response, { settings, watch, context }: Exchange & { readonly context: { readonly id: string; readonly key: string | undefined; readonly texts: readonly string[] } }): Promise<AntiphonError> {
  const { status } = response;
  const { id, key } = context;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    return unusable(id, 'with a redirect, which is not followed because the key would go along; set its base URL to where it leads');
  }
  if (status === 401 && key === undefined) return keyRefused(id, key);
  const body = await readErrorBody(response, { settings, watch });
  return toProviderError({ status, retryAfterSeconds: retryAfterSeconds(response.headers), body, isPage: isPage(contentTypeOf(response)) }, context);
}

/** What arrives of it in time; the status says enough where nothing does. */
async function readErrorBody(response: Response, { settings: { answerTimeoutMs }, watch }: Exchange): Promise<string> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  watch.arm(answerTimeoutMs);
  try {
    while (reader !== undefined && length < longestErrorBytes) {
      const { done, value } = await watch.race(reader.read());
      if (done) break;
      parts.push(value);
      length += value.length;
    }
  } catch {
    watch.throwIfLeft();
  }
  return new TextDecoder().decode(Buffer.concat(parts).subarray(0, longestErrorBytes));
}

export function isPage(contentType: string): boolean {
  return contentType === 'text/html' || contentType === 'application/xhtml+xml';
}

function contentTypeOf({ headers }: Response): string {
  return headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
}

function timedOut(id: string, what: string): AntiphonError {
  return new AntiphonError('provider_timeout', `The provider ${id} ${what}.`);
}

function unreachable(id: string, code: string | undefined): AntiphonError {
  return new AntiphonError('provider_unreachable', `The provider ${id} could not be reached${code === undefined ? '' : ` (${code})`}. Check its base URL and the network.`);
}
