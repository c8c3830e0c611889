/** Chooses among the local models known now, and looks again before it calls a name unknown. */
import type { LanguageModel } from '../dispatch/language-pool.ts';
import type { WorkerCatalog } from '../dispatch/worker-catalog.ts';
import { toAntiphonError } from '../errors.ts';
import { chooseLanguageModel, type ChooseLanguageModelOptions, type LanguageChoice } from './choose-language-model.ts';

export type ChooseFromCatalogOptions = Omit<ChooseLanguageModelOptions, 'local'> & { readonly catalog: WorkerCatalog<LanguageModel> };

/** Errors: those of chooseLanguageModel. */
export async function chooseFromCatalog({ catalog, ...options }: ChooseFromCatalogOptions): Promise<LanguageChoice> {
  try {
    return chooseLanguageModel({ ...options, local: await catalog.models() });
  } catch (error) {
    if (toAntiphonError(error).code !== 'model_unknown') throw error;
    // It may have been fetched, or dropped into its folder, a second ago.
    return chooseLanguageModel({ ...options, local: await catalog.refreshForCaller() });
  }
}
