/** The local models that think, as everybody above asks for them. */
import type { ChatModelInfo, EmbeddingModelInfo } from '../engines/kinds.ts';
import type { LanguageModel } from './language-pool.ts';

/** Models with fewer weights invent more than they know: good for trying things out, not for a companion. */
const companionParameters = 1e9;

/** Its replies are good enough to be somebody's company. A file that does not say how large it is gets the benefit of the doubt. */
export function isFitForCompanion({ kind, parameters }: Pick<LanguageModel, 'kind' | 'parameters'>): boolean {
  return kind === 'chat' && (parameters === 0 || parameters >= companionParameters);
}

/** `loaded`: ids of those that are in memory, as the worker names them. */
export function toLanguageModels(infos: readonly (ChatModelInfo | EmbeddingModelInfo)[], loaded: ReadonlySet<string>): LanguageModel[] {
  return infos.map((info) => {
    const modelId = `${info.engine}/${info.id}`;
    return { modelId, kind: info.engine === 'llama' ? 'chat' : 'embeddings', fileBytes: info.fileBytes, parameters: info.engine === 'llama' ? info.parameters : 0, loaded: loaded.has(modelId) };
  });
}
