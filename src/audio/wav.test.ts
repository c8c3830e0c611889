import { describe, expect, it } from 'vitest';
import { decodeTrustedAudio } from './decode.ts';
import { createEncoder } from './encoder.ts';
import { sine } from './test-signals.ts';
import { finalisedWavHeader, parseWav, parseWavHead, wavHeader, wavHeaderBytes } from './wav.ts';

const tone = sine({ hz: 440, sampleRateHz: 22_050, durationMs: 500 });

async function streamedWav(): Promise<Buffer> {
  const encoder = createEncoder({ format: 'wav', inputRateHz: 22_050 });
  try {
    return Buffer.concat([(await encoder.encode(tone)) ?? Buffer.alloc(0), (await encoder.finish()) ?? Buffer.alloc(0)]);
  } finally {
    encoder.close();
  }
}

describe('WAV', () => {
  it('streams with an unknown length that readers take as "to the end"', async () => {
    const bytes = await streamedWav();
    expect(bytes.readUInt32LE(4)).toBe(0xffff_ffff);
    expect(parseWav(bytes).channels[0]?.length).toBe(tone.length);
    expect((await decodeTrustedAudio({ bytes })).samples.length).toBe(tone.length);
  });

  it('gets its real length once the file is complete', async () => {
    const bytes = await streamedWav();
    bytes.set(finalisedWavHeader({ sampleRateHz: 22_050, fileBytes: bytes.length }));
    expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
    expect(bytes.readUInt32LE(40)).toBe(tone.length * 2);
    const { channels, sampleRateHz } = parseWav(bytes);
    expect(sampleRateHz).toBe(22_050);
    expect(channels[0]?.findIndex((sample, i) => Math.abs(sample - tone[i]!) > 1e-4)).toBe(-1);
  });

  it('keeps the length unknown past 4 GiB', () => {
    const header = Buffer.from(finalisedWavHeader({ sampleRateHz: 48_000, fileBytes: 5 * 2 ** 30 }));
    expect(header.readUInt32LE(40)).toBe(0xffff_ffff);
  });

  it('reads stereo floats behind unknown chunks', () => {
    const header = Buffer.from(wavHeader({ sampleRateHz: 48_000, dataBytes: 16 }));
    header.writeUInt16LE(3, 20);
    header.writeUInt16LE(2, 22);
    header.writeUInt16LE(32, 34);
    const odd = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    const samples = Buffer.from(Float32Array.of(0.5, -0.5, 0.25, -0.25).buffer);
    const { channels } = parseWav(Buffer.concat([header.subarray(0, 36), odd, header.subarray(36), samples]));
    expect(channels.map((channel) => [...channel])).toEqual([[0.5, 0.25], [-0.5, -0.25]]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['other bytes', Buffer.alloc(100, 'x')],
    ['a header cut short', Buffer.from(wavHeader({ sampleRateHz: 8000 }).subarray(0, wavHeaderBytes - 10))],
    ['24-bit samples', Buffer.from(wavHeader({ sampleRateHz: 8000 })).fill(24, 34, 35)],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseWav(bytes)).toThrow(expect.objectContaining({ code: 'input_invalid' }));
  });
});

describe('the head of a WAV that is still arriving', () => {
  const head = (dataBytes?: number) => wavHeader({ sampleRateHz: 22_050, ...(dataBytes === undefined ? {} : { dataBytes }) });

  it('is read as soon as it is whole, and not before', () => {
    for (let length = 0; length < wavHeaderBytes; length++) expect(parseWavHead(head().subarray(0, length)), `${length} bytes`).toBeUndefined();
    expect(parseWavHead(head())).toEqual({ sampleType: 's16le', channels: 1, sampleRateHz: 22_050, dataStart: 44, dataBytes: undefined });
  });

  it('tells how much follows where whoever wrote it knew', () => {
    expect(parseWavHead(head(1_000))?.dataBytes).toBe(1_000);
    for (const unknown of [0, 0x7fff_ffff, 0xffff_ffff]) {
      const written = head();
      new DataView(written.buffer).setUint32(40, unknown, true);
      expect(parseWavHead(written)?.dataBytes).toBeUndefined();
    }
  });

  it('passes over other chunks before the samples', () => {
    const list = Buffer.concat([Buffer.from('LIST'), Buffer.from([3, 0, 0, 0]), Buffer.from('abc\0')]);
    const bytes = Buffer.concat([head().subarray(0, 36), list, head().subarray(36)]);
    expect(parseWavHead(bytes)).toMatchObject({ dataStart: 44 + list.length });
    expect(parseWavHead(bytes.subarray(0, -1))).toBeUndefined();
  });

  it('refuses what is none, and samples that it cannot read', () => {
    expect(() => parseWavHead(new Uint8Array(44))).toThrow(/RIFF/);
    const eightBit = head();
    new DataView(eightBit.buffer).setUint16(34, 8, true);
    expect(() => parseWavHead(eightBit)).toThrow(/16-bit/);
  });
});
