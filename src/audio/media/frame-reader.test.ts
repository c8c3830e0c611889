import { expect, test } from 'vitest';
import { readFrames, type MediaFrame } from './frame-reader.ts';
import { encodeFrame, frameKinds } from './protocol.ts';

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const info = { codec: 'mp3', sampleRateHz: 44_100, channels: 2, declared: true };
const samples = Float32Array.from([0, 0.5, -1]);
const stream = Buffer.concat([
  encodeFrame(frameKinds.info, json(info)),
  encodeFrame(frameKinds.samples, new Uint8Array(samples.buffer)),
  encodeFrame(frameKinds.end, json({ truncated: false })),
]);

async function framesOf(parts: readonly Uint8Array[]): Promise<MediaFrame[]> {
  return Array.fromAsync(readFrames((async function* () { yield* parts; })()));
}

const frames = [{ type: 'info', ...info }, { type: 'samples', samples }, { type: 'end', truncated: false }];

test('frames come out whole, wherever the pipe cuts them', async () => {
  for (let size = 1; size <= stream.length; size++) {
    const parts = Array.from({ length: Math.ceil(stream.length / size) }, (_, part) => stream.subarray(part * size, (part + 1) * size));
    expect(await framesOf(parts)).toEqual(frames);
  }
});

test('a frame that is cut off is not given', async () => {
  expect(await framesOf([stream.subarray(0, stream.length - 1)])).toEqual(frames.slice(0, 2));
});

test.each([
  ['of an unknown kind', encodeFrame(9, json({}))],
  ['of half a sample', encodeFrame(frameKinds.samples, new Uint8Array(6))],
  ['with a wrong field', encodeFrame(frameKinds.info, json({ ...info, channels: 'two' }))],
  ['with a reason that nobody knows', encodeFrame(frameKinds.refused, json({ reason: 'bored' }))],
  ['that is no JSON', encodeFrame(frameKinds.end, Buffer.from('{'))],
  ['longer than any', Buffer.from([frameKinds.samples, 0xff, 0xff, 0xff, 0x7f])],
])('a frame %s is engine_failed', async (_, frame) => {
  await expect(framesOf([frame])).rejects.toMatchObject({ code: 'engine_failed' });
});

test('no more is read than is asked for', async () => {
  let pulled = 0;
  const reader = readFrames((async function* () {
    for (;;) {
      pulled++;
      yield encodeFrame(frameKinds.samples, new Uint8Array(4));
    }
  })());
  await reader.next();
  await reader.next();
  expect(pulled).toBe(2);
  await reader.return();
});
