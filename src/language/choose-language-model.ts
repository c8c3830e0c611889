/** From what a client calls a model to who is asked and with which model: aliases, the chain, one provider, this machine. */
import { localMember } from '../dispatch/fallback.ts';
import type { LanguageModel } from '../dispatch/language-pool.ts';
import type { ProviderRoster } from '../dispatch/provider-roster.ts';
import { AntiphonError } from '../errors.ts';

export type LanguageChoice = {
  /** Only these; undefined: the kind's chain. */
  readonly members: readonly string[] | undefined;
  /** The model that a member serves it with. Errors: model_not_ready, provider_unknown. */
  readonly modelOf: (member: string) => string;
};

export type ChooseLanguageModelOptions = {
  readonly model: string;
  readonly kind: 'chat' | 'embeddings';
  /** Aliases; a * at the end stands for the rest of a name. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Local models in order of preference. */
  readonly preferred: readonly string[];
  readonly local: readonly LanguageModel[];
  readonly roster: Pick<ProviderRoster, 'find' | 'modelOf' | 'all'>;
};

/** The chain, by its own name. */
const chainName = 'auto';

/** Errors: model_unknown; provider_unknown where a provider was named that does no such work. */
export function chooseLanguageModel(options: ChooseLanguageModelOptions): LanguageChoice {
  const { model, aliases } = options;
  const exact = Object.hasOwn(aliases, model) ? aliases[model] : undefined;
  const found = byName(exact ?? model, options) ?? byName(patternAlias(model, aliases), options);
  if (found) return found;
  throw new AntiphonError('model_unknown', `The model "${model}" does not exist. Known: ${knownNames(options).join(', ')}.`, { param: 'model' });
}

/** Names that `chooseLanguageModel` understands now, patterns of aliases left out. */
export function knownNames({ kind, local, roster, aliases }: Omit<ChooseLanguageModelOptions, 'model' | 'preferred'>): readonly string[] {
  const own = local.filter((model) => model.kind === kind).map(({ modelId }) => modelId);
  const providers = roster.all().filter(({ settings }) => settings.models[kind] !== undefined).map(({ id }) => id);
  return [chainName, localMember, ...own, ...providers, ...Object.keys(aliases).filter((name) => !name.endsWith('*'))];
}

function byName(name: string | undefined, { kind, local, preferred, roster }: ChooseLanguageModelOptions): LanguageChoice | undefined {
  if (name === undefined) return undefined;
  const own = local.filter((model) => model.kind === kind);
  const localModel = () => defaultLocal(own, preferred, kind).modelId;
  const modelOf = (member: string): string => (member === localMember ? localModel() : roster.modelOf(member, kind));
  if (name === chainName) return { members: undefined, modelOf };
  if (name === localMember) return { members: [localMember], modelOf };
  const exact = own.find(({ modelId }) => isNamed(modelId, name));
  if (exact) return { members: [localMember], modelOf: () => exact.modelId };
  const [id, ...rest] = name.split('/');
  if (id === undefined || roster.find(id) === undefined) return undefined;
  const named = rest.join('/');
  const usual = roster.modelOf(id, kind);
  return { members: [id], modelOf: () => (named === '' ? usual : named) };
}

/** With the engine before it, or without. */
function isNamed(modelId: string, name: string): boolean {
  return modelId === name || modelId.slice(modelId.indexOf('/') + 1) === name;
}

/** Of several patterns the longest, which says most. */
function patternAlias(model: string, aliases: Readonly<Record<string, string>>): string | undefined {
  const fitting = Object.keys(aliases).filter((name) => name.endsWith('*') && model.startsWith(name.slice(0, -1)));
  const best = fitting.toSorted((one, other) => other.length - one.length)[0];
  return best === undefined ? undefined : aliases[best];
}

/** The first that is preferred; else the one that knows most. */
function defaultLocal(own: readonly LanguageModel[], preferred: readonly string[], kind: string): LanguageModel {
  const first = preferred.flatMap((name) => own.filter(({ modelId }) => isNamed(modelId, name)))[0] ?? own.toSorted((one, other) => other.parameters - one.parameters || other.fileBytes - one.fileBytes)[0];
  if (first) return first;
  throw new AntiphonError('model_not_ready', `No local model for ${kind} is here yet; it is being fetched, or \`antiphon models\` tells why not.`, { param: 'model', retryAfterSeconds: 15 });
}
