/** A language model at the edge of a test: says what the test wrote down, in its pieces, and remembers what it was asked. */
import type { ChatDelta } from '../../src/engines/kinds.ts';
import type { Chat, ChatAsk } from '../../src/language/chat.ts';

export type ChatScript = {
  /** In the pieces in which it is written. */
  readonly pieces: readonly string[];
  readonly finishReason?: 'stop' | 'length';
  readonly provider?: string;
  readonly insteadOf?: string;
  /** In place of an answer. */
  readonly refusal?: Error;
  /** In place of the end. */
  readonly failure?: Error;
  /** Waited for before the piece of that number. */
  readonly pauses?: Readonly<Record<number, Promise<void>>>;
};

export type ScriptedChat = {
  readonly chat: Chat;
  /** Answers of the next requests, in order; the last one stays. */
  readonly say: (...scripts: readonly ChatScript[]) => void;
  /** What was asked since `say`. */
  readonly asked: (ChatAsk & { readonly left: AbortSignal })[];
  /** Answers that were begun and have not ended. */
  readonly open: () => number;
};

export function createScriptedChat(): ScriptedChat {
  let scripts: ChatScript[] = [{ pieces: ['Yes.'] }];
  const asked: ScriptedChat['asked'] = [];
  let open = 0;

  async function* write({ pieces, finishReason = 'stop', failure, pauses = {} }: ChatScript, ask: ChatAsk, caller: AbortSignal): AsyncGenerator<ChatDelta> {
    try {
      for (const [index, text] of pieces.entries()) {
        await orAborted(pauses[index], caller);
        yield { type: 'chat.text', text };
      }
      await orAborted(pauses[pieces.length], caller);
      if (failure !== undefined) throw failure;
      yield { type: 'chat.end', finishReason, usage: { promptTokens: ask.messages.length * 10, completionTokens: pieces.length } };
    } finally {
      open--;
    }
  }

  return {
    asked,
    open: () => open,
    say: (...next) => {
      scripts = [...next];
      asked.length = 0;
    },
    chat: async (ask, caller) => {
      asked.push({ ...ask, left: caller });
      const script = scripts.length > 1 ? scripts.shift()! : scripts[0]!;
      if (script.refusal !== undefined) throw script.refusal;
      caller.throwIfAborted();
      open++;
      const written = write(script, ask, caller);
      const first = await written.next();
      return { provider: script.provider ?? 'local', model: 'scripted-1', insteadOf: script.insteadOf, deltas: withFirst(first, written) };
    },
  };
}

/** As `Chat` promises: the first delta is there before the answer is. */
async function* withFirst(first: IteratorResult<ChatDelta, unknown>, rest: AsyncGenerator<ChatDelta>): AsyncGenerator<ChatDelta> {
  try {
    if (first.done !== true) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** Rejects with the signal's reason where that comes first. */
export async function orAborted(wait: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (wait === undefined) return;
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    void wait.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
