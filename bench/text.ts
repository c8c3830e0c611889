/** Reading: how much of the hard cases is right, and what it costs. */
import { createEspeakPhonemizer } from '../src/engines/phonemes/espeak.ts';
import { alignedText, sliceAligned } from '../src/text/aligned-text.ts';
import { cleanAligned } from '../src/text/clean-text.ts';
import { speakMarkdown } from '../src/text/markdown/speak-markdown.ts';
import { britishCases, hardCases } from '../src/text/normalise/cases/hard-cases.ts';
import { laterCases } from '../src/text/normalise/cases/later-cases.ts';
import { normaliseSentence } from '../src/text/normalise/normalise.ts';
import { splitSentences } from '../src/text/sentences.ts';
import type { BenchOptions, Figure } from './main.ts';
import { p50, p95 } from './statistics.ts';
import { sentences as plainSentences } from './texts.ts';

/** Twenty words or so, with what news, mail and manuals hold. */
const mixedSentences: readonly string[] = [
  'On March 15, 2024, Dr. Smith paid $5.99 for 3 kg of apples at 9:30 am in the St. James market.',
  'The company sold 1,500 units in 2023, up 12% from the 1990s, when NASA was the only real customer it had here.',
  'Please visit https://example.com/docs or call 555-123-4567 between 9am and 5pm, Mon-Fri, to learn about our new API.',
  'Henry VIII had six wives, and World War II began in 1939, says p. 12 of the second volume that we all read.',
  'It was 20 °C outside, and the car went 100 km/h for 2 1/2 hours before it stopped near the old bridge again.',
  'Version 3.10 of the tool reads 16GB files in 3.5 s, i.e. twice as fast as the one from Jan. 5 that we had.',
];

export async function benchText({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const espeak = await createEspeakPhonemizer();
  const sound = (text: string, voice: string): string => espeak.phonemiseWithPunctuation(text, voice).filter(({ kind }) => kind === 'phonemes').map(({ value }) => value).join('').replaceAll(/[ˈˌ\s]/gu, '');
  const groups = [...Object.entries(hardCases).map(([name, cases]) => ({ name, cases, locale: 'en-US' })), { name: 'later', cases: laterCases, locale: 'en-US' }, { name: 'British English', cases: britishCases, locale: 'en-GB' }];
  const figures: Figure[] = [];
  let all = 0;
  let rawRight = 0;
  let ownRight = 0;
  for (const { name, cases, locale } of groups) {
    const voice = locale.toLowerCase();
    const raw = cases.filter(([written, said]) => sound(written, voice) === sound(said, voice)).length;
    const own = cases.filter(([written, said]) => sound(normaliseSentence(speakMarkdown(alignedText(written)), { locale }).text, voice) === sound(said, voice)).length;
    figures.push({ what: `hard cases read right: ${name}`, value: `${own} of ${cases.length} (espeak alone: ${raw})`, aim: 'all', met: own === cases.length });
    all += cases.length;
    rawRight += raw;
    ownRight += own;
  }
  figures.push({ what: 'hard cases read right, all', value: `${ownRight} of ${all} = ${share(ownRight, all)} (espeak alone: ${rawRight} = ${share(rawRight, all)})`, aim: '≥ 95 %', met: ownRight / all >= 0.95 });
  const rounds = quick ? 50 : 500;
  figures.push(sentenceFigure('a sentence with numbers, dates, addresses, 20 words', mixedSentences, rounds, 0.2), sentenceFigure('a sentence with nothing to change, 17 words', plainSentences, rounds / 5, 0.05));
  const prose = `${[...plainSentences, ...mixedSentences, ...plainSentences].join(' ')}\n\n`;
  figures.push(wholeFigure('1 MB of prose, whole way: clean, markup, sentences, reading', prose, 3000));
  for (const [what, flood] of [['digits', '1'], ['"1-1-1-"', '1-'], ['"$$$"', '$'], ['"((("', '('], ['"a.a.a."', 'a.'], ['"*a *a "', '*a '], ['"[[["', '['], ['"1/1/"', '1/'], ['emoji', '😀'], ['"](](""', '](']] as const) {
    // The better of two: a collection of garbage in one of them is not the text's doing.
    const quarter = Math.min(wholeMs(flood, 125_000), wholeMs(flood, 125_000));
    const full = Math.min(wholeMs(flood, 500_000), wholeMs(flood, 500_000));
    figures.push({ what: `500 kB of ${what}`, value: `${Math.round(full)} ms, ${(full / quarter).toFixed(1)} × a quarter of it`, aim: '≤ 8 × (linear 4, quadratic 16)', met: full / quarter <= 8 });
  }
  return figures;
}

function share(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(0)} %`;
}

function sentenceFigure(what: string, texts: readonly string[], rounds: number, aimMs: number): Figure {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const text of texts) {
      const sentence = alignedText(text);
      const from = performance.now();
      normaliseSentence(sentence, { locale: 'en-US' });
      // The first rounds run before the compiler has seen the code.
      if (round >= rounds / 10) times.push(performance.now() - from);
    }
  }
  const microseconds = (ms: number): string => `${Math.round(ms * 1000)} µs`;
  return { what, value: `p50 ${microseconds(p50(times))}, p95 ${microseconds(p95(times))}`, aim: `p50 ≤ ${microseconds(aimMs)}`, met: p50(times) <= aimMs };
}

function wholeFigure(what: string, unit: string, aimMs: number): Figure {
  const ms = wholeMs(unit, 1_000_000);
  return { what, value: `${Math.round(ms)} ms`, aim: `≤ ${aimMs} ms`, met: ms <= aimMs };
}

function wholeMs(unit: string, chars: number): number {
  const text = unit.repeat(Math.ceil(chars / unit.length));
  const from = performance.now();
  const marked = speakMarkdown(cleanAligned(text));
  for (const { start, end } of splitSentences(marked.text)) normaliseSentence(sliceAligned(marked, start, end), { locale: 'en-US' });
  return performance.now() - from;
}
