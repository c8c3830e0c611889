/** How far a transcript is from what was said: word errors as speech recognition counts them. */

/** Substitutions, insertions and deletions (Levenshtein over words, case and marks ignored), and the words said. */
export function wordErrors(heard: string, said: string): { readonly errors: number; readonly words: number } {
  const [ours, theirs] = [plainWords(heard), plainWords(said)];
  let row = theirs.map((_, i) => i + 1);
  for (const [i, word] of ours.entries()) {
    let diagonal = i;
    let left = i + 1;
    row = row.map((above, j) => {
      left = Math.min(left + 1, above + 1, diagonal + (word === theirs[j] ? 0 : 1));
      diagonal = above;
      return left;
    });
  }
  return { errors: row.at(-1) ?? ours.length, words: theirs.length };
}

function plainWords(text: string): string[] {
  return text.toLowerCase().replaceAll('’', "'").match(/[\p{L}\p{N}\p{M}']+/gu) ?? [];
}
