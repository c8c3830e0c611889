/** The part of SSML 1.1 that is understood, as data: the parser checks against it, and so does docs/ssml.md. */

/** What may stand inside: everything; everything but paragraphs; what may stand in a sentence; text alone; nothing. */
export type SsmlContent = 'paragraphs' | 'sentences' | 'phrases' | 'text' | 'nothing';

export type SsmlElement = {
  readonly meaning: string;
  readonly content: SsmlContent;
  /** By name: what it takes. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
};

export const ssmlElements: Readonly<Record<string, SsmlElement>> = {
  speak: { meaning: 'the whole document', content: 'paragraphs', attributes: { version: '1.0 or 1.1', xmlns: 'http://www.w3.org/2001/10/synthesis', 'xml:lang': 'a language, as en-GB' } },
  p: { meaning: 'a paragraph', content: 'sentences', attributes: { 'xml:lang': 'a language, as en-GB' } },
  s: { meaning: 'a sentence', content: 'phrases', attributes: { 'xml:lang': 'a language, as en-GB' } },
  break: { meaning: 'a pause', content: 'nothing', attributes: { time: '0s to 10s, or 0ms to 10000ms', strength: 'none, x-weak, weak, medium, strong, x-strong' } },
  prosody: {
    meaning: 'pace, pitch and loudness',
    content: 'paragraphs',
    attributes: {
      rate: 'x-slow, slow, medium, fast, x-fast, default; 150%, +50%, -20%; 1.5',
      pitch: 'x-low, low, medium, high, x-high, default; +2st, -10%',
      volume: 'silent, x-soft, soft, medium, loud, x-loud, default; +6dB, -3dB',
    },
  },
  emphasis: { meaning: 'stress on words', content: 'phrases', attributes: { level: 'strong, moderate, none, reduced' } },
  'say-as': { meaning: 'how to read figures and letters', content: 'text', attributes: { 'interpret-as': 'what the text is, as date', format: 'the order of its parts, as mdy', detail: 'finer choices' }, required: ['interpret-as'] },
  sub: { meaning: 'other words in place of what is written', content: 'text', attributes: { alias: 'the words to say' }, required: ['alias'] },
  phoneme: { meaning: 'the sounds of a word', content: 'text', attributes: { alphabet: 'ipa, x-sampa, cmu-arpabet', ph: 'the sounds' }, required: ['ph'] },
  lang: { meaning: 'words of another language', content: 'paragraphs', attributes: { 'xml:lang': 'a language, as fr-FR' }, required: ['xml:lang'] },
};

/** Narrower contents later: an element inside a sentence holds no paragraph, whatever it could hold elsewhere. */
const widths: readonly SsmlContent[] = ['nothing', 'text', 'phrases', 'sentences', 'paragraphs'];

export function narrower(one: SsmlContent, other: SsmlContent): SsmlContent {
  return widths.indexOf(one) < widths.indexOf(other) ? one : other;
}

export function mayHold(content: SsmlContent, child: string): boolean {
  if (content === 'nothing' || content === 'text') return false;
  if (child === 'speak') return false;
  if (child === 'p') return content === 'paragraphs';
  return child === 's' ? content !== 'phrases' : true;
}
