/** What a file says of itself to players: names, and where its chapters begin. */

export type AudioTags = {
  /** Of this file: a chapter's, or the book's. */
  readonly title: string;
  readonly artist?: string | undefined;
  /** The book. */
  readonly album?: string | undefined;
  readonly track?: { readonly number: number; readonly of: number } | undefined;
  /** In order, from the first sample on; empty or one: none are written. */
  readonly chapters: readonly ChapterMark[];
};

export type ChapterMark = { readonly title: string; readonly startSeconds: number; readonly endSeconds: number };

/** What wrote the file. */
export const writerName = 'Antiphon';
