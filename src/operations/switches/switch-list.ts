/** The live switches: what an operator can turn while the server runs, which values each has, and what they do. */

export const switchList = {
  cloning: { values: ['on', 'off'], usual: 'on', description: 'off: nobody makes a voice of a recording, and none that was made so speaks. This version clones no voices yet, so nothing hears of it.' },
  'free-lane': { values: ['open', 'throttled', 'closed'], usual: 'open', description: 'throttled: one sentence at a time on each worker, an eighth of the places to wait in, a quarter of the requests a minute. closed: all work of the free lane is refused.' },
  'new-work': { values: ['accepted', 'refused'], usual: 'accepted', description: 'refused: no lane takes new work; what has begun is finished.' },
  'small-model': { values: ['off', 'on'], usual: 'off', description: 'on: whoever asks for the fine voice is spoken to by the fast one, which takes a fraction of the time and memory. Books that have begun keep their voice.' },
  'read-only': { values: ['off', 'on'], usual: 'off', description: 'on: nothing that callers would have kept is taken: jobs, conversations, pronunciations, users, new keys, chains. Speaking, hearing and answering go on; keys can be revoked.' },
} as const satisfies Record<string, SwitchDefinition>;

type SwitchDefinition = { readonly values: readonly string[]; /** The value where nobody turned it. */ readonly usual: string; readonly description: string };

export type SwitchName = keyof typeof switchList;
export type SwitchValue<Name extends SwitchName> = (typeof switchList)[Name]['values'][number];
/** What every switch stands at. */
export type SwitchValues = { readonly [Name in SwitchName]: SwitchValue<Name> };

export const switchNames = Object.keys(switchList) as SwitchName[];

export function isSwitchName(name: string): name is SwitchName {
  return Object.hasOwn(switchList, name);
}
