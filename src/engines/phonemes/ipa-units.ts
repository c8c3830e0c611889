/** IPA that a caller wrote, cut into the units that espeak would have made of it. */
import { AntiphonError } from '../../errors.ts';

/** Sounds of several letters that espeak makes as one, longest first. Two letters that only meet look the same: `tʃ`. */
const compounds: readonly string[] = ['aɪɚ', 'aɪə', 'aɪ', 'aʊ', 'eɪ', 'oʊ', 'əʊ', 'ɔɪ', 'eə', 'ʊə', 'tʃ', 'dʒ'];
const otherCompounds: readonly string[] = [...compounds.slice(2), 'ts', 'dz', 'tɕ', 'dʑ', 'tʂ', 'dʐ', 'ɔø'];
const rhotics: readonly string[] = ['ɑːɹ', 'ɔːɹ', 'oːɹ', 'ʊɹ', 'ɛɹ', 'ɪɹ'];
const vowel = /^[aeiouyæɐɑɒɔəɚɛɜɝɪʊʌᵻøœɶɨʉɯɤɵɘɞ]/u;
/** Length, aspiration, nasality and the like: they belong to the sound before. */
const modifier = /^[\p{M}ːˑʰʲʷˠˤʼ˞ⁿˡ]/u;
const stress = /^[ˈˌ]/u;

/** What other spellings of IPA have for a sign of espeak's. */
const spellings: readonly (readonly [from: RegExp, to: string])[] = [
  [/^\s*[/[]|[/\]]\s*$/gu, ''],
  [/['’](?=\P{Z})/gu, 'ˈ'],
  [/:/gu, 'ː'],
  [/g/gu, 'ɡ'],
  [/ɫ/gu, 'l'],
  [/ɝ/gu, 'ɜː'],
  [/ə˞/gu, 'ɚ'],
  [/ɜ˞/gu, 'ɜː'],
  [/ʤ/gu, 'dʒ'],
  [/ʧ/gu, 'tʃ'],
  [/ʦ/gu, 'ts'],
  [/ʣ/gu, 'dz'],
  // Bars that tie letters, marks between syllables and words.
  [/[\u035C\u0361]/gu, ''],
  [/[.‿|‖-]/gu, ''],
];

/**
 * Words of units, stress marks moved to the vowel as espeak writes them (`həˈloʊ` → h, ə, l, ˈoʊ). English is taken as
 * English: any r is its approximant. Errors: input_invalid (param `phoneme`) where a sign is none of IPA, or none sounds.
 */
export function cutIpa(ipa: string, espeakVoice: string): string[][] {
  const isEnglish = /^en\b/iu.test(espeakVoice);
  let plain = ipa.normalize('NFD').replaceAll('c\u0327', 'ç');
  for (const [from, to] of spellings) plain = plain.replace(from, to);
  if (isEnglish) plain = plain.replace(/[rʁʀ]/gu, 'ɹ');
  const words = plain.split(/\s+/u).filter((word) => word !== '').map((word) => stressOnVowels(cutWord(word, espeakVoice.toLowerCase())));
  if (!words.flat().some((unit) => /\p{L}/u.test(unit))) throw refusal('The pronunciation has no sound in it; write it in IPA.');
  return words.filter((word) => word.length > 0);
}

/** Whether a unit begins with a vowel, stress aside. */
export function isVowelUnit(unit: string): boolean {
  return vowel.test(unit.replace(stress, ''));
}

function cutWord(word: string, espeakVoice: string): string[] {
  const units: string[] = [];
  for (let at = 0; at < word.length; ) {
    const rest = word.slice(at);
    const mark = stress.exec(rest)?.[0] ?? '';
    const sound = rest.slice(mark.length);
    const base = compoundAt(sound, espeakVoice) ?? letterAt(sound);
    let length = base.length;
    while (modifier.test(sound.slice(length))) length += modifier.exec(sound.slice(length))![0].length;
    units.push((mark + sound.slice(0, length)).normalize('NFC'));
    at += mark.length + length;
  }
  return units;
}

function compoundAt(sound: string, espeakVoice: string): string | undefined {
  const startsAs = (compound: string): boolean => sound.startsWith(compound);
  if (!espeakVoice.startsWith('en')) return otherCompounds.find(startsAs);
  // The syllable of "little", "finally" and "bustling", not the onset of "below".
  if (startsAs('əl') && (/^əl(?:i|ɪŋ)$/u.test(sound) || !isVowelUnit(sound.slice(2)))) return 'əl';
  if (/^iə(?!l)/u.test(sound)) return 'iə';
  if (startsAs('aɪəʊ')) return 'aɪ';
  const rhotic = espeakVoice.startsWith('en-us') ? rhotics.find((one) => startsAs(one) && !isVowelUnit(sound.slice(one.length))) : undefined;
  return rhotic ?? compounds.find(startsAs);
}

function letterAt(sound: string): string {
  const letter = sound === '' ? '' : String.fromCodePoint(sound.codePointAt(0)!);
  if (!/^\p{L}$/u.test(letter) || !/^[\p{Script=Latin}\p{Script=Greek}\p{Lm}ǀ-ǃ]$/u.test(letter)) throw refusal('The pronunciation holds a sign that is not IPA; write it in IPA.');
  return letter;
}

/** A mark before the syllable's consonants goes to its vowel; one without a vowel behind it is left out. */
function stressOnVowels(units: readonly string[]): string[] {
  let pending = '';
  return units.map((unit) => {
    const own = stress.exec(unit)?.[0] ?? '';
    const sound = unit.slice(own.length);
    const mark = own || pending;
    const takesIt = isVowelUnit(sound) || /\u0329/u.test(sound.normalize('NFD'));
    pending = takesIt ? '' : mark;
    return takesIt ? mark + sound : sound;
  });
}

function refusal(message: string): AntiphonError {
  return new AntiphonError('input_invalid', message, { param: 'phoneme' });
}
