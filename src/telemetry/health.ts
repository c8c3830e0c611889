/** What works and what does not, asked of every part at once: pass, warn (serving, but not as it should) or fail. */

export type HealthStatus = 'pass' | 'warn' | 'fail';

export type ComponentHealth = {
  readonly status: HealthStatus;
  /** One sentence for a person; present when the status is not `pass`. */
  readonly message?: string;
  /** Figures and facts, each a JSON value. */
  readonly [fact: string]: unknown;
};

export type HealthCheck = () => ComponentHealth | Promise<ComponentHealth>;

export type HealthReport = {
  readonly status: HealthStatus;
  readonly components: Readonly<Record<string, ComponentHealth>>;
};

const rank: Readonly<Record<HealthStatus, number>> = { pass: 0, warn: 1, fail: 2 };

/** The worst of the parts is the whole's; a check that throws fails with a plain sentence. */
export async function checkHealth(checks: Readonly<Record<string, HealthCheck>>): Promise<HealthReport> {
  const results = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check)] as const));
  const status = results.reduce<HealthStatus>((worst, [, { status: own }]) => (rank[own] > rank[worst] ? own : worst), 'pass');
  return { status, components: Object.fromEntries(results) };
}

async function outcomeOf(check: HealthCheck): Promise<ComponentHealth> {
  try {
    return await check();
  } catch {
    return { status: 'fail', message: 'The check itself failed; the log has the cause.' };
  }
}
