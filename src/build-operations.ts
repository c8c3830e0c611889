/** What watches and steers the house, built for the runtime: live switches, the figures it notes of itself, checks, housekeeping. */
import { buildHouseFigures, type HouseFigures } from './build-checks.ts';
import { buildHousekeeping, keepHouse } from './build-housekeeping.ts';
import { startSeries, type StartSeriesOptions } from './build-series.ts';
import type { KeyRing } from './access/key-ring.ts';
import type { Housekeeping } from './operations/housekeeping/housekeeping.ts';
import type { CacheFiles } from './speech/cache/cache-files.ts';
import { createSwitchGate, type SwitchGate } from './operations/switches/switch-gate.ts';
import { createLiveSwitches, type LiveSwitches } from './operations/switches/live-switches.ts';
import { applyStartUpValues, type StartUpValue } from './operations/switches/start-up-values.ts';
import { switchList, switchNames } from './operations/switches/switch-list.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Database } from './store/database.ts';
import type { Revisions } from './store/live-snapshot.ts';
import { createSwitchChanges } from './store/switch-changes.ts';
import type { Metrics } from './telemetry/metrics.ts';

export type Switches = LiveSwitches & {
  readonly gate: SwitchGate;
  /** Turns what the configuration says for the start. */
  readonly applyStartUp: () => Promise<void>;
  readonly report: () => Promise<void>;
};

export type BuildSwitchesOptions = { readonly loaded: LoadedConfig; readonly database: Database; readonly revisions: Revisions; readonly metrics: Metrics };

export function buildSwitches({ loaded, database, revisions, metrics }: BuildSwitchesOptions): Switches {
  const now = () => new Date();
  const switches = createLiveSwitches({ changes: createSwitchChanges(database), revisions, now });
  return {
    ...switches,
    gate: createSwitchGate({ switches, now }),
    applyStartUp: () => applyStartUpValues(switches, startUpValues(loaded)),
    report: async () => {
      const values = await switches.values();
      for (const name of switchNames) for (const value of switchList[name].values) metrics.switches.set({ name, value }, values[name] === value ? 1 : 0);
    },
  };
}

function startUpValues({ config: { switches }, origins }: LoadedConfig): StartUpValue[] {
  const of = (setting: keyof typeof switches, name: StartUpValue['name'], value: string): StartUpValue[] => (switches[setting] ? [{ name, value, because: origins.get(`switches.${setting}`) ?? `switches.${setting}` }] : []);
  return [...of('cloningOff', 'cloning', 'off'), ...of('smallModel', 'small-model', 'on'), ...of('freeLaneClosed', 'free-lane', 'closed'), ...of('newWorkRefused', 'new-work', 'refused'), ...of('readOnly', 'read-only', 'on')];
}

export type Operations = {
  readonly figures: HouseFigures;
  readonly housekeeping: Housekeeping;
  /** Begins to note figures and to clear away. Only a server does. */
  readonly start: () => Promise<void>;
  /** Idempotent. */
  readonly close: () => Promise<void>;
};

export type BuildOperationsOptions = StartSeriesOptions & { readonly keys: KeyRing; readonly switches: LiveSwitches; readonly cacheFiles: CacheFiles };

export function buildOperations({ keys, switches, cacheFiles, ...series }: BuildOperationsOptions): Operations {
  const { config, database, clock, log } = series;
  const housekeeping = buildHousekeeping({ config, database, log, cacheFiles });
  const watching: { readonly close: () => Promise<void> }[] = [];
  return {
    housekeeping,
    figures: buildHouseFigures({ config, database, keys, switches, housekeeping }),
    start: async () => {
      // A read-only house is left as it is.
      const mayWrite = async () => (await switches.values())['read-only'] === 'off';
      watching.push(await startSeries(series), keepHouse({ housekeeping, clock, mayWrite }));
    },
    close: async () => void (await Promise.all(watching.map((one) => one.close()))),
  };
}
