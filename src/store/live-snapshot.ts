/**
 * Small tables that steer every request (keys, switches), held in memory and never stale: their triggers count each
 * change, by whatever process it was made, and the count is read before each use. That costs a few microseconds.
 */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';

export type RevisionTable = { name: string; revision: number };

export type Revisions = {
  /** How often the table was changed; grows only. */
  readonly read: (table: string) => number;
  readonly close: () => void;
};

/** On a connection of its own, which reads only: the answer is there at once, and no write waits for it. */
export function openRevisions({ dataDir }: { readonly dataDir: string }): Revisions {
  const database = new DatabaseSync(join(dataDir, 'antiphon.db'), { readOnly: true, timeout: 5_000 });
  const statement = database.prepare('select revision from revisions where name = ?');
  return {
    read: (table) => Number(statement.get(table)?.['revision'] ?? 0),
    close: () => database.close(),
  };
}

/** Resolves with what `load` gave since the last change. One that fails rejects, and the next call tries again. */
export function createLiveSnapshot<Snapshot>({ revision: readRevision, load }: { readonly revision: () => number; readonly load: () => Promise<Snapshot> }): () => Promise<Snapshot> {
  let known: { readonly revision: number; readonly snapshot: Promise<Snapshot> } | undefined;
  return async () => {
    const revision = readRevision();
    if (known?.revision !== revision) {
      const snapshot = load();
      const own = { revision, snapshot };
      known = own;
      snapshot.catch(() => { if (known === own) known = undefined; });
    }
    return known.snapshot;
  };
}

/** For a migration: every change of the table counts from now on. `columns`: only changes of these, where others change all the time. */
export async function countChanges(database: Kysely<unknown>, table: string, columns?: readonly string[]): Promise<void> {
  await sql`insert into revisions (name, revision) values (${table}, 1)`.execute(database);
  const of = columns === undefined ? '' : ` of ${columns.join(', ')}`;
  for (const event of ['insert', 'delete', `update${of}`]) {
    await sql.raw(`create trigger ${table}_counts_${event.split(' ')[0]} after ${event} on ${table} begin update revisions set revision = revision + 1 where name = '${table}'; end`).execute(database);
  }
}
