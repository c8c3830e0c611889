/** Who may do what, built for the runtime: keys, users, and the rules of the door. */
import { createKeyRing, type KeyRing } from './access/key-ring.ts';
import { createRequestLimits, type RequestLimits } from './access/limits/request-limits.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import { createAccessSignals, type AccessSignals } from './store/access-signals.ts';
import { createKeyUse, type KeyUse } from './access/key-use.ts';
import { createApiKeyUses } from './store/api-key-uses.ts';
import { createApiKeys } from './store/api-keys.ts';
import type { Database } from './store/database.ts';
import type { Revisions } from './store/live-snapshot.ts';
import { createUsers } from './store/users.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export type BuildAccessOptions = { readonly config: Config; readonly database: Database; readonly revisions: Revisions; readonly now?: () => Date };

export function buildKeyRing({ config, database, revisions, now = () => new Date() }: BuildAccessOptions): KeyRing {
  return createKeyRing({ users: createUsers(database), keys: createApiKeys(database), uses: createApiKeyUses(database), revisions, plans: Object.keys(config.plans), now });
}

export function buildKeyUse({ database, clock, log }: Pick<BuildLimitsOptions, 'database' | 'clock' | 'log'>): KeyUse {
  return createKeyUse({ uses: createApiKeyUses(database), clock, now: () => new Date(), log });
}

/** Whether nobody is served without a key, as the server is bound. */
export function needsKeys({ access, server }: Pick<Config, 'access' | 'server'>, isLoopback: boolean): boolean {
  if (access.requireKeys !== 'auto') return access.requireKeys === 'always';
  return !isLoopback && !server.allowUnauthenticated;
}

export type BuildLimitsOptions = { readonly config: Config; readonly database: Database; readonly clock: Clock; readonly metrics: Metrics; readonly log: Logger; /** The free lane gets less for now. */ readonly isThrottled: () => boolean };

/** Of the usual requests a minute, while the free lane is throttled. */
const throttledShare = 1 / 4;

/** How often somebody may ask; who asks far too often is told to the log, the metrics and the table that operators read. */
export function buildLimits({ config, database, clock, metrics, log, isThrottled }: BuildLimitsOptions): { readonly limits: RequestLimits; readonly signals: AccessSignals } {
  const signals = createAccessSignals(database);
  const { transcriptionPerMinute: transcription, chatPerMinute: chat, embeddingsPerMinute: embeddings, globalPerMinute } = config.limits;
  const limits = createRequestLimits({
    settings: { lanes: config.lanes, perMinute: { transcription, chat, embeddings }, globalPerMinute },
    laneShare: (lane) => (lane === 'free' && isThrottled() ? throttledShare : 1),
    now: clock.now,
    onSignal: (signal) => {
      metrics.abuseSignals.inc({ kind: signal.kind });
      log.warn({ ...signal }, signal.kind === 'raised' ? 'somebody asks ten times as often as is normal, and is held to a tenth of it' : 'somebody who asked too often is quiet, and held to less no more');
      signals.insert({ at: new Date().toISOString(), ...signal }).catch((error: unknown) => log.error({ err: error }, 'a signal could not be written'));
    },
  });
  return { limits, signals };
}
