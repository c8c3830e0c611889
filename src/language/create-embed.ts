/** Texts in, vectors out: the story of a batch of embeddings, told once for every client. */
import { askerOf } from '../dispatch/lanes.ts';
import type { Config } from '../config/schema.ts';
import { localMember, type Fallback } from '../dispatch/fallback.ts';
import type { LanguageModel, LanguagePool } from '../dispatch/language-pool.ts';
import type { ProviderRoster } from '../dispatch/provider-roster.ts';
import type { RequestHandle, RequestRegistry } from '../dispatch/request-registry.ts';
import type { WorkerCatalog } from '../dispatch/worker-catalog.ts';
import type { Embeddings } from '../engines/kinds.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { UsageBook } from '../usage.ts';
import { toTraceparent } from '../telemetry/trace-context.ts';
import { chooseFromCatalog } from './choose-from-catalog.ts';
import type { LanguageChoice } from './choose-language-model.ts';
import type { Embed, EmbedAsk } from './embed.ts';
import { createLanguageAccount, type LanguageAccountDependencies } from './language-account.ts';

export type EmbedDependencies = LanguageAccountDependencies & {
  readonly config: Config['embeddings'];
  readonly catalog: WorkerCatalog<LanguageModel>;
  readonly pool: Pick<LanguagePool, 'embed' | 'admit'>;
  readonly roster: ProviderRoster;
  readonly fallback: Pick<Fallback, 'run'>;
  readonly requests: RequestRegistry;
  readonly usage: UsageBook;
};

export function createEmbed(dependencies: EmbedDependencies): Embed {
  const { config, catalog, pool, roster, fallback, requests } = dependencies;

  return async (ask, caller) => {
    const choice = await chooseFromCatalog({ model: ask.model, kind: 'embeddings', aliases: config.models, preferred: config.local, catalog, roster });
    const usage = await dependencies.usage.open({ caller: ask.caller, requestId: ask.requestId, action: 'embeddings', characters: 0 });
    const account = createLanguageAccount({ ...dependencies, kind: 'embeddings', usage, request: ask });
    let handle: RequestHandle | undefined;
    try {
      handle = requests.begin({ caller: ask.caller, id: ask.requestId, kind: 'embeddings', model: ask.model }, caller);
      handle.update({ phase: 'thinking' });
      const { member, insteadOf, value } = await fallback.run('embeddings', (one, signal) => vectorsOf(one, { ask, choice, signal }), { signal: handle.signal, members: choice.members });
      const model = choice.modelOf(member);
      account.served({ provider: member, model, insteadOf });
      account.used({ promptTokens: value.tokens, completionTokens: 0 });
      await account.close('ok');
      return { ...value, provider: member, model, insteadOf };
    } catch (error) {
      await account.close(toAntiphonError(error).code, error);
      throw error;
    } finally {
      handle?.end();
    }
  };

  type VectorsOptions = { readonly ask: EmbedAsk; readonly choice: LanguageChoice; readonly signal: AbortSignal };

  async function vectorsOf(member: string, { ask: { texts, trace, caller }, choice, signal }: VectorsOptions): Promise<Embeddings> {
    const modelId = choice.modelOf(member);
    if (member === localMember) {
      pool.admit(caller.lane);
      return pool.embed({ asker: askerOf(caller), modelId, texts, traceparent: toTraceparent(trace) }, signal);
    }
    const { provider } = roster.get(member);
    if (provider.embeddings === undefined) throw new AntiphonError('provider_unknown', `${member} makes no embeddings.`, { param: 'model' });
    return provider.embeddings(modelId).embed(texts, signal);
  }
}
