/** The settings of providers and of chains: what the user gives is laid over the presets, field by field, and checked. */
import { z } from 'zod';
import { isPrivateHost } from './private-address.ts';
import { kindsOfType, providerPresets, workKindNames, type WorkKindName } from './provider-presets.ts';

const limitMs = z.number().int().min(1).max(600_000);
const price = z.number().min(0);

const givenModels = z.strictObject({ speech: z.string().optional(), transcription: z.string().optional(), chat: z.string().optional(), embeddings: z.string().optional() });
const givenPrices = z.strictObject({
  /** Per million tokens. */
  chatInput: price.optional(), chatOutput: price.optional(), embeddings: price.optional(),
  /** Per million characters. */
  speech: price.optional(),
  /** Per hour of sound. */
  transcription: price.optional(),
});

const givenProvider = z.strictObject({
  type: z.enum(['openai', 'elevenlabs', 'anthropic']).optional(),
  baseUrl: z.string().optional(),
  keyVariable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, not a key').or(z.literal('')).optional(),
  keyFile: z.string().optional(),
  allowHttp: z.boolean().optional(),
  models: givenModels.optional(),
  defaultVoice: z.string().optional(),
  answerTimeoutMs: limitMs.optional(),
  stallTimeoutMs: limitMs.optional(),
  prices: givenPrices.optional(),
}, { error: (issue) => (issue.code === 'unrecognized_keys' && issue.keys?.some((key) => /^(api_?)?key$/i.test(key)) === true ? 'a key does not belong here; name the variable that holds it (keyVariable) or a file (keyFile)' : undefined) });

export type ProviderConfig = {
  readonly type: 'openai' | 'elevenlabs' | 'anthropic';
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** Empty: none. */
  readonly keyVariable: string;
  /** Empty: none. Goes before the variable. */
  readonly keyFile: string;
  readonly models: Readonly<Partial<Record<WorkKindName, string>>>;
  /** Its own name of the voice that speaks where none is known for the one that was asked for; empty: it needs none. */
  readonly defaultVoice: string;
  readonly answerTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly prices: z.infer<typeof givenPrices>;
};

const defaults = { keyVariable: '', keyFile: '', allowHttp: false, models: {}, defaultVoice: '', answerTimeoutMs: 15_000, stallTimeoutMs: 10_000, prices: {} };

export const providersSchema = z.record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,40}$/, 'a provider\'s name has small letters, digits, - and _'), givenProvider).prefault({})
  .transform((given, context): Record<string, ProviderConfig> => {
    const names = [...new Set([...Object.keys(providerPresets), ...Object.keys(given)])];
    return Object.fromEntries(names.flatMap((id) => {
      const merged = mergeProvider(id, given[id] ?? {});
      if (typeof merged !== 'string') return [[id, merged]];
      context.addIssue({ code: 'custom', message: merged, path: [id] });
      return [];
    }));
  });

/** A sentence where it cannot be. */
function mergeProvider(id: string, given: z.infer<typeof givenProvider>): ProviderConfig | string {
  const preset = Object.hasOwn(providerPresets, id) ? providerPresets[id]! : undefined;
  if (id === 'local' || id === 'auto') return `${id} is not a name that a provider may have`;
  const merged = { ...defaults, ...preset, ...withoutUndefined(given), models: withoutEmpty({ ...preset?.models, ...given.models }), prices: given.prices ?? {} };
  const { type, baseUrl, allowHttp, ...rest } = merged;
  if (type === undefined) return `${id} is no preset, so its type must be given: openai (for any server with that API), elevenlabs or anthropic`;
  if (baseUrl === undefined) return `${id} is no preset, so its baseUrl must be given: https://host/v1`;
  const fault = faultOfUrl(baseUrl, allowHttp);
  if (fault !== undefined) return `${id}: baseUrl ${fault}`;
  const beyond = Object.keys(rest.models).find((kind) => !kindsOfType[type].includes(kind as WorkKindName));
  if (beyond !== undefined) return `${id}: a provider of type ${type} does no ${beyond}`;
  return { type, baseUrl: baseUrl.replace(/\/+$/, ''), ...rest };
}

function faultOfUrl(text: string, allowHttp: boolean): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return 'must be an address such as https://host/v1';
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return 'must hold neither a user, a query nor a fragment; a key belongs into keyVariable or keyFile';
  if (url.protocol === 'https:' || allowHttp || isPrivateHost(url.hostname)) return undefined;
  return 'must begin with https://, since texts and the key would travel in the open; for a trusted network set allowHttp';
}

