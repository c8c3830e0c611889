/** Text to phonemes (IPA) with espeak-ng compiled to WebAssembly; GPL-3, kept at arm's length behind this file. */
import createEspeakModule from '@echogarden/espeak-ng-emscripten';
import type { EspeakModule, EspeakWorker } from '@echogarden/espeak-ng-emscripten';
import { AntiphonError } from '../../errors.ts';
import type { Pronunciation } from '../../text/passage.ts';
import { leaveDataOnDisk } from './espeak-data.ts';
import { splitForEspeak } from './espeak-limits.ts';
import { placeGiven } from './given-sounds.ts';
import { cutAtPunctuation } from './pieces.ts';
import type { PieceWord } from './pieces.ts';
import { spokenWords } from './spoken-words.ts';
import type { WordSpan } from './spoken-words.ts';

/** A clause's phonemes, or one punctuation mark, with UTF-16 offsets into the text it came from. */
export type PhonemeItem =
  | {
      readonly kind: 'phonemes';
      /** IPA with words separated by single blanks. */
      readonly value: string;
      /** The same, as espeak's own units: `tʃ` is one where it is one sound, `t`, `ʃ` are two where they only meet. */
      readonly words: readonly (readonly string[])[];
      /** For each of `words` the stretch of text it stands for: several words where espeak joins them ("of the"). */
      readonly wordSpans: readonly WordSpan[];
      readonly start: number;
      readonly end: number;
    }
  /** The mark as written; three dots come as `…`, "--" as `—`. */
  | { readonly kind: 'punctuation'; readonly value: string; readonly start: number; readonly end: number };

export type EspeakPhonemizer = {
  /**
   * IPA of a piece without punctuation: words separated by single blanks, stress marks `ˈ` `ˌ` kept, language
   * switches `(en)…(fr)` removed. Empty where nothing can be said. Any length; about 0.2 ms for 5 words.
   * Synchronous. Errors: input_invalid (param `language`) for a voice espeak does not have.
   */
  phonemise(piece: string, espeakVoice: string): string;
  /**
   * Cuts at punctuation, phonemises what lies between and puts the marks back, in order. Stretches of `pronunciations`
   * sound as these say; the words around keep the form that they have in the sentence. Same errors, and input_invalid
   * (param `phoneme`) for a pronunciation that is not IPA or whose stretch is not one of the text.
   */
  phonemiseWithPunctuation(text: string, espeakVoice: string, pronunciations?: readonly Pronunciation[]): PhonemeItem[];
  /** Bytes of WebAssembly memory held. */
  memoryBytes(): number;
};

type Instance = { readonly module: EspeakModule; readonly worker: EspeakWorker; voice: string; voiceChanges: number };

/** espeak loses about 1.4 kB on every change of voice; a fresh instance (30 ms) every so often keeps that under 6 MB. */
const voiceChangesPerInstance = 4000;
const mostWordsAlone = 2000;

