import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEventStream } from './event-stream.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const read = (pieces: readonly Uint8Array[], longest = 10_000) =>
  Array.fromAsync(readEventStream((async function* () { yield* pieces; })(), { longest, tooLong: () => new Error('too long') }));
const data = async (text: string) => (await read([utf8(text)])).map((event) => event.data);

describe('a stream of events', () => {
  it.each([
    ['line feeds', 'data: a\n\ndata: b\n\n'],
    ['carriage returns', 'data: a\r\rdata: b\r\r'],
    ['both', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['a mixture', 'data: a\r\n\ndata: b\n\r'],
  ])('ends its lines with %s', async (_name, text) => {
    // A carriage return at the very end may be half of a line's end, so its event waits for what follows.
    expect(await data(`${text}\n`)).toEqual(['a', 'b']);
  });

  it('joins lines of data with line feeds', async () => {
    expect(await data('data: one\ndata:two\ndata:\ndata:  three\n\n')).toEqual(['one\ntwo\n\n three']);
  });

  it('passes over comments, unknown fields and events without data', async () => {
    expect(await data(': ping\n\nid: 7\nretry: 10\nevent: empty\n\nfoo: bar\ndata: x\n\n')).toEqual(['x']);
  });

  it('names events, and those without a name message', async () => {
    expect(await read([utf8('event: end\ndata: 1\n\ndata: 2\n\n')])).toEqual([{ event: 'end', data: '1' }, { event: 'message', data: '2' }]);
  });

  it('takes a byte order mark away at the beginning only', async () => {
    expect(await data('\uFEFFdata: a\n\ndata: \uFEFFb\n\n')).toEqual(['a', '\uFEFFb']);
  });

  it('a field without a colon has an empty value', async () => {
    expect(await data('data\ndata\n\n')).toEqual(['\n']);
  });

  it('drops an event that the end cuts off', async () => {
    expect(await data('data: whole\n\ndata: half\n')).toEqual(['whole']);
  });

  it('refuses an event that never ends, in one line or in many', async () => {
    await expect(read([utf8(`data: ${'x'.repeat(200)}`)], 100)).rejects.toThrow('too long');
    await expect(read([utf8('data: xxxxxxxx\n'.repeat(20))], 100)).rejects.toThrow('too long');
    expect(await read([utf8('data: xxxxxxxx\n\n'.repeat(20))], 100)).toHaveLength(20);
  });

  it('reads the same however its bytes are cut, in the middle of a character too', async () => {
    const text = '\uFEFFevent: gruß\r\ndata: ä👋\r\ndata: ö\r\n\r\n: ping\n\ndata: {"text":"日本"}\n\n';
    const bytes = utf8(text);
    const whole = await read([bytes]);
    expect(whole.map((event) => event.data)).toEqual(['ä👋\nö', '{"text":"日本"}']);
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length })), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      expect(await read(at.slice(1).map((end, index) => bytes.subarray(at[index], end)))).toEqual(whole);
    }));
  });
});
