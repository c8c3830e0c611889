import { describe, expect, it } from 'vitest';
import { audioFormatIds, audioFormats, bitrateFor, isAudioFormatId, outputRateFor } from './formats.ts';

describe('audio formats', () => {
  it('are each listed under their own id', () => {
    expect(audioFormatIds.map((id) => audioFormats[id].id)).toEqual([...audioFormatIds]);
    expect(isAudioFormatId('mp3')).toBe(true);
    expect(isAudioFormatId('toString')).toBe(false);
  });

  it.each([
    ['mp3', 22_050, 22_050],
    ['opus', 22_050, 24_000],
    ['opus', 44_100, 48_000],
    ['pcm', 16_000, 24_000],
    ['ulaw', 24_000, 8000],
    ['flac', 20_000, 22_050],
    ['mp3', 192_000, 48_000],
  ] as const)('%s of a %i Hz voice is made at %i Hz', (format, sourceRateHz, expected) => {
    expect(outputRateFor({ format, sourceRateHz })).toBe(expected);
  });

  it('refuse a rate they do not have and name the ones they do', () => {
    expect(() => outputRateFor({ format: 'opus', sourceRateHz: 24_000, wantedHz: 44_100 })).toThrow(/8000, 12000, 16000, 24000, 48000/);
  });

  it('move a bitrate into what the codec allows at that rate', () => {
    expect(bitrateFor({ format: 'mp3', rateHz: 8000, wantedBps: 128_000 })).toBe(64_000);
    expect(bitrateFor({ format: 'mp3', rateHz: 44_100, wantedBps: 1 })).toBe(32_000);
    expect(bitrateFor({ format: 'opus', rateHz: 48_000, wantedBps: 1e9 })).toBe(256_000);
    expect(bitrateFor({ format: 'flac', rateHz: 48_000, wantedBps: 64_000 })).toBeUndefined();
  });
});
