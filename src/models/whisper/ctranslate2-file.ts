/**
 * Reads the model.bin of a CTranslate2 folder (what faster-whisper loads), binary version 6: a header, then every
 * weight with its name, shape and bytes, then other names for some of them. Only the index is kept; weights are read
 * from the file when they are asked for.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { AntiphonError } from '../../errors.ts';
import { fromHalfFloats } from '../onnx/half-float.ts';

export type Ctranslate2Model = {
  /** The architecture's name, `WhisperSpec`, and the version of its layout. */
  readonly specification: string;
  readonly revision: number;
  /** Sizes of a weight; [] for a single number; undefined where there is none of that name. */
  dims(name: string): readonly number[] | undefined;
  /**
   * The weight as floats, whatever it is stored as (8 bits with a scale for each row, too).
   * Errors: model_file_invalid, also where it does not have so many `elements`.
   */
  floats(name: string, elements: number): Promise<Float32Array>;
  /** A single whole number. Errors: model_file_invalid. */
  integer(name: string): Promise<number>;
  close(): Promise<void>;
};

type StoredType = 'float32' | 'int8' | 'int16' | 'int32' | 'float16' | 'bfloat16';

type Entry = { readonly dims: readonly number[]; readonly type: StoredType; readonly offset: number; readonly bytes: number };

const binaryVersion = 6;
const storedTypes: readonly StoredType[] = ['float32', 'int8', 'int16', 'int32', 'float16', 'bfloat16'];
const elementBytes: Readonly<Record<StoredType, number>> = { float32: 4, int8: 1, int16: 2, int32: 4, float16: 2, bfloat16: 2 };
/** The largest Whisper has 1,260 weights of 4 sizes at most; far more than that is not a model. */
const limits = { weights: 20_000, nameBytes: 1024, rank: 5 };