/** Loads espeak once (about 35 ms, 17 MB). Hold one phonemizer for a process. */
export async function createEspeakPhonemizer(): Promise<EspeakPhonemizer> {
  let instance = await createInstance();
  let renewal: Promise<void> | undefined;
  const knownVoices = voiceNames(instance.worker);

  const renewWhenWorn = (): void => {
    if (instance.voiceChanges < voiceChangesPerInstance || renewal !== undefined) return;
    // A failed renewal costs memory only: the worn instance works on, and the next change of voice tries again.
    renewal = createInstance().then(
      (fresh) => {
        instance = fresh;
        renewal = undefined;
      },
      () => {
        renewal = undefined;
      },
    );
  };

  const useVoice = (espeakVoice: string): void => {
    const voice = espeakVoice.toLowerCase();
    if (!knownVoices.has(voice)) {
      throw new AntiphonError('input_invalid', `No pronunciation rules for the language '${espeakVoice}'.`, { param: 'language' });
    }
    if (voice === instance.voice) return;
    // espeak accepts `en-us-nope` by its prefix, hence the list; its own answer is still the last word.
    if (instance.worker.set_voice('', voice) !== 0) {
      instance.voice = '';
      throw new AntiphonError('input_invalid', `The pronunciation rules for '${espeakVoice}' cannot be loaded.`, { param: 'language' });
    }
    instance.voice = voice;
    instance.voiceChanges++;
    renewWhenWorn();
  };

  const unitsOf = (words: readonly string[]): string[][] => readUnits(convert(instance, words.join(' ')));

  /** Words by themselves are asked for again and again: "of", "the". By voice and word, the last used at the end. */
  const alone = new Map<string, readonly (readonly string[])[]>();
  const unitsAlone = (word: string): readonly (readonly string[])[] => {
    const key = `${instance.voice} ${word}`;
    const units = alone.get(key) ?? unitsOf([word]);
    alone.delete(key);
    alone.set(key, units);
    if (alone.size > mostWordsAlone) alone.delete(alone.keys().next().value!);
    return units;
  };

  const speak = (words: readonly PieceWord[]) => splitForEspeak(words).flatMap((part) => spokenWords(part, { unitsOf, unitsAlone }));

  const phonemise = (piece: string, espeakVoice: string): string => {
    useVoice(espeakVoice);
    return splitForEspeak([{ value: piece, start: 0, end: piece.length }]).map((part) => joinUnits(unitsOf(part.map(({ value }) => value)))).filter((part) => part !== '').join(' ');
  };

  const phonemiseWithPunctuation = (text: string, espeakVoice: string, pronunciations: readonly Pronunciation[] = []): PhonemeItem[] => {
    useVoice(espeakVoice);
    const placed = placeGiven(text, pronunciations, { espeakVoice: instance.voice, unitsAlone });
    const items: PhonemeItem[] = [];
    for (const piece of cutAtPunctuation(placed.text, espeakVoice)) {
      if (piece.kind === 'punctuation') {
        items.push({ kind: 'punctuation', value: piece.value, start: piece.start, end: piece.end });
        continue;
      }
      const spoken = speak(placed.wordsOf(piece.words));
      if (spoken.length === 0) continue;
      const words = spoken.map(({ units }) => units);
      items.push({ kind: 'phonemes', value: joinUnits(words), words, wordSpans: spoken.map(({ span }) => span), start: piece.start, end: piece.end });
    }
    return items;
  };

  return { phonemise, phonemiseWithPunctuation, memoryBytes: () => instance.module.HEAPU8.byteLength };
}

async function createInstance(): Promise<Instance> {
  const module = await createEspeakModule({ print: () => {}, printErr: () => {} });
  leaveDataOnDisk(module);
  return { module, worker: new module.eSpeakNGWorker(), voice: '', voiceChanges: 0 };
}

function voiceNames(worker: EspeakWorker): ReadonlySet<string> {
  return new Set(worker.list_voices().flatMap((voice) => voice.languages.map((language) => language.name.toLowerCase())));
}

const decoder = new TextDecoder();

function convert({ module, worker }: Instance, text: string): string {
  const { ptr } = worker.convert_to_phonemes(text, true);
  const end = module.HEAPU8.indexOf(0, ptr);
  const phonemes = decoder.decode(module.HEAPU8.subarray(ptr, end));
  // Neither the string nor its wrapper is freed by the package; without this 20,000 calls take 25 MB.
  module._free(ptr);
  delete module.getCache(module.VoidPtr)[ptr];
  return phonemes;
}

/** Words of units: espeak joins units by `_` and clauses by ` | `, and marks switches of language as `(en)`. */
function readUnits(phonemes: string): string[][] {
  return phonemes
    .replace(/\([^)]*\)/gu, '')
    .split(/[\s|]+/u)
    .map((word) => word.split('_').filter((unit) => unit !== ''))
    .filter((word) => word.length > 0);
}

function joinUnits(words: readonly (readonly string[])[]): string {
  return words.map((units) => units.join('')).join(' ');
}
