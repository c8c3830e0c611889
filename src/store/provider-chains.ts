/** Chains that an operator changed while the server ran: one row a kind of work, gone where the configuration holds again. */
import { z } from 'zod';
import type { Database } from './database.ts';

export type ProviderChainTable = {
  /** speech, transcription, chat, embeddings. */
  kind: string;
  /** JSON list, in order. */
  members: string;
  /** ISO 8601, UTC. */
  changed_at: string;
};

export type StoredChain = { readonly kind: string; readonly members: readonly string[]; readonly changedAt: string };

export type ProviderChainStore = {
  readonly list: () => Promise<readonly StoredChain[]>;
  /** On disk when it resolves. */
  readonly put: (chain: StoredChain) => Promise<void>;
  readonly remove: (kind: string) => Promise<void>;
};

const membersSchema = z.array(z.string());

export function createProviderChainStore(database: Database): ProviderChainStore {
  return {
    list: async () => (await database.selectFrom('provider_chains').selectAll().execute()).map(({ kind, members, changed_at: changedAt }) => ({ kind, members: membersSchema.parse(JSON.parse(members)), changedAt })),
    put: async ({ kind, members, changedAt }) => void (await database.replaceInto('provider_chains').values({ kind, members: JSON.stringify(members), changed_at: changedAt }).execute()),
    remove: async (kind) => void (await database.deleteFrom('provider_chains').where('kind', '=', kind).execute()),
  };
}
