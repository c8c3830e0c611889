/** Plain text in which `<break time="1.5s"/>` and `<phoneme alphabet="ipa" ph="…">word</phoneme>` are markup and nothing else is. */
import { alignedText, sliceAligned } from '../aligned-text.ts';
import { plainManner, type Passage } from '../passage.ts';
import { toIpa } from '../pronunciation/phonetic-alphabets.ts';
import { maxBreakMs, type MarkupOptions } from './parse-ssml.ts';
import { createPassageBuilder } from './passage-builder.ts';
import { breakMs } from './prosody.ts';
import { problemAt } from './xml-events.ts';

/** ElevenLabs' own limit for one break. */
const maxFragmentBreakMs = 3_000;

// What does not look exactly like one of these tags is text; every part is bounded, so a try at each `<` is linear.
const quoted = String.raw`(?:"([^"<>]{0,200})"|'([^'<>]{0,200})')`;
const breakTag = new RegExp(String.raw`<break\s{1,8}time\s?=\s?${quoted}\s{0,8}(?:/\s?>|>\s{0,8}</break>)`, 'yu');
const phonemeTag = new RegExp(String.raw`<phoneme\s{1,8}(alphabet|ph)\s?=\s?${quoted}\s{1,8}(alphabet|ph)\s?=\s?${quoted}\s{0,8}>`, 'yu');
const phonemeEnd = '</phoneme>';
const maxWordChars = 200;

/**
 * Passages in order; text stays exactly as it is written, blanks and all. Linear in the length. Errors: input_invalid
 * (param `input`) with line and column for a break longer than 3 s, or sounds that cannot be read.
 */
export function parseFragments(source: string, _options: MarkupOptions): Passage[] {
  const whole = alignedText(source);
  const builder = createPassageBuilder({ keepBlanks: true });
  const refuse = (at: number, problem: string): Error => problemAt(source, at, problem, 'input');
  let done = 0;
  const sayUntil = (end: number): void => builder.say(sliceAligned(whole, done, end), plainManner);

  for (let at = source.indexOf('<'); at >= 0; at = source.indexOf('<', Math.max(at + 1, done))) {
    const pause = matchAt(breakTag, source, at);
    if (pause !== undefined) {
      sayUntil(at);
      const ms = breakMs({ time: pause[1] ?? pause[2] ?? '' }, maxFragmentBreakMs);
      if (typeof ms !== 'number') throw refuse(at, ms.problem);
      if (builder.pause(ms) > maxBreakMs) throw refuse(at, `breaks in a row may last ${maxBreakMs / 1000} s at most together`);
      done = at + pause[0].length;
      continue;
    }
    const sounds = matchAt(phonemeTag, source, at);
    if (sounds === undefined || sounds[1] === sounds[4]) continue;
    sayUntil(at);
    const [one, other] = [sounds[2] ?? sounds[3] ?? '', sounds[5] ?? sounds[6] ?? ''];
    const [alphabet, ph] = sounds[1] === 'alphabet' ? [one, other] : [other, one];
    const start = at + sounds[0].length;
    const end = source.slice(start, start + maxWordChars + phonemeEnd.length).indexOf(phonemeEnd) + start;
    if (end < start) throw refuse(at, `<phoneme> has no </phoneme> within ${maxWordChars} characters`);
    const word = source.slice(start, end);
    if (word.trim() === '' || word.includes('<')) throw refuse(at, '<phoneme> needs a word between its tags, and no other tag');
    const spoken = toIpa(ph, alphabet);
    if ('problem' in spoken) throw refuse(at, spoken.problem);
    builder.say(sliceAligned(whole, start, end), plainManner);
    const lead = word.length - word.trimStart().length;
    builder.pronounce({ start: start + lead, end: start + lead + word.trim().length, ipa: spoken.ipa });
    done = end + phonemeEnd.length;
  }
  sayUntil(source.length);
  return builder.finish();
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
