/** XML as a sequence of tags and text, each with its place in the source; strict, without DOCTYPE, linear in the length. */
import { SaxesParser } from 'saxes';
import { AntiphonError } from '../../errors.ts';
import { alignedText, joinAligned, sliceAligned, standingFor, type AlignedText, type Span } from '../aligned-text.ts';

/** A tag; `start` is its `<`, `end` is behind its `>`. */
export type XmlTag = Span & { readonly name: string; readonly attributes: Readonly<Record<string, string>> };

export type XmlHandlers = {
  readonly open: (tag: XmlTag) => void;
  /** Follows `open` at once for `<break/>`; then its span is empty. */
  readonly close: (tag: Span & { readonly name: string }) => void;
  /** Text inside of the root, entities and CDATA resolved; each character points at the stretch that stands for it. */
  readonly text: (text: AlignedText) => void;
};

export type XmlLimits = { readonly param: string; readonly maxCharacters: number; readonly maxDepth: number };

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const cdataOpen = '<![CDATA[';

/** Errors: input_too_long; input_invalid with line and column for all that is not well-formed, DOCTYPE, or too deep. */
export function readXml(source: string, handlers: XmlHandlers, { param, maxCharacters, maxDepth }: XmlLimits): void {
  if (source.length > maxCharacters) {
    throw new AntiphonError('input_too_long', `The document has ${source.length} characters; the limit is ${maxCharacters}.`, { param });
  }
  const whole = alignedText(source);
  const parser = new SaxesParser({ position: true, xmlns: false } as const);
  const fail = (offset: number, problem: string): never => {
    throw problemAt(source, offset, problem, param);
  };
  // The parser takes a lone surrogate and the sign behind it, be it & or <, for one character.
  const lone = source.search(/\p{Cs}/u);
  if (lone >= 0) fail(lone, 'half of a character stands alone; the text was cut inside of it');
  let depth = 0;
  let markupEnd = 0;
  let tagStart = 0;

  parser.on('error', (error) => fail(parser.position - 1, `this is not well-formed XML (${reasonOf(error)}); every tag must be closed, every attribute quoted, and & written &amp;`));
  parser.on('doctype', () => fail(parser.position - 1, 'a DOCTYPE is not supported; remove it'));
  parser.on('xmldecl', () => (markupEnd = parser.position));
  parser.on('processinginstruction', () => (markupEnd = parser.position));
  // Fires at the second hyphen of its end: the `>` is one further.
  parser.on('comment', () => (markupEnd = parser.position + 1));
  parser.on('text', () => {
    const run = { start: markupEnd, end: parser.position - 1 };
    if (depth > 0 && run.end > run.start) handlers.text(resolveEntities(whole, run));
  });
  parser.on('cdata', () => {
    const end = parser.position - 3;
    handlers.text(sliceAligned(whole, source.indexOf(cdataOpen, markupEnd) + cdataOpen.length, end));
    markupEnd = parser.position;
  });
  parser.on('opentagstart', () => {
    tagStart = source.lastIndexOf('<', parser.position - 1);
    if (++depth > maxDepth) fail(tagStart, `tags are nested deeper than ${maxDepth}`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    markupEnd = parser.position;
    handlers.open({ name, attributes, start: tagStart, end: markupEnd });
  });
  parser.on('closetag', ({ name, isSelfClosing }) => {
    const end = parser.position;
    const start = isSelfClosing ? end : source.lastIndexOf('<', end - 1);
    // Another tag's end closes this one too; the parser reports it a moment later.
    if (!isSelfClosing && !source.startsWith(name, start + 2)) return;
    depth--;
    handlers.close({ name, start, end });
    markupEnd = end;
  });
  parser.write(source).close();
}

/** An error that begins with the place: "Line 2, column 14: …"; columns count characters from 1. */
export function problemAt(source: string, offset: number, problem: string, param: string): AntiphonError {
  const before = source.slice(0, Math.max(0, Math.min(offset, source.length)));
  const lines = before.split(/\r\n?|\n/u);
  return new AntiphonError('input_invalid', `Line ${lines.length}, column ${Array.from(lines.at(-1)!).length + 1}: ${problem}.`, { param });
}

/** A name from the document, where it may be shown. */
export function shownName(name: string): string {
  return /^[\w:.-]{1,40}$/u.test(name) ? name : '…';
}

/** The parser's own words, without its position and the names it quotes. */
function reasonOf(error: Error): string {
  return error.message.replace(/^\d+:\d+: /u, '').replace(/:.*$/su, '').replace(/\.$/u, '');
}

/** The parser has seen to it that they are well-formed; it does not say where the resolved text came from. */
function resolveEntities(whole: AlignedText, { start, end }: Span): AlignedText {
  const parts: AlignedText[] = [];
  let done = start;
  for (;;) {
    const at = whole.text.indexOf('&', done);
    if (at < 0 || at >= end) break;
    const behind = whole.text.indexOf(';', at) + 1;
    const name = whole.text.slice(at + 1, behind - 1);
    const text = name.startsWith('#') ? String.fromCodePoint(Number(name.replace(/^#x?/iu, (mark) => (mark.length > 1 ? '0x' : '')))) : entities[name]!;
    parts.push(sliceAligned(whole, done, at), standingFor(text, { start: at, end: behind }));
    done = behind;
  }
  const rest = sliceAligned(whole, done, end);
  return parts.length === 0 ? rest : joinAligned([...parts, rest]);
}
