/** From what a client calls model and voice to the local model that speaks: aliases, defaults, fall-back. */
import { AntiphonError } from '../errors.ts';
import type { Config } from '../config/schema.ts';
import type { CatalogModel } from './voice-catalog.ts';

export type ChosenVoice = {
  readonly modelId: string;
  readonly engine: string;
  /** In the engine's own words; a blend stays as the caller wrote it. */
  readonly voice: string;
  /** BCP 47. */
  readonly language: string;
  readonly sampleRateHz: number;
  readonly changesPitch: boolean;
  /** The model says when each sound is heard. */
  readonly tellsTimings: boolean;
  /** Sounds can be given to it in IPA. */
  readonly takesPronunciations: boolean;
  /** Of the model's files; undefined for a provider, whose are not known. */
  readonly revision: string | undefined;
  /** A voice of the same model for another language, of the same gender where there is one; itself for its own. */
  readonly inLanguage: (language: string) => string | undefined;
  /** The engine that should have spoken, where another had to stand in. */
  readonly insteadOf: string | undefined;
};

export type ChooseVoiceOptions = {
  readonly model: string;
  /** undefined: the engine's default voice. */
  readonly voice: string | undefined;
  readonly models: readonly CatalogModel[];
  readonly config: Config['speech'];
};

const engines = ['piper', 'kokoro', 'flite'] as const;

/** Names that leave the choice to this machine. */
const anyModel = ['auto', 'local'];
/** What they stand for. */
const usualModel = 'tts-1';

/**
 * Errors: model_unknown; worker_unavailable while nothing is known to speak; model_not_ready where an engine was asked for by its own name and its files are not here,
 * or no engine can stand in; voice_unknown.
 */
export function chooseVoice({ model, voice, models, config }: ChooseVoiceOptions): ChosenVoice {
  if (models.length === 0) throw new AntiphonError('worker_unavailable', 'No worker is ready yet: the server is starting, or its workers are being replaced.', { retryAfterSeconds: 2 });
  const exact = models.find(({ modelId }) => modelId === model || modelId.endsWith(`/${model}`));
  if (exact && !isEngine(exact.modelId)) return within([exact], { voice: voice ?? exact.voices[0]!.id, engine: exact.engine, config });
  const alias = aliasOf(model, config) ?? (anyModel.includes(model) ? (aliasOf(usualModel, config) ?? 'piper') : undefined);
  const wanted = alias ?? (isEngine(model) ? model : undefined);
  if (wanted === undefined) {
    const known = [...Object.keys(config.models), ...engines].join(', ');
    throw new AntiphonError('model_unknown', `The model "${model}" does not exist. Known: ${known}.`, { param: 'model' });
  }
  const standIns = alias === undefined ? [] : (config.fallback[wanted] ?? []);
  for (const engine of [wanted, ...standIns]) {
    const own = models.filter((candidate) => candidate.engine === engine);
    if (own.length === 0) continue;
    if (engine === wanted) return within(own, { voice, engine, config });
    return { ...standIn(own, { wanted, engine, voice, config }), insteadOf: wanted };
  }
  throw new AntiphonError('model_not_ready', `The files of "${wanted}" are not here yet; they are being fetched, or \`antiphon models\` tells why not.`, { param: 'model', retryAfterSeconds: 15 });
}

/** The usual model in place of a finer one, with the voice that stands for the caller's there, or its own; itself where it is no slower, or nothing else is here. */
export function fasterVoice(found: ChosenVoice, { voice, models, config }: Omit<ChooseVoiceOptions, 'model'>): ChosenVoice {
  const fast = aliasOf(usualModel, config) ?? 'piper';
  const own = models.filter(({ engine }) => engine === fast);
  if (own.length === 0 || [fast, 'flite'].includes(found.engine)) return found;
  return { ...standIn(own, { wanted: found.engine, engine: fast, voice, config }), insteadOf: found.engine };
}

