/**
 * GPT-2's byte-level byte-pair encoding, as Whisper uses it: text is cut into words by a pattern, and a word's bytes are
 * merged pair by pair, the pair with the lowest token first. A token's number is its rank, so that the vocabulary alone
 * says everything; tables of merges are not needed.
 */

/** Words with the blank before them, runs of digits, runs of marks, English contractions. */
const wordPattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Vocabularies write every byte as one printable character: itself where it is one, else from U+0100 on. */
const characterOfByte = Array.from({ length: 256 }, (_, byte) => byte).reduce<string[]>((characters, byte) => {
  const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const shifted = characters.filter((character) => character.codePointAt(0)! >= 256).length;
  return [...characters, String.fromCodePoint(isPrintable ? byte : 256 + shifted)];
}, []);
const byteOfCharacter = new Map(characterOfByte.map((character, byte) => [character, byte]));

/** The bytes that a token of the vocabulary stands for; `undefined` where it holds another character than those of bytes. */
export function bytesOfToken(written: string): Uint8Array | undefined {
  const bytes = Array.from(written, (character) => byteOfCharacter.get(character));
  return bytes.includes(undefined) ? undefined : Uint8Array.from(bytes as number[]);
}

/** `tokens`: numbers by their written form, as `tokenizer.json` has them. What the vocabulary cannot write is left out. */
export function encodeBytePairs(text: string, tokens: ReadonlyMap<string, number>): number[] {
  return Array.from(text.matchAll(wordPattern), ([word]) => encodeWord(word, tokens)).flat();
}

function encodeWord(word: string, tokens: ReadonlyMap<string, number>): number[] {
  const parts = Array.from(new TextEncoder().encode(word), (byte) => characterOfByte[byte]!);
  for (;;) {
    let best = -1;
    let bestRank = Infinity;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = tokens.get(parts[i]! + parts[i + 1]!) ?? Infinity;
      if (rank < bestRank) [best, bestRank] = [i, rank];
    }
    if (best < 0) return parts.flatMap((part) => tokens.get(part) ?? []);
    parts.splice(best, 2, parts[best]! + parts[best + 1]!);
  }
}
