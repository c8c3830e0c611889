import { describe, expect, it } from 'vitest';
import { decodeText } from './decode-text.ts';

describe('the bytes of a text file', () => {
  it('are UTF-8, with or without a mark', () => {
    expect(decodeText(Buffer.from('Größe – naïve'), 'text')).toBe('Größe – naïve');
    expect(decodeText(Buffer.from('\uFEFFHello'), 'text')).toBe('Hello');
  });

  it('are UTF-16 where they begin with its mark', () => {
    expect(decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Größe', 'utf16le')]), 'text')).toBe('Größe');
    expect(decodeText(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from('Größe', 'utf16le').swap16()]), 'text')).toBe('Größe');
  });

  it('are Windows-1252 where they are not valid UTF-8', () => {
    expect(decodeText(Buffer.from([0x47, 0x72, 0xf6, 0xdf, 0x65, 0x93]), 'text')).toBe('Größe“');
  });

  it('are refused where they are no text', () => {
    expect(() => decodeText(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]), 'file')).toThrow(expect.objectContaining({ code: 'input_invalid', param: 'file' }));
    expect(() => decodeText(Buffer.from('ab\u0001\u0002\u0003cd'), 'file')).toThrow(/not text/);
  });

  it('may hold page breaks and terminal colours', () => {
    expect(decodeText(Buffer.from('one\ftwo\u001B[0m'), 'text')).toBe('one\ftwo\u001B[0m');
  });
});
