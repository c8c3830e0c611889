/** Who hears a recording's pieces: this machine through its workers, or whoever of a chain does it, piece by piece. */
import type { Config } from '../config/schema.ts';
import { localMember, type Fallback } from '../dispatch/fallback.ts';
import type { ProviderBooks } from '../dispatch/provider-books.ts';
import type { ProviderRoster } from '../dispatch/provider-roster.ts';
import type { TranscriptionPool, TranscriptionTask } from '../dispatch/transcription-pool.ts';
import type { WorkerCatalog } from '../dispatch/worker-catalog.ts';
import { hearingRateHz, type HeardSpeech } from '../engines/kinds.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import { languageCodeOf } from '../text/languages.ts';
import { chooseLanguage, chooseModel, type ChosenModel, type HearingModel } from './choose-model.ts';
import type { TranscribeRequest } from './transcript.ts';

export type HeardBy = {
  /** `local`, or a provider's id. */
  readonly provider: string;
  /** `whisper/base`, or the provider's own name of its model. */
  readonly model: string;
  /** The model, or the provider, that should have heard. */
  readonly insteadOf: string | undefined;
};

export type Hearing = {
  readonly pool: Pick<TranscriptionPool, 'transcribe'>;
  /** As given by the caller, in ISO 639-1. */
  readonly language: string | undefined;
  /** Only this machine may hear, so `by` holds from the beginning; else from the first piece that was heard. */
  readonly isSettled: boolean;
  readonly by: () => HeardBy;
};

export type ChooseHearingDependencies = {
  readonly config: Config['transcription'];
  readonly catalog: WorkerCatalog<HearingModel>;
  readonly pool: TranscriptionPool;
  readonly roster: ProviderRoster;
  readonly fallback: Pick<Fallback, 'run' | 'chain'>;
  readonly books: Pick<ProviderBooks, 'spend'>;
};

const chainName = 'auto';
/** The language of a provider's transcript that does not say (ISO 639-2). */
const untold = 'und';

/** Errors: model_unknown, model_not_ready, language_unknown, input_unsupported, queue_full, provider_unknown. */
export type ChooseHearing = (request: TranscribeRequest) => Promise<Hearing>;

export function createChooseHearing({ config, catalog, pool, roster, fallback, books }: ChooseHearingDependencies): ChooseHearing {
  return async (request) => {
    const { members: named, providerModel } = membersOf(request.model);
    const members = named ?? fallback.chain('transcription');
    if (members.length === 1 && members[0] === localMember) return byThisMachine(request);
    return throughChain(request, { members, providerModel });
  };

  /** An alias is whoever the chain says; a local model's own name is this machine; a provider's name is that provider alone. */
  function membersOf(model: string): { readonly members: readonly string[] | undefined; readonly providerModel: string | undefined } {
    if (model === chainName || Object.hasOwn(config.models, model)) return { members: undefined, providerModel: undefined };
    const [id, ...rest] = model.split('/');
    if (id === undefined || roster.find(id) === undefined) return { members: [localMember], providerModel: undefined };
    return { members: [id], providerModel: rest.length === 0 ? undefined : rest.join('/') };
  }

  async function byThisMachine(request: TranscribeRequest): Promise<Hearing> {
    const { modelId, insteadOf, language } = await localModel(request);
    pool.admit(request.caller.lane);
    return { pool, language, isSettled: true, by: () => ({ provider: localMember, model: modelId, insteadOf }) };
  }

  async function localModel(request: TranscribeRequest): Promise<ChosenModel & { readonly language: string | undefined }> {
    const model = await findModel(request);
    const language = chooseLanguage(request.language ?? config.language, model);
    checkTask(request, model);
    return { ...model, language };
  }

  async function throughChain(request: TranscribeRequest, { members, providerModel }: { readonly members: readonly string[]; readonly providerModel: string | undefined }): Promise<Hearing> {
    const language = languageOf(request.language ?? config.language);
    let by: HeardBy = { provider: members[0]!, model: request.model, insteadOf: undefined };
    let isFirst = true;

    async function hearHere(task: TranscriptionTask, signal: AbortSignal): Promise<HeardSpeech> {
      const { language: told, ...asked } = task;
      const model = await localModel({ ...request, ...(told === undefined || told === untold ? {} : { language: told }) });
      if (isFirst) pool.admit(request.caller.lane);
      return pool.transcribe({ ...asked, modelId: model.modelId, ...(model.language === undefined ? {} : { language: model.language }) }, signal);
    }

    async function hearBy(id: string, { samples, language: told, task, prompt, temperature, words }: TranscriptionTask, signal: AbortSignal): Promise<HeardSpeech> {
      const { provider } = roster.get(id);
      if (provider.transcription === undefined) throw new AntiphonError('provider_unknown', `${id} hears no recordings.`, { param: 'model' });
      for await (const { heard } of provider.transcription.transcribe(modelOf(id), { samples, task, words, ...given({ language: told, prompt, temperature }) }, signal)) if (heard !== undefined) return heard;
      throw new AntiphonError('provider_failed', `${id} ended its answer without a transcript.`);
    }

    const modelOf = (id: string): string => providerModel ?? roster.modelOf(id, 'transcription');

    const transcribe = async (task: TranscriptionTask, signal: AbortSignal): Promise<HeardSpeech> => {
      const { member, insteadOf, value } = await fallback.run('transcription', (one, own) => (one === localMember ? hearHere(task, own) : hearBy(one, task, own)), { signal, members, deadlineMs: task.patienceMs });
      if (isFirst) by = { provider: member, model: member === localMember ? (await findModel(request)).modelId : modelOf(member), insteadOf };
      isFirst = false;
      books.spend(member, { kind: 'transcription', seconds: task.samples.length / hearingRateHz });
      return value;
    };
    return { pool: { transcribe }, language, isSettled: false, by: () => by };
  }

  async function findModel({ model }: Pick<TranscribeRequest, 'model'>): Promise<ChosenModel> {
    try {
      return chooseModel({ model, models: await catalog.models(), config });
    } catch (error) {
      if (!['model_unknown', 'model_not_ready'].includes(toAntiphonError(error).code)) throw error;
      // It may have been dropped into the folder a second ago.
      return chooseModel({ model, models: await catalog.refreshForCaller(), config });
    }
  }
}

/** Without what is undefined. */
function given<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };
}

/** Which languages a provider understands is not known here; that it is a language is. Errors: language_unknown. */
function languageOf(given: string): string | undefined {
  if (given === '') return undefined;
  const code = languageCodeOf(given);
  if (code !== undefined) return code;
  throw new AntiphonError('language_unknown', 'The language is not a language code. Give an ISO 639-1 code such as en, or leave it out.', { param: 'language' });
}

/** Errors: input_unsupported. */
function checkTask({ task, language }: TranscribeRequest, { modelId, translates, languages }: ChosenModel): void {
  if (task !== 'translate' || translates || (languages.length === 1 && languages[0] === 'en')) return;
  throw new AntiphonError('input_unsupported', `${modelId} cannot translate${language === undefined ? '' : ` from "${language}"`}; choose a multilingual model, such as base.`, { param: 'model' });
}
