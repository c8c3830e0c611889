/** One row a durable job: what it is, how far it is, who runs it. Settings and progress are JSON of its kind. */
import type { Database } from './database.ts';

export type JobTable = {
  id: string;
  owner: string;
  /** Which kind of work: `speech`. */
  kind: string;
  /** Who runs it: `server` or `command`; one never takes the other's. */
  place: string;
  state: string;
  title: string;
  /** Of text and settings, so that the same wish finds the work that was begun for it. */
  fingerprint: string;
  settings: string;
  progress: string;
  /** ISO 8601, UTC. */
  created_at: string;
  changed_at: string;
  /** Time spent working, over all attempts. */
  worked_ms: number;
  error_code: string | null;
  error_message: string | null;
};

export type JobKey = { readonly owner: string; readonly id: string };
export type JobChange = Partial<Pick<JobTable, 'state' | 'place' | 'progress' | 'worked_ms' | 'error_code' | 'error_message'>>;

export type JobStore = {
  /** On disk when it resolves. */
  readonly insert: (row: JobTable) => Promise<void>;
  readonly get: (key: JobKey) => Promise<JobTable | undefined>;
  /** Newest first. */
  readonly list: (query: { owner: string; limit: number }) => Promise<JobTable[]>;
  /** The newest with this fingerprint. */
  readonly findLike: (query: { owner: string; fingerprint: string; place: string }) => Promise<JobTable | undefined>;
  readonly countOpen: (query: { owner: string }) => Promise<number>;
  /** Oldest first, of every owner: the runner's alone, like the counts. */
  readonly inState: (query: { state: string; place?: string }) => Promise<JobTable[]>;
  /** Whether there is one of that id, whoever's. */
  readonly isKnown: (id: string) => Promise<boolean>;
  readonly countByState: () => Promise<Readonly<Record<string, number>>>;
  /** Changes the row only while it is in the state; false where it is not (any more). */
  readonly changeFrom: (key: JobKey, state: string, change: JobChange) => Promise<boolean>;
  readonly remove: (key: JobKey) => Promise<void>;
};

/** States in which a job holds a place among `jobs.maxOpen`. */
const openStates = ['queued', 'running', 'paused'];

export function createJobStore(database: Database): JobStore {
  const own = ({ owner, id }: JobKey) => database.selectFrom('jobs').selectAll().where('owner', '=', owner).where('id', '=', id);
  return {
    insert: async (row) => void (await database.insertInto('jobs').values(row).execute()),
    get: (key) => own(key).executeTakeFirst(),
    list: ({ owner, limit }) => database.selectFrom('jobs').selectAll().where('owner', '=', owner).orderBy('created_at', 'desc').limit(limit).execute(),
    findLike: ({ owner, fingerprint, place }) => database.selectFrom('jobs').selectAll()
      .where('owner', '=', owner).where('fingerprint', '=', fingerprint).where('place', '=', place)
      .orderBy('created_at', 'desc').limit(1).executeTakeFirst(),
    countOpen: async ({ owner }) => {
      const row = await database.selectFrom('jobs').select(({ fn }) => fn.countAll<number>().as('count')).where('owner', '=', owner).where('state', 'in', openStates).executeTakeFirstOrThrow();
      return Number(row.count);
    },
    inState: ({ state, place }) => {
      const all = database.selectFrom('jobs').selectAll().where('state', '=', state).orderBy('created_at');
      return (place === undefined ? all : all.where('place', '=', place)).execute();
    },
    isKnown: async (id) => (await database.selectFrom('jobs').select('id').where('id', '=', id).executeTakeFirst()) !== undefined,
    countByState: async () => {
      const rows = await database.selectFrom('jobs').select(['state', ({ fn }) => fn.countAll<number>().as('count')]).groupBy('state').execute();
      return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
    },
    changeFrom: async ({ owner, id }, state, change) => {
      const { numUpdatedRows } = await database.updateTable('jobs').set({ ...change, changed_at: new Date().toISOString() })
        .where('owner', '=', owner).where('id', '=', id).where('state', '=', state).executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    remove: async ({ owner, id }) => void (await database.deleteFrom('jobs').where('owner', '=', owner).where('id', '=', id).execute()),
  };
}
