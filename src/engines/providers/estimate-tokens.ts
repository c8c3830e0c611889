/** How many tokens a text may have, for servers that do not tell what was used. */

/** A rule of thumb for European languages; a bill is not made of it. */
const lettersPerToken = 4;

/** 0 for no text, and never fewer than one for some. */
export function estimateTokens(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.ceil(text.length / lettersPerToken), 0);
}
