/** What a file says of itself to players: names, and where its chapters begin. */

export type AudioTags = {
  /** Of this file: a chapter's, or the book's. */
  readonly title: string;
  readonly artist?: string | undefined;
  /** The book. */
  /** What else is to be known of it. */
  readonly comment?: string | undefined;
  readonly album?: string | undefined;
  readonly track?: { readonly number: number; readonly of: number } | undefined;
  /** In order, from the first sample on; empty or one: none are written. */
  readonly chapters: readonly ChapterMark[];
};

export type ChapterMark = { readonly title: string; readonly startSeconds: number; readonly endSeconds: number };

/** Of speech that carries a mark, to whoever looks into the file. */
export const machineMadeTags: AudioTags = { title: 'Synthetic speech', comment: 'Made by a machine. The sound carries a watermark.', chapters: [] };

/** What wrote the file. */
export const writerName = 'Antiphon';
