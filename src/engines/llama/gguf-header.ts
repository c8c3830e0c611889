/**
 * What a GGUF file says of itself, read without its weights: the format of llama.cpp's models.
 * Layout: ggml's docs/gguf.md, versions 2 and 3, little-endian.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { AntiphonError } from '../../errors.ts';

export type GgufHeader = {
  /** `llama`, `qwen3`, `bert`. */
  readonly architecture: string;
  /** Numbers in all of its tensors: the model's parameters. */
  readonly parameters: number;
  /** Tokens that it was trained on; 0 where it does not say. */
  readonly contextTokens: number;
  /** Bytes of what it remembers of one token; 0 where the header does not tell. */
  readonly bytesPerToken: number;
  /** Jinja; undefined where the file has none. */
  readonly chatTemplate: string | undefined;
  readonly fileBytes: number;
  readonly sampling: { readonly temperature: number | undefined; readonly topP: number | undefined };
};

type Value = number | string | boolean | undefined;

const magic = 0x46554747;
const defaultAlignment = 32;
/** More of anything is no header of a model but of something else. */
const maxEntries = 1_000_000;
const maxStringBytes = 64 * 1024 * 1024;
const stringType = 8;
const arrayType = 9;
/** Bytes of a scalar, by its type. */
const scalarBytes: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
/** Elements and bytes of a block, by ggml's tensor type. One that is not here leaves its file's length unchecked. */
const tensorBlocks: Readonly<Record<number, readonly [elements: number, bytes: number]>> = {
  0: [1, 4], 1: [1, 2], 2: [32, 18], 3: [32, 20], 6: [32, 22], 7: [32, 24], 8: [32, 34], 9: [32, 36], 10: [256, 84], 11: [256, 110], 12: [256, 144],
  13: [256, 176], 14: [256, 210], 15: [256, 292], 16: [256, 66], 17: [256, 74], 18: [256, 98], 19: [256, 50], 20: [32, 18], 21: [256, 110], 22: [256, 82],
  23: [256, 136], 24: [1, 1], 25: [1, 2], 26: [1, 4], 27: [1, 8], 28: [1, 8], 29: [256, 56], 30: [1, 2], 34: [256, 54], 35: [256, 66], 39: [32, 17],
};

/** Errors: model_file_invalid, with a reason that names no path, where it is no GGUF file or is cut off. */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await open(path, 'r').catch((cause: unknown) => { throw invalid('The file cannot be read.', cause); });
  try {
    const { size } = await file.stat();
    return await parseHeader(createReader(file, size), size);
  } finally {
    await file.close();
  }
}

async function parseHeader(reader: Reader, fileBytes: number): Promise<GgufHeader> {
  if (fileBytes < 24 || (await reader.uint32()) !== magic) throw invalid('It is no GGUF file.');
  const version = await reader.uint32();
  if (version !== 2 && version !== 3) throw invalid(`It is a GGUF file of version ${version}; versions 2 and 3 are read.`);
  const tensors = await reader.count();
  const entries = await reader.count();
  const values = new Map<string, Value>();
  for (let i = 0; i < entries; i++) values.set(await reader.text(), await reader.value());
  const { parameters, dataBytes } = await readTensors(reader, tensors);
  const alignment = numberOf(values, 'general.alignment') || defaultAlignment;
  const dataStart = Math.ceil(reader.position() / alignment) * alignment;
  if (dataBytes !== undefined && dataStart + dataBytes > fileBytes) throw invalid(`The file is cut off: ${fileBytes} of ${dataStart + dataBytes} bytes are here.`);
  return describe(values, { parameters, fileBytes });
}

function describe(values: ReadonlyMap<string, Value>, { parameters, fileBytes }: { parameters: number; fileBytes: number }): GgufHeader {
  const architecture = textOf(values, 'general.architecture') ?? '';
  const ofModel = (key: string): number => numberOf(values, `${architecture}.${key}`);
  const heads = ofModel('attention.head_count');
  const width = ofModel('embedding_length');
  const headWidth = heads === 0 ? 0 : width / heads;
  const keyWidth = ofModel('attention.key_length') || headWidth;
  const valueWidth = ofModel('attention.value_length') || headWidth;
  return {
    architecture,
    parameters,
    contextTokens: ofModel('context_length'),
    // Two bytes a number, keys and values of every layer.
    bytesPerToken: ofModel('block_count') * (ofModel('attention.head_count_kv') || heads) * (keyWidth + valueWidth) * 2,
    chatTemplate: textOf(values, 'tokenizer.chat_template'),
    fileBytes,
    sampling: { temperature: optionalNumber(values, 'general.sampling.temp'), topP: optionalNumber(values, 'general.sampling.top_p') },
  };
}

