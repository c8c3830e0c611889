/** What a provider says about a request, made fit to be shown: short, without keys, and without the caller's words. */

const longestMessage = 200;
/** So many letters in a row of what the caller wrote are a quotation. */
const quotedLetters = 16;
/** Shorter texts than this are words that any message may hold. */
const shortestText = 4;

// Prefixes of the vendors' keys, bearer tokens, UUIDs, and any long run of letters and digits.
const keyLike = [
  /\bbearer\s+\S+/gi,
  /\b(?:sk|gsk|pk|rk|xai|hf|nvapi)[-_][\w*.-]{4,}/gi,
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi,
  /(?=\w*\d)(?=\w*[a-z])\w{20,}/gi,
] as const;

export type Unsafe = {
  readonly key: string | undefined;
  /** The caller's own words in the request. */
  readonly texts: readonly string[];
};

/** `undefined` where it is empty or quotes what the caller wrote. */
export function safeMessage(message: string | undefined, { key, texts }: Unsafe): string | undefined {
  if (message === undefined) return undefined;
  // oxlint-disable-next-line no-control-regex -- a log line must stay one.
  const plain = message.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  if (plain === '' || quotes(plain, texts)) return undefined;
  const without = key === undefined || key === '' ? plain : plain.replaceAll(key, '<key>');
  const redacted = keyLike.reduce((text, pattern) => text.replaceAll(pattern, '<key>'), without);
  return redacted.length > longestMessage ? `${redacted.slice(0, longestMessage - 1).trimEnd()}…` : redacted;
}

function quotes(message: string, texts: readonly string[]): boolean {
  const plain = texts.map((text) => text.replaceAll(/\s+/g, ' ').trim());
  if (plain.some((text) => text.length >= shortestText && text.length <= quotedLetters && message.includes(text))) return true;
  const long = plain.filter((text) => text.length > quotedLetters);
  for (let at = 0; at + quotedLetters <= message.length; at++) {
    const stretch = message.slice(at, at + quotedLetters);
    if (long.some((text) => text.includes(stretch))) return true;
  }
  return false;
}
