/** From what a client calls model and language to the local model that hears: aliases, fall-back, languages. */
import type { Config } from '../config/schema.ts';
import { AntiphonError } from '../errors.ts';
import { languageCodeOf } from '../text/languages.ts';
import type { TranscriptionModelMessage } from '../worker/stt-protocol.ts';

export type HearingModel = {
  /** As the workers name it: `whisper/base`. */
  readonly modelId: string;
  readonly engine: string;
  /** ISO 639-1. */
  readonly languages: readonly string[];
  readonly translates: boolean;
};

export type ChosenModel = HearingModel & {
  /** The model that should have heard, where another had to stand in. */
  readonly insteadOf: string | undefined;
};

export type ChooseModelOptions = {
  readonly model: string;
  readonly models: readonly HearingModel[];
  readonly config: Config['transcription'];
};

const engine = 'whisper';

/** Names that leave the choice to this machine, and what they stand for. */
const anyModel = ['auto', 'local'];
const usualModel = 'whisper-1';

export function toHearingModel({ model_id: modelId, engine: engineId, languages, translates }: TranscriptionModelMessage): HearingModel {
  return { modelId, engine: engineId, languages, translates };
}

/** Errors: model_unknown; model_not_ready where its files are not here and no other may or can stand in. */
export function chooseModel({ model, models, config }: ChooseModelOptions): ChosenModel {
  const byName = (name: string) => models.find(({ modelId }) => modelId === name || modelId === `${engine}/${name}`);
  const exact = byName(model);
  if (exact) return { ...exact, insteadOf: undefined };
  const isEngine = model === engine;
  const wanted = Object.hasOwn(config.models, model) ? config.models[model]! : anyModel.includes(model) ? (config.models[usualModel] ?? config.fallback[0] ?? 'base') : isEngine ? (config.fallback[0] ?? 'base') : undefined;
  if (wanted === undefined) {
    const known = [...Object.keys(config.models), engine, ...models.map(({ modelId }) => modelId)].join(', ');
    throw new AntiphonError('model_unknown', `The model "${model}" does not exist. Known: ${known}.`, { param: 'model' });
  }
  for (const name of [wanted, ...config.fallback]) {
    const found = byName(name);
    if (found) return { ...found, insteadOf: name === wanted ? undefined : wanted };
  }
  throw new AntiphonError('model_not_ready', `No model for "${model}" is here yet; it is being fetched, or \`antiphon models\` tells why not.`, { param: 'model', retryAfterSeconds: 15 });
}

/** The model's own code of a language; undefined: to be told from the sound. Errors: language_unknown, naming those that it understands. */
export function chooseLanguage(language: string | undefined, { modelId, languages }: HearingModel): string | undefined {
  // One that knows a single language need not be told which.
  if (language === undefined || language === '') return languages.length === 1 ? languages[0] : undefined;
  const code = languageCodeOf(language);
  if (code !== undefined && languages.includes(code)) return code;
  const reason = code === undefined ? 'is not a language code' : `is not understood by ${modelId}`;
  const some = languages.length > 12 ? `${languages.slice(0, 12).join(', ')} and ${languages.length - 12} more` : languages.join(', ');
  throw new AntiphonError('language_unknown', `The language ${reason}. Give an ISO 639-1 code: ${some}; or leave it out.`, { param: 'language' });
}
