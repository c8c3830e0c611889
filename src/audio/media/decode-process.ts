/**
 * Entry of a process that decodes one file of a stranger and ends. It waits for its request on stdin, answers on
 * stdout (protocol.ts) and does both synchronously: a parent that reads slowly stops it in the middle of a write.
 */
import { readSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { AntiphonError } from '../../errors.ts';
import { decodeFile } from './decode-file.ts';
import { encodeFrame, frameKinds, rehearseArgument, type DecodeRequest } from './protocol.ts';

const [requests, answers] = [0, 1];

// Ctrl-C reaches the whole process group, and the parent may still want to finish what it reads.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
const lifeline = new Worker(new URL('./lifeline.ts', import.meta.url), { stdout: true, stderr: true });
lifeline.unref();

if (process.argv.includes(rehearseArgument)) rehearse();
const request = readRequest();
if (request !== undefined) answer(request);
process.exit(0);

/**
 * Decodes this very file as if it were samples: the first time takes 10 ms longer than all others, which are over
 * before somebody waits.
 */
function rehearse(): void {
  const own: DecodeRequest = { path: import.meta.filename, demuxer: 's16le', demuxerOptions: { sample_rate: 24_000, ch_layout: 'mono' }, toHz: 16_000 };
  for (const _ of decodeFile(own)) continue;
}

function answer(decode: DecodeRequest): void {
  try {
    for (const event of decodeFile(decode)) {
      if (event.type === 'samples') send(frameKinds.samples, new Uint8Array(event.samples.buffer, event.samples.byteOffset, event.samples.byteLength));
      else if (event.type === 'info') sendJson(frameKinds.info, event.info);
      else if (event.type === 'end') sendJson(frameKinds.end, { truncated: event.truncated });
      else sendJson(frameKinds.refused, { reason: event.reason });
    }
  } catch (error) {
    const unreadable = error instanceof AntiphonError && error.code === 'audio_unreadable';
    if (!unreadable) process.stderr.write(`${String(error)}\n`);
    sendJson(frameKinds.refused, { reason: unreadable ? 'damaged' : 'fault' });
  }
}

/** One line of JSON; undefined where the parent left without a word. */
function readRequest(): DecodeRequest | undefined {
  const parts: Buffer[] = [];
  const part = Buffer.alloc(4096);
  for (;;) {
    const length = readSync(requests, part);
    if (length === 0) return undefined;
    parts.push(Buffer.from(part.subarray(0, length)));
    if (part[length - 1] === 0x0a) return JSON.parse(Buffer.concat(parts).toString('utf8')) as DecodeRequest;
  }
}

function sendJson(kind: number, value: object): void {
  send(kind, Buffer.from(JSON.stringify(value)));
}

function send(kind: number, payload: Uint8Array): void {
  const frame = encodeFrame(kind, payload);
  for (let at = 0; at < frame.length; ) at += writeSync(answers, frame, at);
}
