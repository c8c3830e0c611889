/** Marks inside of lines: emphasis, code, links, images, tags, notes, escapes. One pass, and every look ahead is bounded. */
import { joinAligned, sliceAligned, sourceSpan, standingFor } from '../aligned-text.ts';
import type { AlignedText, Span } from '../aligned-text.ts';

/** Cut out `start`…`end` of the text, with `said` in its place. */
type Edit = Span & { readonly said: string };
type Open = { readonly at: number; readonly isImage: boolean };
/** What the scan carries along: marks that may still be closed. */
type Scan = {
  readonly text: string;
  readonly edits: Edit[];
  readonly references: ReadonlySet<string>;
  /** Latest open mark of emphasis, by its characters. */
  emphasis: Map<string, Span>;
  /** Brackets open so far. */
  brackets: Open[];
  readonly lastCommentEnd: number;
};

const maxTarget = 2000;
const blockTags = 'p|div|li|ul|ol|h[1-6]|tr|table|thead|tbody|hr|blockquote|pre|details|summary|section|article|header|footer|main|nav|center|dl|dt|dd|figure|figcaption';
const inlineTags = 'b|i|em|strong|u|s|a|code|span|sub|sup|mark|small|big|del|ins|kbd|samp|var|abbr|cite|q|td|th|font|picture|source|video|audio|img|br|wbr|tt|strike';
const tag = new RegExp(String.raw`<(\/?)(${blockTags}|${inlineTags})((?:\s[^<>]{0,600})?)\/?>`, 'iuy');
const autolink = /<((?:https?:\/\/|mailto:)[^\s<>]{1,400}|[\w.+-]{1,64}@[\w.-]{1,100})>/iuy;
const entity = /&(amp|lt|gt|quot|apos|nbsp|ndash|mdash|hellip|copy|reg|trade|times|deg|euro|pound|#\d{2,6}|#x[\da-f]{2,6});/iuy;
const entities: Readonly<Record<string, string>> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', ndash: '–', mdash: '—', hellip: '…', copy: '©', reg: '®', trade: '™', times: '×', deg: '°', euro: '€', pound: '£',
};
const special = /[*_~`[\]!<&\\\n]/gu;

export function readInline(aligned: AlignedText, { verbatim, references }: { verbatim: readonly Span[]; references: ReadonlySet<string> }): AlignedText {
  const { text } = aligned;
  const scan: Scan = { text, edits: [], references, emphasis: new Map(), brackets: [], lastCommentEnd: text.lastIndexOf('-->') };
  let code = 0;
  for (let at = nextSpecial(text, 0); at < text.length; ) {
    while (code < verbatim.length && verbatim[code]!.end <= at) code++;
    const block = verbatim[code];
    const isCode = block !== undefined && at >= block.start;
    const next = isCode ? block.end : readMark(scan, at);
    at = nextSpecial(text, Math.max(next, at + 1));
  }
  return apply(aligned, scan.edits);
}

function nextSpecial(text: string, from: number): number {
  special.lastIndex = from;
  return special.exec(text)?.index ?? text.length;
}

/** Reads what begins at `at`; gives where to go on. */
function readMark(scan: Scan, at: number): number {
  const { text, edits } = scan;
  switch (text[at]) {
    case '\n':
      if (text[at + 1] === '\n') {
        scan.emphasis = new Map();
        scan.brackets = [];
      }
      return at + 1;
    case '\\':
      if (/[*_`#[\]~>|<]/u.test(text[at + 1] ?? '')) {
        edits.push({ start: at, end: at + 1, said: '' });
        return at + 2;
      }
      return at + 1;
    case '`':
      return readCode(scan, at);
    case '*':
    case '_':
    case '~':
      return readEmphasis(scan, at);
    case '!':
      if (text[at + 1] === '[') scan.brackets.push({ at, isImage: true });
      return text[at + 1] === '[' ? at + 2 : at + 1;
    case '[':
      return openBracket(scan, at);
    case ']':
      return closeBracket(scan, at);
    case '<':
      return readTag(scan, at);
    case '&':
      return readEntity(scan, at);
    default:
      return at + 1;
  }
}

/** A span of code ends with as many backticks as it began with, in the same line or one of the next few. */
function readCode({ text, edits }: Scan, at: number): number {
  const mark = runAt(text, at);
  const ahead = text.slice(at + mark, at + mark + maxTarget);
  for (let i = ahead.indexOf('`'); i !== -1; ) {
    const length = runAt(ahead, i);
    if (length === mark) {
      if (ahead.slice(0, i).includes('\n\n')) break;
      edits.push({ start: at, end: at + mark, said: '' }, { start: at + mark + i, end: at + mark + i + length, said: '' });
      return at + mark + i + length;
    }
    i = ahead.indexOf('`', i + length);
  }
  // Unmatched: another of its kind cannot be matched before the same place, so what follows is text.
  return at + mark;
}

function runAt(text: string, at: number): number {
  let end = at;
  while (text[end] === text[at]) end++;
  return end - at;
}

const wordChar = /[\p{L}\p{N}]/u;

