/** What the doctor finds about keys: whether anybody can get in who must, and whether somebody soon will not. */
import type { Key } from '../access/key-ring.ts';
import { needsKeys } from '../build-access.ts';
import type { Config } from '../config/schema.ts';
import { toAntiphonError } from '../errors.ts';
import { isLoopback } from '../http/host-check.ts';
import type { Finding } from './doctor.ts';
import { withAccess } from './open-access.ts';

const soonMs = 7 * 86_400_000;

export async function* checkKeys(config: Config): AsyncGenerator<Finding> {
  const check = 'keys';
  try {
    const all = await withAccess(config, ({ keys }) => keys.list());
    yield* findingsOf(all, { config, needed: needsKeys(config, isLoopback(config.server.host)), now: new Date() });
  } catch (error) {
    yield { check, status: 'error', detail: toAntiphonError(error).message, fix: 'See the data folder above; `antiphon keys list` says more.' };
  }
}

export type KeyCircumstances = { readonly config: Pick<Config, 'server' | 'access' | 'plans'>; /** Nobody is served without one. */ readonly needed: boolean; readonly now: Date };

export function* findingsOf(all: readonly Key[], { config: { server, access, plans }, needed, now }: KeyCircumstances): Generator<Finding> {
  const check = 'keys';
  const working = all.filter(({ state }) => state === 'active' || state === 'expiring');
  const owners = working.filter(({ user }) => user.role === 'owner').length;
  const count = `${working.length} ${working.length === 1 ? 'key works' : 'keys work'}, ${owners} of an owner`;
  if (needed && owners === 0) {
    yield { check, status: 'error', detail: `everybody needs one on ${server.host}, and no owner has one: the server does not start`, fix: 'antiphon users create me --role owner, then antiphon keys create --user me --plan enterprise' };
  } else if (!needed && !isLoopback(server.host)) {
    yield { check, status: 'warning', detail: `${server.host} can be reached by others, and whoever reaches it is the owner`, fix: `Set ${access.requireKeys === 'never' ? 'access.requireKeys to auto' : 'server.allowUnauthenticated to false'} unless a proxy before it checks who asks.` };
  } else {
    yield { check, status: 'ok', detail: needed ? count : `none is needed on ${server.host}; ${count}` };
  }
  const homeless = working.filter(({ plan }) => !Object.hasOwn(plans, plan));
  if (homeless.length > 0) yield { check: 'plans of keys', status: 'warning', detail: `${homeless.map(({ id, plan }) => `${id} has "${plan}"`).join(', ')}, which the configuration does not know: refused with 403`, fix: 'Put the plan back under plans, or make those keys anew.' };
  const ending = working.filter(({ expiresAt, replacedBy }) => replacedBy === undefined && expiresAt !== undefined && Date.parse(expiresAt) - now.getTime() < soonMs);
  if (ending.length > 0) yield { check: 'keys that end', status: 'warning', detail: ending.map(({ id, user, expiresAt }) => `${id} of ${user.name} on ${expiresAt!.slice(0, 10)}`).join(', '), fix: 'Make others with antiphon keys create, if they are still wanted.' };
}
