/** What sizes a Whisper model has, told by its weights. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import type { Ctranslate2Model } from './ctranslate2-file.ts';

const count = z.int().min(1).max(1_000_000);

export const whisperSpecSchema = z.object({
  /** Of the decoder. */
  layers: count,
  encoderLayers: count,
  /** Of every attention, in the encoder and the decoder. */
  heads: count,
  width: count,
  vocabularySize: count,
  melBins: count,
  /** The longest audio, in frames of 20 ms, and the longest text, in tokens. */
  maxFrames: count,
  maxTokens: count,
  multilingual: z.boolean(),
  /** Heads of the decoder whose cross-attention follows the sound, by layer. */
  alignmentHeads: z.array(z.tuple([z.int().min(0), z.int().min(0)]).readonly()).readonly(),
}).readonly();

export type WhisperSpec = z.infer<typeof whisperSpecSchema>;

/** English-only models lack the tokens of the other 98 languages. */
const multilingualVocabulary = 51_865;

/** `folder` holds the config.json beside the weights. Errors: model_file_invalid where it is not a Whisper that can be run. */
export async function readWhisperSpec(model: Ctranslate2Model, folder: string): Promise<WhisperSpec> {
  if (model.specification !== 'WhisperSpec' || model.revision !== 3) {
    throw invalid('model.bin is not a Whisper model of CTranslate2, or of another layout than revision 3.');
  }
  const [width = 0, melBins = 0] = model.dims('encoder/conv1/weight') ?? [];
  const [maxFrames = 0] = model.dims('encoder/position_encodings/encodings') ?? [];
  const [maxTokens = 0] = model.dims('decoder/position_encodings/encodings') ?? [];
  const [vocabularySize = 0] = model.dims('decoder/embeddings/weight') ?? [];
  const layers = countLayers(model, 'decoder');
  const heads = await model.integer('decoder/num_heads');
  const spec = whisperSpecSchema.safeParse({
    layers,
    encoderLayers: countLayers(model, 'encoder'),
    heads,
    width,
    vocabularySize,
    melBins,
    maxFrames,
    maxTokens,
    multilingual: vocabularySize >= multilingualVocabulary,
    alignmentHeads: await readAlignmentHeads(folder, { layers, heads }),
  });
  if (!spec.success || width % 32 !== 0 || width % heads !== 0 || (await model.integer('encoder/num_heads')) !== heads) {
    throw invalid('model.bin has sizes that no Whisper has.');
  }
  return spec.data;
}

function countLayers(model: Ctranslate2Model, part: 'encoder' | 'decoder'): number {
  let layers = 0;
  while (model.dims(`${part}/layer_${layers}/ffn/linear_0/weight`) !== undefined) layers++;
  return layers;
}

const configSchema = z.object({ alignment_heads: z.array(z.tuple([z.int().min(0), z.int().min(0)])).optional() });

/** Where nobody chose heads, those of the later half of the layers do, only less exactly. */
async function readAlignmentHeads(folder: string, size: { layers: number; heads: number }): Promise<readonly (readonly [number, number])[]> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  } catch (thrown) {
    throw invalid('config.json, which belongs beside model.bin, cannot be read.', thrown);
  }
  const given = configSchema.safeParse(parsed).data?.alignment_heads ?? [];
  const chosen = given.filter(([layer, head]) => layer < size.layers && head < size.heads);
  if (chosen.length > 0) return chosen.toSorted(([layerA, headA], [layerB, headB]) => layerA - layerB || headA - headB);
  const firstLayer = Math.floor(size.layers / 2);
  return Array.from({ length: (size.layers - firstLayer) * size.heads }, (_, i) => [firstLayer + Math.floor(i / size.heads), i % size.heads]);
}

function invalid(message: string, cause?: unknown): AntiphonError {
  return new AntiphonError('model_file_invalid', message, { cause });
}
