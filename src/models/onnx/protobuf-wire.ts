/**
 * Protocol Buffers at wire level: enough to walk and write ONNX files without a schema compiler and without copying.
 * Encoding: https://protobuf.dev/programming-guides/encoding/ (groups, wire types 3 and 4, are not used by ONNX).
 */
import { AntiphonError } from '../../errors.ts';

export type WireField = {
  readonly field: number;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wireType: 0 | 1 | 2 | 5;
  /** Value of a varint read as int64; 0 for the other types. Exact up to ±2⁵³. */
  readonly varint: number;
  /** View (no copy) of the payload of types 1, 2 and 5; empty for a varint. */
  readonly bytes: Uint8Array;
  /** View of the whole field with its tag, to be passed on as it is. */
  readonly whole: Uint8Array;
};

const nothing: Uint8Array = new Uint8Array(0);
const utf8 = new TextDecoder();
const utf8Encoder = new TextEncoder();

/** The fields of one message in file order. Errors: model_file_invalid where the bytes are no message. */
export function* wireFields(message: Uint8Array): Generator<WireField, void, undefined> {
  let at = 0;
  while (at < message.length) {
    const start = at;
    const tag = readVarint(message, at);
    const field = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    at = tag.next;
    let varint = 0;
    let bytes: Uint8Array = nothing;
    if (field < 1) throw damaged();
    if (wireType === 0) {
      ({ value: varint, next: at } = readVarint(message, at));
    } else if (wireType === 1 || wireType === 2 || wireType === 5) {
      let length = wireType === 1 ? 8 : 4;
      if (wireType === 2) ({ value: length, next: at } = readVarint(message, at));
      if (length < 0 || at + length > message.length) throw damaged();
      bytes = message.subarray(at, at + length);
      at += length;
    } else {
      throw damaged();
    }
    yield { field, wireType, varint, bytes, whole: message.subarray(start, at) };
  }
}

/** A repeated int64 field's values, packed (wire type 2) or not (0). */
export function int64Values(entry: WireField): number[] {
  if (entry.wireType === 0) return [entry.varint];
  const values: number[] = [];
  for (let at = 0; at < entry.bytes.length; ) {
    const read = readVarint(entry.bytes, at);
    values.push(read.value);
    at = read.next;
  }
  return values;
}

export function textOf(entry: WireField): string {
  return utf8.decode(entry.bytes);
}

/** A field holding an int64, an enum or a length. Negative values take ten bytes, as the encoding demands. */
export function varintField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varintBytes(field * 8), ...varintBytes(value)]);
}

export function floatField(field: number, value: number): Uint8Array {
  const out = new Uint8Array(5);
  out[0] = field * 8 + 5;
  new DataView(out.buffer).setFloat32(1, value, true);
  return out;
}

export function textField(field: number, text: string): Uint8Array {
  return joinBytes(bytesField(field, [utf8Encoder.encode(text)]));
}

/** A length-delimited field made of parts that are not copied: returns the header followed by the parts. */
export function bytesField(field: number, parts: readonly Uint8Array[]): Uint8Array[] {
  let length = 0;
  for (const part of parts) length += part.length;
  return [Uint8Array.from([...varintBytes(field * 8 + 2), ...varintBytes(length)]), ...parts];
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let at = start; at < bytes.length && at < start + 7; at++) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: at + 1 };
    scale *= 128;
  }
  // Eight bytes and more: beyond 2⁴⁹ or negative, rare enough for BigInt.
  let long = 0n;
  for (let at = start; at < bytes.length && at < start + 10; at++) {
    const byte = bytes[at]!;
    long |= BigInt(byte & 0x7f) << BigInt(7 * (at - start));
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, long)), next: at + 1 };
  }
  throw damaged();
}

function varintBytes(value: number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return out;
}

function damaged(): AntiphonError {
  return new AntiphonError('model_file_invalid', 'The model file is damaged or is not an ONNX file.');
}
