/** Turns a CTranslate2 folder of Whisper into a folder of ONNX graphs that the runtime loads. */
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { asDiskFull } from '../free-space.ts';
import { openCtranslate2Model } from './ctranslate2-file.ts';
import { writeWhisperDecoder } from './whisper-decoder-graph.ts';
import { writeWhisperEncoder } from './whisper-encoder-graph.ts';
import { readWhisperSpec, whisperSpecSchema } from './whisper-spec.ts';

/** Raised with every change of the graphs or their inputs: older folders are then written anew. */
const converterVersion = 3;

/** Names in a folder of graphs. */
export const whisperGraphFiles = { encoder: 'encoder.onnx', decoder: 'decoder.onnx', description: 'whisper.json' } as const;

const descriptionSchema = z.object({
  converterVersion: z.int(),
  /** The model.bin it was made of, to tell when another has taken its place. */
  source: z.object({ bytes: z.number(), modifiedMs: z.number() }).readonly(),
  spec: whisperSpecSchema,
}).readonly();

export type WhisperGraphs = z.infer<typeof descriptionSchema>;

/**
 * Writes encoder.onnx, decoder.onnx and whisper.json into `target`, in place of what is there, whole or not at all.
 * `folder` holds model.bin and config.json. One call at a time for one target. Takes seconds and a core.
 * Errors: model_file_invalid, disk_full, the signal's reason.
 */
export async function convertWhisper(options: { folder: string; target: string; signal: AbortSignal }): Promise<void> {
  const { folder, target, signal } = options;
  signal.throwIfAborted();
  const part = `${target}.part`;
  const model = await openCtranslate2Model(join(folder, 'model.bin'));
  try {
    const source = await sourceOf(folder);
    const spec = await readWhisperSpec(model, folder);
    await rm(part, { recursive: true, force: true });
    await mkdir(dirname(part), { recursive: true });
    await mkdir(part);
    await writeParts(join(part, whisperGraphFiles.encoder), await writeWhisperEncoder({ model, spec, signal }), signal);
    await writeParts(join(part, whisperGraphFiles.decoder), await writeWhisperDecoder({ model, spec, signal }), signal);
    const description: WhisperGraphs = { converterVersion, source, spec };
    await writeFile(join(part, whisperGraphFiles.description), `${JSON.stringify(description, null, 2)}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(part, target);
  } catch (thrown) {
    await rm(part, { recursive: true, force: true });
    throw asDiskFull(thrown, 'the graphs of a Whisper model');
  } finally {
    await model.close();
  }
}

/** True where `target` holds graphs of this converter, made of the model.bin that lies in `folder` now. */
export async function areWhisperGraphsCurrent({ folder, target }: { folder: string; target: string }): Promise<boolean> {
  try {
    const [graphs, source] = await Promise.all([readWhisperGraphs(target), sourceOf(folder)]);
    return graphs.source.bytes === source.bytes && graphs.source.modifiedMs === source.modifiedMs;
  } catch {
    return false;
  }
}

/** Errors: model_file_invalid where the folder holds no graphs, or those of another version. */
export async function readWhisperGraphs(target: string): Promise<WhisperGraphs> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(join(target, whisperGraphFiles.description), 'utf8'));
  } catch (thrown) {
    throw new AntiphonError('model_file_invalid', 'The folder holds no graphs of a Whisper model.', { cause: thrown });
  }
  const graphs = descriptionSchema.safeParse(parsed);
  if (graphs.success && graphs.data.converterVersion === converterVersion) return graphs.data;
  throw new AntiphonError('model_file_invalid', 'The graphs of this Whisper model are of another version and have to be written anew.');
}

async function sourceOf(folder: string): Promise<WhisperGraphs['source']> {
  const { size, mtimeMs } = await stat(join(folder, 'model.bin'));
  return { bytes: size, modifiedMs: Math.round(mtimeMs) };
}

async function writeParts(path: string, parts: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const part of parts) {
      signal.throwIfAborted();
      await file.writeFile(part);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
