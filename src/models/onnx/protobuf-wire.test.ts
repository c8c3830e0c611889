import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesField, int64Values, joinBytes, textField, textOf, varintField, wireFields } from './protobuf-wire.ts';

describe('protobuf wire format', () => {
  it('reads back every integer it writes, negative ones as ten bytes', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 500 }), (value, field) => {
        const [entry] = [...wireFields(varintField(field, value))];
        expect(entry).toMatchObject({ field, wireType: 0, varint: value });
      }),
    );
    expect(varintField(1, -1).length).toBe(11);
    expect([...varintField(1, 300)]).toEqual([0x08, 0xac, 0x02]);
  });

  it('gives views on the input, not copies', () => {
    const message = joinBytes([textField(3, 'héllo'), ...bytesField(4, [Uint8Array.of(1, 2), Uint8Array.of(3)])]);
    const [text, bytes] = [...wireFields(message)];
    expect(textOf(text!)).toBe('héllo');
    expect([...bytes!.bytes]).toEqual([1, 2, 3]);
    expect(bytes!.bytes.buffer).toBe(message.buffer);
    expect(joinBytes([text!.whole, bytes!.whole])).toEqual(message);
  });

  it('reads repeated integers packed or not', () => {
    const packed = joinBytes(bytesField(8, [Uint8Array.of(0x05, 0xac, 0x02)]));
    expect([...wireFields(packed)].flatMap(int64Values)).toEqual([5, 300]);
    expect([...wireFields(joinBytes([varintField(8, 5), varintField(8, -2)]))].flatMap(int64Values)).toEqual([5, -2]);
  });

  it('never fails in another way than model_file_invalid on foreign bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          for (const entry of wireFields(bytes)) expect(entry.field).toBeGreaterThan(0);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'model_file_invalid' });
        }
      }),
    );
  });
});
