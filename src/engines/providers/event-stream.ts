/** Server-sent events from bytes, by the rules of the WHATWG (HTML, "Interpreting an event stream"). */

export type ServerSentEvent = {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
};

export type EventStreamOptions = {
  /** UTF-16 units of one event; a server that never ends its lines shall not fill the memory. */
  readonly longest: number;
  readonly tooLong: () => Error;
};

/** Ids and retry times are left out: nothing here reconnects. An event that the stream's end cuts off is none. */
export async function* readEventStream(pieces: AsyncIterable<Uint8Array>, { longest, tooLong }: EventStreamOptions): AsyncGenerator<ServerSentEvent, void, undefined> {
  // Takes a byte order mark away and keeps characters whole that are split between pieces.
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data: string[] = [];
  let length = 0;

  for await (const piece of pieces) {
    rest += decoder.decode(piece, { stream: true });
    const { lines, unfinished } = splitLines(rest);
    rest = unfinished;
    for (const line of lines) {
      length += line.length;
      if (length > longest) throw tooLong();
      if (line !== '') {
        const { field, value } = readLine(line);
        if (field === 'data') data.push(value);
        if (field === 'event') event = value;
        continue;
      }
      if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n') };
      event = '';
      data = [];
      length = 0;
    }
    if (length + rest.length > longest) throw tooLong();
  }
}

/** A carriage return at the end waits for what follows: with a line feed it is one line's end, not two. */
function splitLines(text: string): { readonly lines: readonly string[]; readonly unfinished: string } {
  const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
  const lines = whole.split(/\r\n|\n|\r/);
  const unfinished = (lines.pop() ?? '') + text.slice(whole.length);
  return { lines, unfinished };
}

/** A line that begins with a colon is a comment: a field without a name. */
function readLine(line: string): { readonly field: string; readonly value: string } {
  const colon = line.indexOf(':');
  if (colon === -1) return { field: line, value: '' };
  const value = line.slice(colon + 1);
  return { field: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value };
}