const members = z.array(z.string().min(1)).min(1).default(['local']);
const chain = (description: string) => members.meta({ description });

export const chainsSchema = z.object({
  speech: chain('Who speaks for model names that are no engine\'s own (tts-1, auto …), in order: local (this machine) or a provider. A text leaves this machine only where a provider stands here.'),
  transcription: chain('Who hears recordings for model names that are no local model\'s own (whisper-1, auto …), in order.'),
  chat: chain('Who answers conversations for auto and other vendors\' names of models, in order.'),
  embeddings: chain('Who turns texts into vectors for auto and other vendors\' names of models, in order. Vectors of different models cannot be compared: a chain of more than one fits only where nobody keeps them.'),
});

export const failoverSchema = z.object({
  deadlineMs: limitMs.default(30_000).meta({ description: 'A request must be answered, or its answer begin, in this time, whoever is asked and however often.', unit: 'ms' }),
  firstPieceMs: limitMs.default(10_000).meta({ description: 'A member of a chain that has not begun to answer by then is left for the next one.', unit: 'ms' }),
  attempts: z.number().int().min(1).max(10).default(2).meta({ description: 'Attempts of each provider within one request; this machine is asked once, its workers begin anew by themselves.' }),
  backoffMs: limitMs.default(200).meta({ description: 'The first pause between two attempts is drawn between 0 and this; the bound doubles from attempt to attempt. A provider\'s own Retry-After goes before it.', unit: 'ms' }),
  mostBackoffMs: limitMs.default(5_000).meta({ description: 'The bound of a pause grows no further.', unit: 'ms' }),
  consecutiveFailures: z.number().int().min(1).max(1_000).default(5).meta({ description: 'So many failures in a row take a member out of service.' }),
  windowCalls: z.number().int().min(1).max(10_000).default(20).meta({ description: 'So many of the last calls are remembered.' }),
  leastCalls: z.number().int().min(1).max(10_000).default(10).meta({ description: 'A share of failures counts once there were so many calls.' }),
  failureShare: z.number().min(0.01).max(1).default(0.5).meta({ description: 'This share of failures among the last calls takes a member out of service, 0 to 1.' }),
  openMs: limitMs.default(30_000).meta({ description: 'A member out of service is tried again after this time, by one request; the time doubles while that fails. A provider\'s own Retry-After goes before it.', unit: 'ms' }),
  mostOpenMs: z.number().int().min(1).max(3_600_000).default(300_000).meta({ description: 'The time out of service grows no further.', unit: 'ms' }),
  checkEveryMs: z.number().int().min(1_000).max(3_600_000).default(30_000).meta({ description: 'Providers that stand in a chain are asked this often whether they are there, with what costs nothing.', unit: 'ms' }),
});

/** A sentence where a chain names somebody who is not there or cannot do it; undefined where all is well. */
export function faultOfChain(kind: WorkKindName, chainMembers: readonly string[], providers: Readonly<Record<string, ProviderConfig>>): string | undefined {
  const twice = chainMembers.find((member, index) => chainMembers.indexOf(member) !== index);
  if (twice !== undefined) return `${twice} stands in it twice`;
  if (chainMembers.length === 0) return 'it needs at least one member';
  for (const member of chainMembers) {
    if (member === 'local') continue;
    const provider = Object.hasOwn(providers, member) ? providers[member] : undefined;
    if (provider === undefined) return `there is no provider "${member}"; known are local, ${Object.keys(providers).join(', ')}`;
    if (provider.models[kind] === undefined) return `${member} does no ${kind}: providers.${member}.models.${kind} names no model`;
  }
  return undefined;
}

/** Every chain of the configuration at fault, as issues of the whole. */
export function checkChains({ chains, providers }: { readonly chains: z.infer<typeof chainsSchema>; readonly providers: Readonly<Record<string, ProviderConfig>> }): { readonly path: string[]; readonly message: string }[] {
  return workKindNames.flatMap((kind) => {
    const fault = faultOfChain(kind, chains[kind], providers);
    return fault === undefined ? [] : [{ path: ['chains', kind], message: fault }];
  });
}

function withoutUndefined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}

/** An empty name takes a preset's model away. */
function withoutEmpty(models: Readonly<Partial<Record<WorkKindName, string | undefined>>>): Partial<Record<WorkKindName, string>> {
  return Object.fromEntries(Object.entries(models).filter(([, name]) => name !== undefined && name !== '')) as Partial<Record<WorkKindName, string>>;
}
