/** SSML, strictly: a document becomes passages, each said in one manner, each character knowing its place in the source. */
import { sliceAligned, sourceSpan, joinAligned, standingFor, type AlignedText, type Span } from '../aligned-text.ts';
import { plainManner, type Manner, type Passage } from '../passage.ts';
import { toIpa } from '../pronunciation/phonetic-alphabets.ts';
import { withLanguage } from './markup-language.ts';
import { createPassageBuilder, trimmed, type PassageBuilder } from './passage-builder.ts';
import { breakMs, withEmphasis, withProsody, type Refusal } from './prosody.ts';
import { mayHold, narrower, ssmlElements, type SsmlContent } from './ssml-elements.ts';
import { problemAt, readXml, shownName, type XmlTag } from './xml-events.ts';

/** The words for a text that `say-as` tells the kind of; undefined where the kind is not known. */
export type SayAs = (text: string, options: { readonly interpretAs: string; readonly format?: string; readonly detail?: string; readonly locale: string }) => string | undefined;

export type MarkupOptions = {
  /** The voice's own language, BCP 47. */
  readonly locale: string;
  readonly sayAs: SayAs;
};

/** The longest single break, and the most that breaks in a row may add up to. */
export const maxBreakMs = 10_000;
const limits = { param: 'input', maxCharacters: 1_048_576, maxDepth: 50 };
const namespace = 'http://www.w3.org/2001/10/synthesis';

type Frame = { readonly tag: XmlTag; readonly content: SsmlContent; readonly manner: Manner; /** What stands inside, where it is not said as it is. */ readonly kept: AlignedText[] | undefined };
type Context = { readonly source: string; readonly options: MarkupOptions; readonly builder: PassageBuilder };

/**
 * Passages in order; none where the document has no words. Elements and attributes: `ssmlElements`. Linear: 0.1 s
 * for 1 MB of text, 1.1 s for 1 MB of tags. Errors: input_too_long beyond 1 MB; input_invalid (param `input`) that begins with line and column
 * for anything that is not well-formed, not known, out of range or in the wrong place.
 */
export function parseSsml(source: string, options: MarkupOptions): Passage[] {
  const context: Context = { source, options, builder: createPassageBuilder() };
  const frames: Frame[] = [];
  readXml(
    source,
    {
      open: (tag) => frames.push(openElement(tag, frames.at(-1), context)),
      text: (text) => {
        const { tag, content, kept, manner } = frames.at(-1)!;
        if (kept !== undefined) kept.push(text);
        else if (content !== 'nothing') context.builder.say(text, manner);
        else if (text.text.trim() !== '') throw refuse(context, tag, `<${tag.name}> must be empty`);
      },
      close: (end) => closeElement(frames.pop()!, end, context),
    },
    limits,
  );
  return context.builder.finish();
}

function openElement(tag: XmlTag, parent: Frame | undefined, context: Context): Frame {
  const { builder, options } = context;
  const element = checkTag(tag, parent, context);
  const around = parent?.manner ?? plainManner;
  const { name, attributes } = tag;
  if (name === 'break') {
    const sumMs = builder.pause(orRefuse(breakMs(attributes, maxBreakMs), tag, context));
    if (sumMs > maxBreakMs) throw refuse(context, tag, `breaks in a row may last ${maxBreakMs / 1000} s at most together`);
  }
  if (name === 'p') builder.block('paragraph');
  if (name === 's') builder.block('sentence');
  let manner = around;
  if (name === 'prosody') manner = orRefuse(withProsody(around, attributes), tag, context);
  if (name === 'emphasis') manner = orRefuse(withEmphasis(around, attributes['level']), tag, context);
  const language = attributes['xml:lang'];
  if (language !== undefined) manner = orRefuse(withLanguage(manner, { tag: language, element: name, voiceLocale: options.locale }), tag, context);
  const content = narrower(element.content, parent?.content ?? 'paragraphs');
  return { tag, content, manner, kept: element.content === 'text' ? [] : undefined };
}

