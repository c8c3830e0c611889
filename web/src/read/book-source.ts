/** The text that shall be read: a file that stays where it is, or what was pasted. */

export type BookSource =
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'text'; readonly text: string };

export const emptySource: BookSource = { kind: 'text', text: '' };

/** What is sent; undefined where there is nothing yet. */
export function contentOf(source: BookSource): Blob | string | undefined {
  if (source.kind === 'file') return source.file;
  return source.text.trim() === '' ? undefined : source.text;
}