/** `*`, `**`, `***`, `_`, `__`, `~~`: removed in pairs that stand at the edges of words. */
function readEmphasis({ text, edits, emphasis }: Scan, at: number): number {
  const length = runAt(text, at);
  const end = at + length;
  const char = text[at]!;
  if (length > 3 || (char === '~' && length !== 2)) return end;
  const before = text[at - 1] ?? '\n';
  const after = text[end] ?? '\n';
  const isInside = wordChar.test(before) && wordChar.test(after);
  const mayBeInside = isInside && length === 2 && char === '*' && /\p{L}/u.test(before) && /\p{L}/u.test(after);
  const canClose = !/\s/u.test(before) && (!isInside || mayBeInside);
  const canOpen = !/\s/u.test(after) && (!wordChar.test(before) || mayBeInside);
  const key = text.slice(at, end);
  const open = emphasis.get(key);
  if (canClose && open !== undefined && open.end < at) {
    edits.push({ ...open, said: '' }, { start: at, end, said: '' });
    emphasis.delete(key);
    return end;
  }
  const one = emphasis.get(char);
  const two = emphasis.get(char + char);
  if (canClose && length === 3 && one !== undefined && two !== undefined) {
    edits.push({ ...one, said: '' }, { ...two, said: '' }, { start: at, end, said: '' });
    emphasis.delete(char);
    emphasis.delete(char + char);
    return end;
  }
  if (canOpen) emphasis.set(key, { start: at, end });
  return end;
}

function openBracket({ text, edits, brackets }: Scan, at: number): number {
  if (text[at + 1] === '^') {
    const note = /^\[\^[^\]\s[]{1,40}\]/u.exec(text.slice(at, at + 44));
    if (note) {
      edits.push({ start: at, end: at + note[0].length, said: '' });
      return at + note[0].length;
    }
  }
  brackets.push({ at, isImage: false });
  return at + 1;
}

const target = /\((?:<[^<>\n]{0,2000}>|[^\s()[\]<>]{0,2000}(?:\([^\s()]{0,200}\)[^\s()[\]<>]{0,1000})?)(?:\s(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'|\([^()\n]{0,300}\)))?\)/uy;
const label = /\[([^[\]\n]{0,100})\]/uy;

function closeBracket({ text, edits, brackets, references }: Scan, at: number): number {
  const open = brackets.pop();
  if (open === undefined) return at + 1;
  const textStart = open.at + (open.isImage ? 2 : 1);
  target.lastIndex = at + 1;
  const inline = target.exec(text);
  let end = inline === null ? undefined : at + 1 + inline[0].length;
  if (end === undefined && references.size > 0) {
    label.lastIndex = at + 1;
    const reference = label.exec(text);
    const name = reference?.[1] || (at - textStart < 100 ? text.slice(textStart, at) : '');
    if (references.has(name.toLowerCase())) end = at + 1 + (reference?.[0].length ?? 0);
  }
  if (end === undefined) return at + 1;
  edits.push({ start: open.at, end: textStart, said: '' }, { start: at, end, said: '' });
  return end;
}

function readTag({ text, edits, lastCommentEnd }: Scan, at: number): number {
  if (text.startsWith('<!--', at) && at < lastCommentEnd) {
    const end = text.indexOf('-->', at + 4);
    if (end !== -1) {
      edits.push({ start: at, end: end + 3, said: '' });
      return end + 3;
    }
  }
  autolink.lastIndex = at;
  const link = autolink.exec(text);
  if (link) {
    const end = at + link[0].length;
    edits.push({ start: at, end: at + 1, said: '' }, { start: end - 1, end, said: '' });
    return end;
  }
  tag.lastIndex = at;
  const match = tag.exec(text);
  if (match === null) return at + 1;
  const [all, , name, attributes] = match;
  const alt = name!.toLowerCase() === 'img' ? /\salt=(?:"([^"]*)"|'([^']*)')/iu.exec(attributes!) : null;
  const isBlock = new RegExp(`^(?:${blockTags}|br)$`, 'iu').test(name!);
  edits.push({ start: at, end: at + all.length, said: alt?.[1] ?? alt?.[2] ?? (isBlock ? '\n' : '') });
  return at + all.length;
}

function readEntity({ text, edits }: Scan, at: number): number {
  entity.lastIndex = at;
  const match = entity.exec(text);
  if (match === null) return at + 1;
  const name = match[1]!.toLowerCase();
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  const said = entities[name] ?? (name.startsWith('#') && code >= 0x20 && code < 0x110000 && (code < 0x7f || code > 0x9f) && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : undefined);
  if (said !== undefined) edits.push({ start: at, end: at + match[0].length, said });
  return at + match[0].length;
}

function apply(aligned: AlignedText, edits: readonly Edit[]): AlignedText {
  if (edits.length === 0) return aligned;
  const parts: AlignedText[] = [];
  let done = 0;
  for (const { start, end, said } of edits.toSorted((a, b) => a.start - b.start)) {
    if (start < done) continue;
    if (start > done) parts.push(sliceAligned(aligned, done, start));
    if (said !== '') parts.push(standingFor(said, sourceSpan(aligned, { start, end })));
    done = end;
  }
  if (done < aligned.text.length) parts.push(sliceAligned(aligned, done, aligned.text.length));
  return joinAligned(parts);
}