/** Errors: model_file_invalid where the file is cut off, of another kind, or says of itself what cannot be. */
export async function openCtranslate2Model(path: string): Promise<Ctranslate2Model> {
  const file = await open(path, 'r').catch((thrown: unknown) => {
    throw invalid('model.bin cannot be opened.', thrown);
  });
  try {
    const index = await readIndex(file);
    return modelOf(file, index);
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

type Index = { readonly specification: string; readonly revision: number; readonly entries: ReadonlyMap<string, Entry> };

async function readIndex(file: FileHandle): Promise<Index> {
  const cursor = createCursor(file, (await file.stat()).size);
  const version = await cursor.integer(4);
  if (version !== binaryVersion) throw invalid(`model.bin is not a CTranslate2 model of binary version ${binaryVersion}; convert it anew with a current CTranslate2.`);
  const specification = await cursor.text();
  const revision = await cursor.integer(4);
  const weights = await cursor.integer(4);
  if (weights > limits.weights) throw damaged();
  const entries = new Map<string, Entry>();
  for (let i = 0; i < weights; i++) {
    const name = await cursor.text();
    const rank = await cursor.integer(1);
    if (rank > limits.rank) throw damaged();
    const dims: number[] = [];
    for (let axis = 0; axis < rank; axis++) dims.push(await cursor.integer(4));
    const type = storedTypes[await cursor.integer(1)];
    const bytes = await cursor.integer(4);
    if (type === undefined || dims.reduce((product, dim) => product * dim, elementBytes[type]) !== bytes) throw damaged();
    entries.set(name, { dims, type, bytes, offset: cursor.skip(bytes) });
  }
  const aliases = await cursor.integer(4);
  if (aliases > limits.weights) throw damaged();
  for (let i = 0; i < aliases; i++) {
    const alias = await cursor.text();
    const entry = entries.get(await cursor.text());
    if (entry === undefined) throw damaged();
    entries.set(alias, entry);
  }
  return { specification, revision, entries };
}

type Cursor = {
  /** Little-endian, unsigned. */
  integer(bytes: 1 | 2 | 4): Promise<number>;
  /** Length in two bytes, with a zero at the end. */
  text(): Promise<string>;
  /** Goes past so many bytes and gives where they begin. */
  skip(bytes: number): number;
};

/** Headers are small and weights large: one short read for every name, and none of what lies between. */
function createCursor(file: FileHandle, fileBytes: number): Cursor {
  const window = Buffer.alloc(4096);
  let [windowStart, windowEnd, at] = [0, 0, 0];

  async function take(bytes: number): Promise<Buffer> {
    if (at + bytes > fileBytes) throw damaged();
    if (at < windowStart || at + bytes > windowEnd) {
      const { bytesRead } = await file.read(window, 0, window.length, at);
      [windowStart, windowEnd] = [at, at + bytesRead];
      if (bytesRead < bytes) throw damaged();
    }
    const start = at - windowStart;
    at += bytes;
    return window.subarray(start, start + bytes);
  }

  return {
    integer: async (bytes) => (await take(bytes)).readUIntLE(0, bytes),
    async text() {
      const length = (await take(2)).readUInt16LE(0);
      if (length < 1 || length > limits.nameBytes) throw damaged();
      return (await take(length)).toString('utf8', 0, length - 1);
    },
    skip(bytes) {
      if (at + bytes > fileBytes) throw damaged();
      at += bytes;
      return at - bytes;
    },
  };
}

function modelOf(file: FileHandle, { specification, revision, entries }: Index): Ctranslate2Model {
  function find(name: string): Entry {
    const entry = entries.get(name);
    if (entry === undefined) throw invalid(`model.bin has no weight ${name}.`);
    return entry;
  }

  async function read(entry: Entry): Promise<Float32Array> {
    const raw = new Uint8Array(entry.bytes);
    for (let got = 0; got < raw.length; ) {
      const { bytesRead } = await file.read(raw, got, raw.length - got, entry.offset + got);
      if (bytesRead === 0) throw damaged();
      got += bytesRead;
    }
    return toFloats(raw.buffer, entry.type);
  }

  return {
    specification,
    revision,
    dims: (name) => entries.get(name)?.dims,
    async floats(name, elements) {
      const entry = find(name);
      if (entry.bytes !== elements * elementBytes[entry.type]) throw invalid(`model.bin has a weight ${name} of another size than its model has.`);
      const values = await read(entry);
      const scaleEntry = entries.get(`${name}_scale`);
      if (entry.type !== 'int8' && entry.type !== 'int16') return values;
      if (scaleEntry === undefined) throw invalid(`model.bin has no scale for the weight ${name}.`);
      return divideRows(values, await read(scaleEntry));
    },
    async integer(name) {
      const [value] = await read(find(name));
      if (value === undefined || !Number.isInteger(value)) throw damaged();
      return value;
    },
    close: () => file.close(),
  };
}

/** Whole numbers were made by multiplying with the scale: one for each row (8 bits) or one for all (16 bits). */
function divideRows(values: Float32Array, scales: Float32Array): Float32Array {
  const rowLength = values.length / scales.length;
  if (!Number.isInteger(rowLength)) throw damaged();
  for (let row = 0; row < scales.length; row++) {
    const scale = scales[row]!;
    for (let i = row * rowLength; i < (row + 1) * rowLength; i++) values[i] = values[i]! / scale;
  }
  return values;
}

let halfValues: Float32Array | undefined;

function toFloats(raw: ArrayBuffer, type: StoredType): Float32Array {
  if (type === 'float32') return new Float32Array(raw);
  if (type === 'int8') return Float32Array.from(new Int8Array(raw));
  if (type === 'int16') return Float32Array.from(new Int16Array(raw));
  if (type === 'int32') return Float32Array.from(new Int32Array(raw));
  const bits = new Uint16Array(raw);
  if (type === 'bfloat16') return new Float32Array(Uint32Array.from(bits, (high) => high * 65_536).buffer);
  // Models have a hundred million of them: looked up, it takes a tenth of the time.
  halfValues ??= fromHalfFloats(Uint16Array.from({ length: 65_536 }, (_, half) => half));
  const table = halfValues;
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]!]!;
  return out;
}

function damaged(): AntiphonError {
  return invalid('model.bin is damaged or is not a CTranslate2 model; fetch it again.');
}

function invalid(message: string, cause?: unknown): AntiphonError {
  return new AntiphonError('model_file_invalid', message, { cause });
}
