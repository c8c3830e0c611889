/** Every provider that is configured, by its id, with what the rooms above need to ask it. */
import type { KeySource } from '../config/key-source.ts';
import type { ProviderConfig } from '../config/provider-settings.ts';
import type { Provider } from '../engines/providers/provider.ts';
import { AntiphonError } from '../errors.ts';
import type { WorkKind } from './fallback.ts';

export type ProviderEntry = {
  readonly id: string;
  readonly settings: ProviderConfig;
  readonly key: KeySource;
  readonly provider: Provider;
};

export type ProviderRoster = {
  readonly all: () => readonly ProviderEntry[];
  readonly find: (id: string) => ProviderEntry | undefined;
  /** Errors: provider_unknown. */
  readonly get: (id: string) => ProviderEntry;
  /** The model that it does such work with. Errors: provider_unknown where it does none. */
  readonly modelOf: (id: string, kind: WorkKind) => string;
};

export type ProviderRosterOptions = {
  readonly settings: Readonly<Record<string, ProviderConfig>>;
  readonly keys: ReadonlyMap<string, KeySource>;
  readonly create: (id: string, settings: ProviderConfig, key: KeySource) => Provider;
};

export function createProviderRoster({ settings, keys, create }: ProviderRosterOptions): ProviderRoster {
  const entries = new Map(Object.entries(settings).map(([id, own]) => {
    const key = keys.get(id)!;
    return [id, { id, settings: own, key, provider: create(id, own, key) }];
  }));

  function get(id: string): ProviderEntry {
    const entry = entries.get(id);
    if (entry) return entry;
    throw new AntiphonError('provider_unknown', `There is no provider "${id}"; configured are ${[...entries.keys()].join(', ')}.`, { param: 'provider' });
  }

  return {
    all: () => [...entries.values()],
    find: (id) => entries.get(id),
    get,
    modelOf: (id, kind) => {
      const model = get(id).settings.models[kind];
      if (model === undefined) throw new AntiphonError('provider_unknown', `${id} does no ${kind}; providers.${id}.models.${kind} would name the model for it.`, { param: 'model' });
      return model;
    },
  };
}
