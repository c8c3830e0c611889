/** A conversation in, its continuation out: the story of a turn, told once for every client. */
import { askerOf } from '../dispatch/lanes.ts';
import { begunGenerator } from '../begun-generator.ts';
import type { Config } from '../config/schema.ts';
import { localMember, type Fallback } from '../dispatch/fallback.ts';
import type { LanguageModel, LanguagePool } from '../dispatch/language-pool.ts';
import type { ProviderRoster } from '../dispatch/provider-roster.ts';
import type { RequestHandle, RequestRegistry } from '../dispatch/request-registry.ts';
import type { WorkerCatalog } from '../dispatch/worker-catalog.ts';
import type { ChatDelta, ChatRequest } from '../engines/kinds.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { UsageBook } from '../usage.ts';
import { toTraceparent } from '../telemetry/trace-context.ts';
import type { Chat, ChatAsk } from './chat.ts';
import { chooseFromCatalog } from './choose-from-catalog.ts';
import type { LanguageChoice } from './choose-language-model.ts';
import { createLanguageAccount, type LanguageAccount, type LanguageAccountDependencies } from './language-account.ts';

export type ChatDependencies = LanguageAccountDependencies & {
  readonly config: Config['chat'];
  readonly catalog: WorkerCatalog<LanguageModel>;
  readonly pool: Pick<LanguagePool, 'chat' | 'admit'>;
  readonly roster: ProviderRoster;
  readonly fallback: Pick<Fallback, 'stream'>;
  readonly requests: RequestRegistry;
  readonly usage: UsageBook;
};

export function createChat(dependencies: ChatDependencies): Chat {
  const { config, catalog, pool, roster, fallback, requests } = dependencies;

  return async (ask, caller) => {
    const choice = await chooseFromCatalog({ model: ask.model, kind: 'chat', aliases: config.models, preferred: config.local, catalog, roster });
    const usage = await dependencies.usage.open({ caller: ask.caller, requestId: ask.requestId, action: 'chat', characters: 0, isPart: ask.isPart });
    const account = createLanguageAccount({ ...dependencies, kind: 'chat', usage, request: ask });
    let handle: RequestHandle | undefined;
    try {
      handle = requests.begin({ caller: ask.caller, id: ask.requestId, kind: 'chat', model: ask.model }, caller);
      const { member, insteadOf, value } = await fallback.stream('chat', (one, signal) => answerOf(one, { ask, choice, signal }), { signal: handle.signal, members: choice.members });
      const model = choice.modelOf(member);
      account.served({ provider: member, model, insteadOf });
      handle.update({ phase: 'thinking' });
      return { provider: member, model, insteadOf, deltas: await follow(value, { handle, account }) };
    } catch (error) {
      await account.close(toAntiphonError(error).code, error);
      handle?.end();
      throw error;
    }
  };

  type AnswerOptions = { readonly ask: ChatAsk; readonly choice: LanguageChoice; readonly signal: AbortSignal };

  async function* answerOf(member: string, { ask, choice, signal }: AnswerOptions): AsyncGenerator<ChatDelta> {
    const { requestId: _id, trace, caller, isPart: _isPart, model: _model, ...request } = ask;
    const modelId = choice.modelOf(member);
    if (member === localMember) {
      pool.admit(caller.lane);
      yield* pool.chat({ ...request, asker: askerOf(caller), modelId, traceparent: toTraceparent(trace) }, signal);
      return;
    }
    const { provider } = roster.get(member);
    if (provider.chat === undefined) throw new AntiphonError('provider_unknown', `${member} answers no conversations.`, { param: 'model' });
    yield* provider.chat(modelId).chat(request satisfies ChatRequest, signal);
  }
}

function follow(deltas: AsyncGenerator<ChatDelta>, { handle, account }: { handle: RequestHandle; account: LanguageAccount }): Promise<AsyncGenerator<ChatDelta>> {
  return begunGenerator(async function* () {
    try {
      yield undefined;
      // Kept until whoever answers is done with it: readers leave with the last delta, and that is a good end.
      let last: ChatDelta | undefined;
      for await (const delta of deltas) {
        if (delta.type === 'chat.end') {
          account.used(delta.usage);
          last = delta;
          continue;
        }
        account.firstText();
        yield delta;
      }
      await account.close('ok');
      if (last !== undefined) yield last;
    } catch (error) {
      await account.close(toAntiphonError(error).code, error);
      throw error;
    } finally {
      // Reached without either where the reader has left the loop.
      await account.close('cancelled');
      await deltas.return(undefined);
      handle.end();
    }
  });
}
