/** The bytes of a text file as text, whatever encoding it was saved in; what is no text is refused. */
import { AntiphonError } from '../errors.ts';

/** Share of control characters above which a file is no text. */
const maxControlShare = 0.02;

/**
 * UTF-8, UTF-16 where it begins with its mark, and Windows-1252 where it is not valid UTF-8 (old texts).
 * Errors: input_invalid, naming `param`, for what is not text.
 */
export function decodeText(bytes: Uint8Array, param: string): string {
  const text = decode(bytes);
  const controls = text.match(/[\u0000-\u0008\u000E-\u001A\u001C-\u001F\u007F]/gu)?.length ?? 0;
  if (text.includes('\u0000') || controls > text.length * maxControlShare) {
    throw new AntiphonError('input_invalid', `${param} is not text; give plain text or Markdown.`, { param });
  }
  return text;
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
