/** From kept samples to a finished audio file: measured, levelled, encoded, tagged; a piece at a time, whole or not at all. */
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEncoder, encodeStream } from '../../audio/encoder.ts';
import { outputRateFor, type AudioFormatId } from '../../audio/formats.ts';
import { factorOf } from '../../audio/gain.ts';
import { createLimiter } from '../../audio/limiter.ts';
import { createLoudnessMeter } from '../../audio/loudness.ts';
import { riffInfo } from '../../audio/metadata/riff-info.ts';
import { tagStream } from '../../audio/metadata/tag-stream.ts';
import type { AudioTags } from '../../audio/metadata/tags.ts';
import type { Marker } from '../../audio/watermark/marker.ts';
import { marked } from '../marking/speech-marks.ts';
import { fromS16le } from '../../audio/pcm.ts';
import { finalisedWavHeader } from '../../audio/wav.ts';
import { fromDisk, syncFolder, type OpenFile } from '../../jobs/job-files.ts';

export type RenderFileOptions = {
  /** Files of s16le samples, one after the other. */
  readonly samples: readonly string[];
  readonly sampleRateHz: number;
  readonly format: AudioFormatId;
  readonly bitrateBps?: number | undefined;
  /** Brought to this integrated loudness, with peaks under −1 dBTP; left as it is without. */
  readonly loudnessLufs?: number | undefined;
  /** Makes the mark of a file of so many seconds that owes one; it is laid over everything else. Errors: mark_unavailable. */
  readonly mark?: ((seconds: number) => Promise<Marker>) | undefined;
  readonly tags: AudioTags;
  readonly target: string;
  readonly signal: AbortSignal;
  readonly openFile?: OpenFile;
};

/** A third of a second: worked on in one go, in about two milliseconds. */
const pieceBytes = 16_384;
const peakCeilingDb = -1;
/** Silence and noise are not made into a roar. */
const mostGainDb = 20;
const correctionRounds = 3;
const toleranceDb = 0.1;
const wholeUntilSeconds = 120;
const piecesInARow = 32;
/** Where the lengths in a WAV header end. */
const largestWavBytes = 0xffff_ffff;

/** Gives the size of the file in bytes. Errors: disk_full, encoding_failed, the signal's reason. */
export async function renderFile(options: RenderFileOptions): Promise<number> {
  const part = `${options.target}.part`;
  try {
    const gain = options.loudnessLufs === undefined ? undefined : await gainFor(options, options.loudnessLufs);
    await write(options, part, gain);
    await rename(part, options.target);
    await syncFolder(dirname(options.target));
    return (await stat(options.target)).size;
  } catch (error) {
    await rm(part, { force: true });
    throw fromDisk(error);
  }
}

/**
 * The factor that brings the file to the wanted loudness. What the limiter takes away is made up for: peaks of speech
 * stand so far above its loudness that at −18 LUFS it costs a decibel. Its cost is measured on a part of a long file.
 */
async function gainFor(options: RenderFileOptions, wantedLufs: number): Promise<number> {
  const { sampleRateHz } = options;
  const measured = await loudnessOf(pieces(options), sampleRateHz);
  if (!Number.isFinite(measured)) return 1;
  const excerptLufs = await loudnessOf(excerpts(options), sampleRateHz);
  let gainDb = wantedLufs - measured;
  for (let round = 0; round < correctionRounds && gainDb < mostGainDb; round++) {
    const limited = await loudnessOf(levelled(excerpts(options), { sampleRateHz, gain: factorOf(gainDb) }), sampleRateHz);
    const missingDb = wantedLufs - measured + excerptLufs - limited;
    if (!(Math.abs(missingDb) > toleranceDb)) break;
    gainDb += missingDb;
  }
  return factorOf(Math.min(mostGainDb, gainDb));
}

async function loudnessOf(chunks: AsyncIterable<Float32Array>, sampleRateHz: number): Promise<number> {
  const meter = createLoudnessMeter(sampleRateHz);
  for await (const chunk of chunks) meter.push(chunk);
  return meter.integratedLufs();
}

