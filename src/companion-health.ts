/** What a spoken conversation leans on, by the names that Rose's operators know: speech, listening, language, sqlite, and providers that are asked. */
import type { Runtime } from './runtime.ts';
import type { ComponentHealth, HealthCheck } from './telemetry/health.ts';

/** `checks`: those of /health, asked anew since chains may change. */
export function createCompanionHealth(runtime: Runtime, checks: () => Readonly<Record<string, HealthCheck>>): () => Readonly<Record<string, HealthCheck>> {
  async function language(): Promise<ComponentHealth> {
    const others = runtime.providers.fallback.chain('chat').filter((member) => member !== 'local');
    if (others.length > 0) return { status: 'pass' };
    const models = await runtime.language.catalog.models();
    return models.some(({ kind }) => kind === 'chat') ? { status: 'pass' } : { status: 'fail', message: 'No model that answers conversations is here, and no provider is asked.' };
  }

  async function sqlite(): Promise<ComponentHealth> {
    await runtime.companion.countSessions();
    return { status: 'pass' };
  }

  return () => {
    const { voices, listening, ...all } = checks();
    const providers = Object.entries(all).filter(([name]) => name.startsWith('provider_')).map(([name, check]) => [name.slice('provider_'.length), check] as const);
    return { speech: voices!, listening: listening!, language, sqlite, ...Object.fromEntries(providers) };
  };
}
