/** Whole answers of a provider as JSON of a known shape, and answers that come as a stream of events. */
import type { z } from 'zod';
import type { AntiphonError } from '../../errors.ts';
import { readEventStream, type ServerSentEvent } from './event-stream.ts';
import { isPage, type ProviderAnswer, type ProviderAsk, type ProviderClient } from './http-client.ts';
import { parseJson, tellsFault, unusable } from './provider-errors.ts';

export type JsonAsk<Schema extends z.ZodType> = Omit<ProviderAsk, 'accept'> & {
  readonly schema: Schema;
  /** What an answer without the schema's fields lacks, for people: `text`. */
  readonly lacking: string;
  /** Default 8 MiB. */
  readonly mostBytes?: number;
};

const mebibyte = 1_048_576;
/** Of one event; a token is some hundred. */
const longestEvent = mebibyte;

/** Asks and reads the answer to its end. Errors: provider_failed for what is no such answer, and those of the client. */
export async function askJson<Schema extends z.ZodType>(client: ProviderClient, { schema, lacking, mostBytes = 8 * mebibyte, ...ask }: JsonAsk<Schema>, signal: AbortSignal): Promise<z.infer<Schema>> {
  const answer = await client.open({ ...ask, accept: 'application/json' }, signal);
  try {
    if (!mayBeJson(answer.contentType)) throw unusable(client.id, `with ${told(answer.contentType)} where JSON was due`);
    const body = await readText(answer, { id: client.id, mostBytes });
    const json = parseJson(body);
    if (json === undefined) throw unusable(client.id, 'with what is no JSON');
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw tellsFault(body) ? answer.fault(body) : unusable(client.id, `without ${lacking}`);
  } finally {
    answer.close();
  }
}

/** The events of an answer that `open` gave with `accept: text/event-stream`. The caller closes it. */
export async function* readEvents(answer: ProviderAnswer, id: string): AsyncGenerator<ServerSentEvent, void, undefined> {
  if (answer.contentType !== 'text/event-stream') throw await notExpected(answer, { id, due: 'a stream of events' });
  yield* readEventStream(answer.pieces, { longest: longestEvent, tooLong: () => unusable(id, 'with an event of more than a megabyte') });
}

/** Why an answer of another type than the one due is a failure: JSON may tell a fault in spite of its status. */
export async function notExpected(answer: ProviderAnswer, { id, due }: { readonly id: string; readonly due: string }): Promise<AntiphonError> {
  if (answer.contentType === 'application/json') {
    const body = await readText(answer, { id, mostBytes: mebibyte });
    if (tellsFault(body)) return answer.fault(body);
  }
  return unusable(id, `with ${told(answer.contentType)} where ${due} was due`);
}

async function readText({ pieces }: ProviderAnswer, { id, mostBytes }: { readonly id: string; readonly mostBytes: number }): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > mostBytes) throw unusable(id, `with more than ${Math.round(mostBytes / mebibyte)} MiB`);
    parts.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

/** Some servers call their JSON text, or nothing at all; what it is then shows when it is read. */
function mayBeJson(contentType: string): boolean {
  return ['', 'application/json', 'text/plain', 'application/octet-stream'].includes(contentType) || contentType.endsWith('+json');
}

function told(contentType: string): string {
  if (isPage(contentType)) return 'a web page';
  // A type's grammar (RFC 9110), so that nothing else of a header is ever shown.
  return /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(contentType) ? contentType : 'something';
}