function aliasOf(model: string, { models }: Config['speech']): (typeof engines)[number] | undefined {
  return Object.hasOwn(models, model) ? models[model] : undefined;
}

type Lookup = { readonly voice: string | undefined; readonly engine: string; readonly config: Config['speech'] };

function within(own: readonly CatalogModel[], { voice, engine, config }: Lookup): ChosenVoice {
  const aliased = voice !== undefined && Object.hasOwn(config.voices, voice) ? config.voices[voice]?.[engine] : undefined;
  const named = findVoice(own, aliased ?? voice ?? config.defaultVoices[engine] ?? '');
  if (named) return named;
  // An alias or a default may point at a voice that this machine does not have; the caller named none that is wrong.
  if (voice === undefined || aliased !== undefined) return firstVoice(own);
  throw new AntiphonError('voice_unknown', `The voice "${voice}" does not exist in ${engine}. GET /v1/audio/voices lists all; for example ${examples(own)}.`, { param: 'voice' });
}

/** While another engine stands in, an unknown voice is not the caller's fault: he may mean one of the absent engine's. */
function standIn(own: readonly CatalogModel[], { wanted, engine, voice, config }: Lookup & { readonly wanted: string }): ChosenVoice {
  const aliased = voice !== undefined && Object.hasOwn(config.voices, voice) ? config.voices[voice]?.[engine] : undefined;
  const isAlias = aliased !== undefined || voice === undefined || voice === config.defaultVoices[wanted];
  return findVoice(own, (isAlias ? aliased : voice) ?? '') ?? findVoice(own, config.defaultVoices[engine] ?? '') ?? firstVoice(own);
}

function findVoice(own: readonly CatalogModel[], voice: string): ChosenVoice | undefined {
  // A blend is checked by the engine, which knows its own grammar; its first part tells the model.
  const first = voice.split('+')[0]!;
  const holder = own.find(({ voices }) => voices.some(({ id }) => id === voice || (voice !== first && id === first) || id === first.replace(/:[\d.]+$/, '')));
  if (!holder) return undefined;
  const speaker = holder.voices.find(({ id }) => id === voice || id === first || id === first.replace(/:[\d.]+$/, ''))!;
  return chosen(holder, speaker, voice);
}

function firstVoice(own: readonly CatalogModel[]): ChosenVoice {
  return chosen(own[0]!, own[0]!.voices[0]!, own[0]!.voices[0]!.id);
}

function chosen(model: CatalogModel, speaker: CatalogModel['voices'][number], voice: string): ChosenVoice {
  const { modelId, engine, sampleRateHz, changesPitch, tellsTimings, takesPronunciations, revision } = model;
  return { modelId, engine, voice, language: speaker.language, sampleRateHz, changesPitch, tellsTimings, takesPronunciations, revision, inLanguage: (language) => inLanguage(model, { speaker, voice, language }), insteadOf: undefined };
}

function inLanguage(model: CatalogModel, { speaker, voice, language }: { speaker: CatalogModel['voices'][number]; voice: string; language: string }): string | undefined {
  const baseOf = (tag: string): string => tag.toLowerCase().split('-')[0]!;
  const isSame = (tag: string): boolean => tag.toLowerCase() === language.toLowerCase();
  if (isSame(speaker.language) || (!language.includes('-') && baseOf(speaker.language) === baseOf(language))) return voice;
  const exact = model.voices.filter((one) => isSame(one.language));
  // Another accent of its own language is no reason to refuse.
  if (exact.length === 0 && baseOf(speaker.language) === baseOf(language)) return voice;
  const fitting = exact.length > 0 ? exact : model.voices.filter((one) => baseOf(one.language) === baseOf(language));
  return (fitting.find(({ gender }) => gender === speaker.gender) ?? fitting[0])?.id;
}

function examples(own: readonly CatalogModel[]): string {
  return own.flatMap(({ voices }) => voices.map(({ id }) => id)).slice(0, 4).join(', ');
}

function isEngine(name: string): name is (typeof engines)[number] {
  return (engines as readonly string[]).includes(name);
}
