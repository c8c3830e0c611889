/** ARPAbet as the CMU pronouncing dictionary writes it ("M AE1 D IH0 S AH0 N"), turned into IPA. */
import type { IpaProblem } from './ipa.ts';

const consonants: Readonly<Record<string, string>> = {
  B: 'b', CH: 'tʃ', D: 'd', DH: 'ð', DX: 'ɾ', F: 'f', G: 'ɡ', HH: 'h', JH: 'dʒ', K: 'k', L: 'l', M: 'm', N: 'n', NG: 'ŋ', P: 'p', Q: 'ʔ', R: 'ɹ', S: 's', SH: 'ʃ', T: 't', TH: 'θ', V: 'v', W: 'w', Y: 'j', Z: 'z', ZH: 'ʒ',
};
/** With and without stress, where that differs. */
const vowels: Readonly<Record<string, string | readonly [stressed: string, unstressed: string]>> = {
  AA: 'ɑː', AE: 'æ', AH: ['ʌ', 'ə'], AO: 'ɔː', AW: 'aʊ', AX: 'ə', AXR: 'ɚ', AY: 'aɪ', EH: 'ɛ', ER: ['ɜː', 'ɚ'], EY: 'eɪ', IH: 'ɪ', IX: 'ɨ', IY: ['iː', 'i'], OW: 'oʊ', OY: 'ɔɪ', UH: 'ʊ', UW: 'uː', UX: 'ʉ',
};
const marks: Readonly<Record<string, string>> = { '0': '', '1': 'ˈ', '2': 'ˌ', '': '' };
const maxSymbols = 100;

/**
 * Symbols separated by blanks; 1 and 2 behind a vowel are primary and secondary stress, words are parted by `|` or
 * `#`. A vowel without a figure is unstressed, except the only vowel of a word without any.
 */
export function ipaFromArpabet(written: string): string | IpaProblem {
  const words = written.trim().split(/\s*[|#]\s*/u).map((word) => word.split(/\s+/u).filter((symbol) => symbol !== ''));
  if (words.flat().length > maxSymbols) return { problem: `the pronunciation has more than ${maxSymbols} sounds` };
  const spoken: string[] = [];
  for (const symbols of words) {
    const isBare = symbols.filter((symbol) => Object.hasOwn(vowels, symbol.toUpperCase())).length === 1 && !symbols.some((symbol) => /\d$/u.test(symbol));
    let ipa = '';
    for (const symbol of symbols) {
      const sound = soundOf(symbol.toUpperCase(), isBare);
      if (sound === undefined) return { problem: `${/^\w{1,4}$/u.test(symbol) ? `"${symbol}"` : 'a symbol of the pronunciation'} is not a sound of CMU ARPAbet; write it as "M AE1 D IH0 S AH0 N"` };
      ipa += sound;
    }
    spoken.push(stressBeforeOnset(ipa));
  }
  return spoken.filter((word) => word !== '').join(' ');
}

function soundOf(symbol: string, isBare: boolean): string | undefined {
  if (Object.hasOwn(consonants, symbol)) return consonants[symbol]!;
  const [, name, figure] = /^([A-Z]+)([012]?)$/u.exec(symbol) ?? [];
  if (name === undefined || !Object.hasOwn(vowels, name)) return undefined;
  const mark = isBare ? 'ˈ' : marks[figure!]!;
  const sound = vowels[name]!;
  return mark + (typeof sound === 'string' ? sound : sound[mark === '' ? 1 : 0]);
}

/** Marks go before what may begin an English syllable: ɛkstɹˈiːm becomes ɛkˈstɹiːm. */
const onsetAndMark = /(st[ɹj]?|sp[ɹlj]?|sk[ɹlwj]?|s[lmnwfj]|ʃɹ|θ[ɹwj]|[pbkɡf][ɹlj]|[td]ɹ|[tdkɡ]w|[mnvhl]j|tʃ|dʒ|[bdfhjklmnpstvwzðɡɹɾʃʒθ])([ˈˌ])/gu;

function stressBeforeOnset(ipa: string): string {
  return ipa.replace(onsetAndMark, '$2$1');
}