/** `dataBytes`: of all tensors together, undefined where one is of a type that is not known here. */
async function readTensors(reader: Reader, count: number): Promise<{ parameters: number; dataBytes: number | undefined }> {
  let parameters = 0;
  let dataBytes: number | undefined = 0;
  for (let i = 0; i < count; i++) {
    await reader.text();
    const dimensions = await reader.uint32();
    if (dimensions > 8) throw invalid('Its list of tensors is damaged.');
    let elements = 1;
    for (let d = 0; d < dimensions; d++) elements *= await reader.uint64();
    const block = tensorBlocks[await reader.uint32()];
    const offset = await reader.uint64();
    parameters += elements;
    dataBytes = block === undefined || dataBytes === undefined ? undefined : Math.max(dataBytes, offset + (elements / block[0]) * block[1]);
  }
  return { parameters, dataBytes };
}

type Reader = ReturnType<typeof createReader>;

/** Reads on from the file's start, in pieces, so that lists of a hundred thousand words pass without being kept. */
function createReader(file: FileHandle, fileBytes: number) {
  const pieceBytes = 1 << 18;
  let piece = Buffer.alloc(0);
  let pieceStart = 0;
  let at = 0;

  /** The next bytes, which must not be more than a piece holds after it was filled anew. */
  async function take(bytes: number): Promise<Buffer> {
    if (at + bytes > fileBytes) throw invalid('The file is cut off within its header.');
    if (at < pieceStart || at + bytes > pieceStart + piece.length) {
      const wanted = Math.min(Math.max(pieceBytes, bytes), fileBytes - at);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, at);
      if (bytesRead < bytes) throw invalid('The file is cut off within its header.');
      [piece, pieceStart] = [buffer.subarray(0, bytesRead), at];
    }
    at += bytes;
    return piece.subarray(at - bytes - pieceStart, at - pieceStart);
  }

  const uint32 = async (): Promise<number> => (await take(4)).readUInt32LE();
  const uint64 = async (): Promise<number> => Number((await take(8)).readBigUInt64LE());

  async function count(): Promise<number> {
    const number = await uint64();
    if (number > maxEntries) throw invalid('Its header is damaged.');
    return number;
  }

  async function text(): Promise<string> {
    const bytes = await uint64();
    if (bytes > maxStringBytes) throw invalid('Its header is damaged.');
    return (await take(bytes)).toString('utf8');
  }

  async function scalar(type: number): Promise<Value> {
    const bytes = scalarBytes[type];
    if (bytes === undefined) throw invalid(`Its header has a value of the unknown type ${type}.`);
    const raw = await take(bytes);
    switch (type) {
      case 0: return raw.readUInt8();
      case 1: return raw.readInt8();
      case 2: return raw.readUInt16LE();
      case 3: return raw.readInt16LE();
      case 4: return raw.readUInt32LE();
      case 5: return raw.readInt32LE();
      case 6: return raw.readFloatLE();
      case 7: return raw.readUInt8() !== 0;
      case 10: return Number(raw.readBigUInt64LE());
      case 11: return Number(raw.readBigInt64LE());
      default: return raw.readDoubleLE();
    }
  }

  /** Of a list its first number, of which layers may differ a little; what lists of words hold is not kept. */
  async function list(): Promise<Value> {
    const type = await uint32();
    const length = await count();
    let first: Value;
    for (let i = 0; i < length; i++) {
      const item = type === stringType ? await text() : await scalar(type);
      if (i === 0 && type !== stringType) first = item;
    }
    return first;
  }

  return {
    uint32,
    uint64,
    count,
    text,
    value: async (): Promise<Value> => {
      const type = await uint32();
      if (type === stringType) return text();
      return type === arrayType ? list() : scalar(type);
    },
    position: (): number => at,
  };
}

function textOf(values: ReadonlyMap<string, Value>, key: string): string | undefined {
  const value = values.get(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function optionalNumber(values: ReadonlyMap<string, Value>, key: string): number | undefined {
  const value = values.get(key);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function numberOf(values: ReadonlyMap<string, Value>, key: string): number {
  return optionalNumber(values, key) ?? 0;
}

function invalid(reason: string, cause?: unknown): AntiphonError {
  return new AntiphonError('model_file_invalid', reason, { param: 'model', cause });
}