/** All of a short file, and a sixth of a long one, in stretches: blocks of the measurement are longer than the seam between two. */
async function* excerpts(options: RenderFileOptions): AsyncGenerator<Float32Array> {
  const seconds = (await totalBytes(options)) / 2 / options.sampleRateHz;
  const period = Math.max(1, Math.min(6, Math.round(seconds / wholeUntilSeconds)));
  yield* pieces(options, (number) => Math.floor(number / piecesInARow) % period === 0);
}

async function write(options: RenderFileOptions, path: string, gain: number | undefined): Promise<void> {
  const { format, sampleRateHz, bitrateBps, tags, signal, openFile = open } = options;
  const outputRateHz = outputRateFor({ format, sourceRateHz: sampleRateHz });
  const totalSamples = Math.round(((await totalBytes(options)) / 2) * (outputRateHz / sampleRateHz));
  const encoder = createEncoder({ format, inputRateHz: sampleRateHz, outputRateHz, bitrateBps });
  const clean = gain === undefined ? pieces(options) : levelled(pieces(options), { sampleRateHz, gain });
  const chunks = options.mark === undefined ? clean : marked(clean, await options.mark((await totalBytes(options)) / 2 / sampleRateHz));
  const file = await openFile(path, 'w');
  try {
    let bytes = 0;
    for await (const block of tagStream({ format, tags, totalSamples, bytes: encodeStream({ encoder, inputRateHz: sampleRateHz, chunks }) })) {
      signal.throwIfAborted();
      for (let at = 0; at < block.length; ) at += (await file.write(block, at, block.length - at)).bytesWritten;
      bytes += block.length;
      // Each of them is a few milliseconds of work; the audio of those who listen goes first.
      await nextTurn();
    }
    if (format === 'wav') await completeWav(file, { bytes, outputRateHz, tags });
    await file.sync();
  } finally {
    await file.close();
  }
}

type WritableFile = Awaited<ReturnType<OpenFile>>;

/** Now that the length is known it is written into the header, and the names behind the samples. */
async function completeWav(file: WritableFile, { bytes, outputRateHz, tags }: { bytes: number; outputRateHz: number; tags: AudioTags }): Promise<void> {
  const info = riffInfo(tags);
  if (bytes + info.length > largestWavBytes) return;
  const header = Buffer.from(finalisedWavHeader({ sampleRateHz: outputRateHz, fileBytes: bytes }));
  header.writeUInt32LE(bytes + info.length - 8, 4);
  await file.write(info, 0, info.length, bytes);
  await file.write(header, 0, header.length, 0);
}

async function* levelled(chunks: AsyncIterable<Float32Array>, { sampleRateHz, gain }: { sampleRateHz: number; gain: number }): AsyncGenerator<Float32Array> {
  const limiter = createLimiter({ sampleRateHz, gain, ceilingDb: peakCeilingDb });
  for await (const chunk of chunks) yield limiter.push(chunk);
  yield limiter.finish();
}

async function* pieces({ samples, signal, openFile = open }: RenderFileOptions, isWanted: (number: number) => boolean = () => true): AsyncGenerator<Float32Array> {
  let number = 0;
  for (const path of samples) {
    const file = await openFile(path, 'r');
    try {
      const { size } = await file.stat();
      // The journal keeps whole samples, so every piece holds whole ones.
      for (let at = 0; at < size; at += pieceBytes) {
        signal.throwIfAborted();
        if (!isWanted(number++)) continue;
        const piece = Buffer.allocUnsafe(Math.min(pieceBytes, size - at));
        for (let got = 0; got < piece.length; ) {
          const { bytesRead } = await file.read(piece, got, piece.length - got, at + got);
          if (bytesRead === 0) throw new RangeError('A file of samples became shorter while it was read.');
          got += bytesRead;
        }
        yield fromS16le(piece);
      }
    } finally {
      await file.close();
    }
  }
}

async function totalBytes({ samples }: RenderFileOptions): Promise<number> {
  const sizes = await Promise.all(samples.map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
