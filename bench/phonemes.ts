/** How near what Kokoro is given to say comes to what it was trained on: misaki's dictionaries, word for word. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createEnglishReader } from '../src/engines/kokoro/kokoro-english.ts';
import { createKokoroLexicons } from '../src/engines/kokoro/kokoro-lexicon.ts';
import type { KokoroLexicon, LexiconEntry } from '../src/engines/kokoro/kokoro-lexicon.ts';
import { kokoroLanguage } from '../src/engines/kokoro/kokoro-voices.ts';
import { spelledWords } from '../src/engines/kokoro/kokoro-words.ts';
import { createEspeakPhonemizer } from '../src/engines/phonemes/espeak.ts';
import type { EspeakPhonemizer } from '../src/engines/phonemes/espeak.ts';
import type { BenchOptions, Figure } from './main.ts';
import { proseSentences } from './prose.ts';

const dialects = [{ dialect: 'us', name: 'US', voice: 'af_heart' }, { dialect: 'gb', name: 'GB', voice: 'bf_emma' }] as const;

/** Reads dictionaries that `antiphon models pull kokoro-lexicon` has fetched. Errors: where they are not here. */
export async function benchPhonemes({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const directory = join(process.env['ANTIPHON_MODELS_DIR'] ?? join(homedir(), '.antiphon', 'models'), 'kokoro-lexicon');
  const lexicons = createKokoroLexicons(directory);
  const phonemizer = await createEspeakPhonemizer();
  const figures: Figure[] = [];
  for (const { dialect, name, voice } of dialects) {
    const lexicon = await lexicons.of(dialect);
    if (lexicon === undefined) throw new Error('Run `npx antiphon models pull kokoro-lexicon` first.');
    const gold = JSON.parse(await readFile(join(directory, `${dialect}_gold.json`), 'utf8')) as Record<string, LexiconEntry>;
    const words = Object.keys(gold).filter((word, index) => /^[a-z]{2,}$/u.test(word) && (!quick || index % 20 === 0));
    const scene = { phonemizer, voice, lexicon };
    figures.push(...dictionaryFigures({ ...scene, name, words, gold }), ...proseFigures({ ...scene, name }));
  }
  return figures;
}

type Scene = { readonly phonemizer: EspeakPhonemizer; readonly voice: string; readonly lexicon: KokoroLexicon };

/** The words of the text in Kokoro's symbols, by rules alone or with the dictionary. */
function symbolsOf(text: string, { phonemizer, voice, lexicon }: Scene, hasDictionary: boolean): string[] {
  const language = kokoroLanguage(voice)!;
  const english = hasDictionary ? createEnglishReader(lexicon, { british: language.dialect === 'gb' }) : undefined;
  const items = phonemizer.phonemiseWithPunctuation(text, language.espeakVoice);
  return spelledWords(items, text, { language, english, isKnownSymbol: () => true }).filter(({ kind }) => kind === 'word').map(({ symbols }) => symbols);
}

function dictionaryFigures({ name, words, gold, ...scene }: Scene & { name: string; words: readonly string[]; gold: Readonly<Record<string, LexiconEntry>> }): Figure[] {
  /** The dictionary without the word itself: what the rules for endings make of it. */
  const without = (word: string): KokoroLexicon => ({ ...scene.lexicon, find: (asked) => (asked.toLowerCase() === word ? undefined : scene.lexicon.find(asked)) });
  const ways = [
    { way: 'rules alone', read: (word: string) => symbolsOf(word, scene, false).join(' ') },
    { way: 'dictionary without the word', read: (word: string) => symbolsOf(word, { ...scene, lexicon: without(word) }, true).join(' ') },
    { way: 'dictionary', read: (word: string) => symbolsOf(word, scene, true).join(' ') },
  ];
  return ways.map(({ way, read }) => {
    let exact = 0;
    let withoutStress = 0;
    for (const word of words) {
      const forms = formsOf(gold[word]!);
      const symbols = read(word);
      if (forms.includes(symbols)) exact++;
      if (forms.some((form) => unstressed(form) === unstressed(symbols))) withoutStress++;
    }
    return { what: `${name}, ${words.length} words of the dictionary, ${way}: equal (ignoring stress)`, value: `${percent(exact, words.length)} (${percent(withoutStress, words.length)})`, aim: '–', met: undefined };
  });
}

/** Words as they occur in running text: how many the dictionary has, and how many sound otherwise for it. */
function proseFigures({ name, ...scene }: Scene & { name: string }): Figure[] {
  let total = 0;
  let known = 0;
  let equal = 0;
  const reader = createEnglishReader(scene.lexicon, { british: name === 'GB' });
  for (const sentence of proseSentences) {
    for (const word of sentence.match(/[\p{L}'’-]+/gu) ?? []) {
      const read = reader.read(word, { nextIsVowel: false });
      total++;
      if (read === undefined) continue;
      known++;
      if (symbolsOf(word, scene, false).join(' ') === read) equal++;
    }
  }
  return [
    { what: `${name}, ${total} words of running text that the dictionary has`, value: percent(known, total), aim: '–', met: undefined },
    { what: `${name}, of those, equal by rules alone`, value: percent(equal, known), aim: '–', met: undefined },
  ];
}

function formsOf(entry: LexiconEntry): string[] {
  const forms = typeof entry === 'string' ? [entry] : Object.values(entry).filter((form): form is string => typeof form === 'string');
  return forms.map((form) => form.replaceAll('ɾ', 'T').replaceAll('ʔ', 't'));
}

function unstressed(symbols: string): string {
  return symbols.replace(/[ˈˌ]/gu, '');
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}
