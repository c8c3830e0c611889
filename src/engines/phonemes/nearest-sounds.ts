/** What to say in place of a sound that a model was never taught, for pronunciations that callers give. */

/** By likeness, best first; each may itself be unknown to a model. */
const neighbours: Readonly<Record<string, string>> = {
  a: 'æɑɐ', ɑ: 'aɒɔ', ɒ: 'ɑɔ', æ: 'aɛ', ɐ: 'əʌa', ʌ: 'ɐəɑ', ə: 'ɐʌe', ɚ: 'əɐ', ɜ: 'əʌɛ', ɞ: 'ɜɔ', ɘ: 'ə', ɵ: 'əo',
  e: 'ɛ', ɛ: 'e', ɪ: 'i', i: 'ɪ', ᵻ: 'ɪəi', ɨ: 'ᵻɪi', o: 'ɔ', ɔ: 'oɑ', ʊ: 'u', u: 'ʊ', ʉ: 'uʊ', ɯ: 'uʊ', ɤ: 'ʌə',
  y: 'iɪ', ʏ: 'yʊɪ', ø: 'œɜeɛ', œ: 'øɜɛ', ɶ: 'œa',
  r: 'ɹɾʁ', ɹ: 'rɾ', ɻ: 'ɹr', ɾ: 'Trɹd', ɽ: 'ɾrɹ', ʁ: 'ʀɹr', ʀ: 'ʁɹr', ɺ: 'ɾl',
  l: 'ɫ', ɫ: 'l', ɬ: 'l', ɮ: 'l', ɭ: 'l', ʎ: 'jl', ɲ: 'n', ɳ: 'n', ŋ: 'n', ɴ: 'ŋn', ɱ: 'm',
  x: 'χkh', χ: 'xkh', ç: 'xʃh', ɣ: 'ɡg', ɡ: 'g', g: 'ɡ', ɢ: 'ɡg', q: 'k', c: 'k', ɟ: 'ɡgd', ɸ: 'f', β: 'bv', ʋ: 'vw', ɦ: 'h', ħ: 'h', ʕ: 'ʔ', ʔ: 't',
  θ: 'ts', ð: 'dz', ʂ: 'ʃs', ʐ: 'ʒz', ɕ: 'ʃs', ʑ: 'ʒz', ʃ: 's', ʒ: 'zʃ', ʈ: 't', ɖ: 'd', ɥ: 'jw', ʍ: 'w', ɰ: 'w', ɓ: 'b', ɗ: 'd', ɠ: 'ɡg',
};
/** Length, nasality, aspiration, stress: the sound is still the sound without them. */
const refinement = /^[\p{M}\p{Lm}ˈˌːˑ]$/u;

/** The symbol that stands for a sound in a model; empty where it may be left out; undefined where nothing is like it. */
export function nearestSound(symbol: string, isKnown: (symbol: string) => boolean): string | undefined {
  if (isKnown(symbol)) return symbol;
  const near = Array.from(neighbours[symbol] ?? '').find(isKnown);
  return near ?? (refinement.test(symbol) ? '' : undefined);
}
