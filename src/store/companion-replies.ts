/** Which spoken replies lie on the disk, whose they are, and since when. */
import type { Database } from './database.ts';

export type CompanionReplyTable = {
  id: string;
  owner: string;
  content_type: string;
  /** In the folder of replies. */
  file_name: string;
  /** ISO 8601, UTC. */
  created_at: string;
};

export type CompanionReplies = {
  /** On disk when it resolves. */
  readonly insert: (row: CompanionReplyTable) => Promise<void>;
  /** Undefined where the owner has none of that id that was made since then. */
  readonly get: (query: { owner: string; id: string; madeSince: string }) => Promise<CompanionReplyTable | undefined>;
  /** Of every owner: the clean-up's alone. */
  readonly madeBefore: (before: string) => Promise<CompanionReplyTable[]>;
  readonly fileNames: () => Promise<string[]>;
  readonly remove: (id: string) => Promise<void>;
};

export function createCompanionReplies(database: Database): CompanionReplies {
  return {
    insert: async (row) => void (await database.insertInto('companion_replies').values(row).execute()),
    get: ({ owner, id, madeSince }) => database.selectFrom('companion_replies').selectAll()
      .where('owner', '=', owner).where('id', '=', id).where('created_at', '>=', madeSince).executeTakeFirst(),
    madeBefore: (before) => database.selectFrom('companion_replies').selectAll().where('created_at', '<', before).execute(),
    fileNames: async () => (await database.selectFrom('companion_replies').select('file_name').execute()).map((row) => row.file_name),
    remove: async (id) => void (await database.deleteFrom('companion_replies').where('id', '=', id).execute()),
  };
}
