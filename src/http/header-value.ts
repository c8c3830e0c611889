/** A voice or a model may be named in any script; what a header cannot carry is percent-encoded. */
export function toHeaderValue(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}