function closeElement({ tag, manner, kept }: Frame, end: Span, context: Context): void {
  const { builder } = context;
  if (tag.name === 'p') builder.block('paragraph');
  if (tag.name === 's') builder.block('sentence');
  if (kept === undefined) return;
  const inside = joinAligned(kept);
  const inner = trimmed(inside);
  builder.say(sliceAligned(inside, 0, inner.start), manner);
  sayInstead({ tag, manner, end, text: sliceAligned(inside, inner.start, inner.end) }, context);
  builder.say(sliceAligned(inside, inner.end, inside.text.length), manner);
}

/** The three elements whose text is not said as it is written. */
function sayInstead({ tag, manner, end, text }: { tag: XmlTag; manner: Manner; end: Span; text: AlignedText }, context: Context): void {
  const { builder, options } = context;
  const { name, attributes } = tag;
  const isBlank = text.text === '';
  const span = isBlank ? { start: tag.start, end: Math.max(tag.end, end.end) } : sourceSpan(text, { start: 0, end: text.text.length });
  if (name === 'sub') return builder.say(standingFor(attributes['alias']!.trim(), span), manner);
  if (name === 'say-as') {
    if (isBlank) return;
    const { 'interpret-as': interpretAs, format, detail } = attributes;
    const said = options.sayAs(text.text.replace(/\s+/gu, ' '), {
      interpretAs: interpretAs!,
      ...(format === undefined ? {} : { format }),
      ...(detail === undefined ? {} : { detail }),
      locale: manner.language ?? options.locale,
    });
    if (said === undefined) throw refuse(context, tag, `<say-as> does not know interpret-as="${shownName(interpretAs!)}"`);
    return builder.say(standingFor(said, span), manner);
  }
  if (isBlank) throw refuse(context, tag, '<phoneme> needs a word between its tags');
  const spoken = toIpa(attributes['ph']!, attributes['alphabet'] ?? 'ipa');
  if ('problem' in spoken) throw refuse(context, tag, spoken.problem);
  builder.say(text, manner);
  builder.pronounce({ ...span, ipa: spoken.ipa });
}

function checkTag(tag: XmlTag, parent: Frame | undefined, context: Context): (typeof ssmlElements)[string] {
  const { name, attributes } = tag;
  if (!Object.hasOwn(ssmlElements, name)) {
    throw refuse(context, tag, `<${shownName(name)}> is not supported; the tags are ${Object.keys(ssmlElements).join(', ')}`);
  }
  if (parent === undefined && name !== 'speak') throw refuse(context, tag, `the document must begin with <speak>, not with <${name}>`);
  if (parent !== undefined && !mayHold(parent.content, name)) throw refuse(context, tag, `<${name}> cannot stand inside <${parent.tag.name}> here`);
  const element = ssmlElements[name]!;
  for (const attribute of Object.keys(attributes)) {
    // Documents written for other services declare their vendors' names, which is harmless; using one is not.
    if (name === 'speak' && /^(?:xmlns:[\w.-]+|xsi:schemaLocation)$/u.test(attribute)) continue;
    if (!Object.hasOwn(element.attributes, attribute)) {
      const known = Object.keys(element.attributes).join(', ');
      throw refuse(context, tag, `the attribute ${shownName(attribute)} of <${name}> is not supported; it takes ${known}`);
    }
  }
  for (const attribute of element.required ?? []) if (attributes[attribute] === undefined) throw refuse(context, tag, `<${name}> needs the attribute ${attribute}`);
  if (name === 'prosody' && Object.keys(attributes).length === 0) throw refuse(context, tag, '<prosody> needs rate, pitch or volume');
  if (name === 'speak' && !['1.0', '1.1', undefined].includes(attributes['version'])) throw refuse(context, tag, 'the version of <speak> must be 1.0 or 1.1');
  if (name === 'speak' && ![namespace, undefined].includes(attributes['xmlns'])) throw refuse(context, tag, `the xmlns of <speak> must be ${namespace}`);
  return element;
}

function orRefuse<Value>(value: Value | Refusal, tag: XmlTag, context: Context): Value {
  if (typeof value === 'object' && value !== null && 'problem' in value) throw refuse(context, tag, value.problem);
  return value;
}

function refuse({ source }: Context, { start }: Span, problem: string): Error {
  return problemAt(source, start, problem, limits.param);
}

