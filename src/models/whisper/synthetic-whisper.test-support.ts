/** Makes small Whisper models in CTranslate2's format, for tests that need no download. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type StoredAs = 'float32' | 'float16' | 'int8';

/** A weight as it lies in the file. */
export type Ctranslate2Weight = {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | Int8Array | Int16Array | Int32Array | Uint16Array;
  /** Default: by the class of `data`, 16-bit patterns as float16. */
  readonly type?: number;
};

export function ctranslate2Bytes(options: {
  weights: readonly Ctranslate2Weight[];
  aliases?: Readonly<Record<string, string>>;
  specification?: string;
  revision?: number;
  version?: number;
}): Buffer {
  const { weights, aliases = {}, specification = 'WhisperSpec', revision = 3, version = 6 } = options;
  return Buffer.concat([
    unsigned(version),
    text(specification),
    unsigned(revision),
    unsigned(weights.length),
    ...weights.flatMap(({ name, dims, data, type }) => [
      text(name),
      Buffer.of(dims.length),
      ...dims.map(unsigned),
      Buffer.of(type ?? typeOf(data)),
      unsigned(data.byteLength),
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ]),
    unsigned(Object.keys(aliases).length),
    ...Object.entries(aliases).flatMap(([alias, name]) => [text(alias), text(name)]),
  ]);
}

function typeOf(data: Ctranslate2Weight['data']): number {
  if (data instanceof Float32Array) return 0;
  if (data instanceof Int8Array) return 1;
  if (data instanceof Int16Array) return 2;
  return data instanceof Int32Array ? 3 : 4;
}

function unsigned(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(`${value}\0`);
  return Buffer.concat([Buffer.of(bytes.length & 0xff, bytes.length >> 8), bytes]);
}

export type SyntheticSize = {
  readonly layers: number;
  readonly encoderLayers: number;
  readonly heads: number;
  readonly width: number;
  readonly melBins: number;
  readonly vocabularySize: number;
  readonly maxFrames: number;
  readonly maxTokens: number;
};

/** Weights by name, for a reference computation in floats. */
export type SyntheticWhisper = { readonly size: SyntheticSize; readonly weights: ReadonlyMap<string, { readonly dims: readonly number[]; readonly data: Float32Array }> };

export const syntheticSize: SyntheticSize = { layers: 2, encoderLayers: 3, heads: 2, width: 64, melBins: 80, vocabularySize: 96, maxFrames: 40, maxTokens: 24 };

/** Weights from a seed; those of products are such that 8 bits hold them exactly, so that only the other side is rounded. */
export function syntheticWhisper(size: SyntheticSize = syntheticSize): SyntheticWhisper {
  const random = seeded(7);
  const weights = new Map<string, { dims: readonly number[]; data: Float32Array }>();
  const add = (name: string, dims: readonly number[], value: (i: number) => number): void => {
    weights.set(name, { dims, data: Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, (_, i) => value(i)) });
  };
  const linear = (name: string, rows: number, columns: number): void => {
    const step = 0.25 / 63 / Math.sqrt(columns / 64);
    // One of every 32 is the largest there is, so that every block and row has the same scale.
    add(`${name}/weight`, [rows, columns], (i) => step * (i % 32 === 0 ? 63 * Math.sign(random()) : Math.round(random() * 63)));
    add(`${name}/bias`, [rows], () => random() * 0.2);
  };
  const norm = (name: string): void => {
    add(`${name}/gamma`, [size.width], () => 1 + random() * 0.3);
    add(`${name}/beta`, [size.width], () => random() * 0.2);
  };
  const { width } = size;
  add('encoder/conv1/weight', [width, size.melBins, 3], () => random() * 0.1);
  add('encoder/conv1/bias', [width], () => random() * 0.1);
  add('encoder/conv2/weight', [width, width, 3], () => random() * 0.15);
  add('encoder/conv2/bias', [width], () => random() * 0.1);
  add('encoder/position_encodings/encodings', [size.maxFrames, width], () => random());
  for (const [part, layers] of [['encoder', size.encoderLayers], ['decoder', size.layers]] as const) {
    for (let layer = 0; layer < layers; layer++) {
      const name = `${part}/layer_${layer}`;
      norm(`${name}/self_attention/layer_norm`);
      linear(`${name}/self_attention/linear_0`, 3 * width, width);
      linear(`${name}/self_attention/linear_1`, width, width);
      norm(`${name}/ffn/layer_norm`);
      linear(`${name}/ffn/linear_0`, 4 * width, width);
      linear(`${name}/ffn/linear_1`, width, 4 * width);
      if (part === 'encoder') continue;
      norm(`${name}/attention/layer_norm`);
      linear(`${name}/attention/linear_0`, width, width);
      linear(`${name}/attention/linear_1`, 2 * width, width);
      linear(`${name}/attention/linear_2`, width, width);
    }
    norm(`${part}/layer_norm`);
    add(`${part}/num_heads`, [], () => size.heads);
  }
  linear('decoder/embeddings', size.vocabularySize, width);
  weights.delete('decoder/embeddings/bias');
  add('decoder/position_encodings/encodings', [size.maxTokens, width], () => random() * 0.5);
  return { size, weights };
}

/** Writes model.bin and config.json. 8 bits as CTranslate2 stores them: weights of products with a scale a row. */
export async function writeSyntheticWhisper(folder: string, options: { model?: SyntheticWhisper; storedAs?: StoredAs; config?: unknown } = {}): Promise<SyntheticWhisper> {
  const { model = syntheticWhisper(), storedAs = 'float32', config = { alignment_heads: [[1, 1], [0, 0]] } } = options;
  const weights = [...model.weights].flatMap(([name, { dims, data }]): Ctranslate2Weight[] => {
    if (name.endsWith('/num_heads')) return [{ name, dims, data: Int16Array.from(data) }];
    if (storedAs === 'int8' && name.endsWith('/weight')) return inEightBits({ name, dims, data });
    return [{ name, dims, data: storedAs === 'float16' ? halfBits(data) : data }];
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.bin'), ctranslate2Bytes({ weights, aliases: { 'decoder/projection/weight': 'decoder/embeddings/weight' } }));
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return model;
}

function inEightBits({ name, dims, data }: { name: string; dims: readonly number[]; data: Float32Array }): Ctranslate2Weight[] {
  const rows = dims[0]!;
  const columns = data.length / rows;
  const scales = Float32Array.from({ length: rows }, (_, row) => 127 / Math.max(...data.subarray(row * columns, (row + 1) * columns).map(Math.abs)));
  const values = Int8Array.from(data, (value, i) => Math.round(value * scales[Math.floor(i / columns)]!));
  return [{ name, dims, data: values }, { name: `${name}_scale`, dims: [rows], data: scales }];
}

/** Bits of the nearest halves; enough for normal numbers. */
function halfBits(data: Float32Array): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return Uint16Array.from(bits, (single, i) => {
    if (Math.abs(data[i]!) < 2 ** -14) return 0;
    return ((single >>> 16) & 0x8000) | (((single & 0x7fffffff) - (112 << 23) + 0x1000) >>> 13);
  });
}

/** −1…1, the same at every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
