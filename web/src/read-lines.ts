/** JSON lines as they arrive: the network cuts them anywhere. */

/** Each whole line, without its line feed; what follows the last one is given at the end, if there is any. */
export async function* readLines(bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for await (const chunk of bytes) {
    const [rest, ...begun] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(rest ?? '');
    for (const next of begun) {
      yield parts.join('');
      parts.length = 0;
      parts.push(next);
    }
  }
  const last = parts.join('') + decoder.decode();
  if (last !== '') yield last;
}
