/** Who may do what, built for the runtime: keys, users, and the rules of the door. */
import { createKeyRing, type KeyRing } from './access/key-ring.ts';
import type { Config } from './config/schema.ts';
import { createApiKeys } from './store/api-keys.ts';
import type { Database } from './store/database.ts';
import type { Revisions } from './store/live-snapshot.ts';
import { createUsers } from './store/users.ts';

export type BuildAccessOptions = { readonly config: Config; readonly database: Database; readonly revisions: Revisions; readonly now?: () => Date };

export function buildKeyRing({ config, database, revisions, now = () => new Date() }: BuildAccessOptions): KeyRing {
  return createKeyRing({ users: createUsers(database), keys: createApiKeys(database), revisions, plans: Object.keys(config.plans), now });
}

/** Whether nobody is served without a key, as the server is bound. */
export function needsKeys({ access, server }: Config, isLoopback: boolean): boolean {
  return access.requireKeys === 'always' || (!isLoopback && !server.allowUnauthenticated);
}
