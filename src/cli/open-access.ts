/** The data folder for commands that change who may do what: the server need not run, and sees it at once if it does. */
import { buildKeyRing } from '../build-access.ts';
import type { KeyRing } from '../access/key-ring.ts';
import type { Config } from '../config/schema.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { openRevisions, type Revisions } from '../store/live-snapshot.ts';

export type OpenAccess = { readonly database: Database; readonly revisions: Revisions; readonly keys: KeyRing };

/** Whatever happens, what was opened is closed. */
export async function withAccess<Result>(config: Config, work: (access: OpenAccess) => Promise<Result>): Promise<Result> {
  const database = await openDatabase(config);
  const revisions = openRevisions(config);
  try {
    return await work({ database, revisions, keys: buildKeyRing({ config, database, revisions }) });
  } finally {
    revisions.close();
    await database.destroy();
  }
}
