/**
 * Has this machine's model read, while the reply is being heard, the conversation that the next turn will begin with
 * where that begins anew because its older half is left out. Else the next turn waits for it: measured, 3 to 6 s with
 * the smallest model.
 */
import { localMember } from '../dispatch/fallback.ts';
import type { Chat, ChatAnswer, ChatAsk } from '../language/chat.ts';
import { toMessages, type PastTurn } from './conversation.ts';

export type ReadAhead = {
  /** Begins behind everybody's back, and only where this machine answered: a provider is paid by the token. */
  readonly begin: (turn: ReadAheadTurn) => void;
  /** The session's next turn is here, which goes on from wherever reading has got to. */
  readonly end: (sessionId: string) => void;
};

export type ReadAheadTurn = Pick<ChatAsk, 'requestId' | 'trace' | 'caller'> & {
  readonly sessionId: string;
  readonly answer: Pick<ChatAnswer, 'provider' | 'model'>;
  /** What the next turn will be told of the past. */
  readonly past: readonly PastTurn[];
};

/** Stands where the next turn's words will; what is read before it is what counts. */
const placeholder = '…';

export function createReadAhead({ chat, persona }: { readonly chat: Chat; readonly persona: string }): ReadAhead {
  const open = new Map<string, AbortController>();

  async function read({ requestId, trace, caller, answer, past }: ReadAheadTurn, signal: AbortSignal): Promise<void> {
    const { deltas } = await chat({ requestId: `${requestId}-ahead`, trace, caller, isPart: true, model: answer.model, messages: toMessages({ persona, past, said: placeholder }), maxTokens: 1 }, signal);
    for await (const delta of deltas) void delta;
  }

  function end(sessionId: string): void {
    open.get(sessionId)?.abort();
    open.delete(sessionId);
  }

  return {
    begin: (turn) => {
      if (turn.answer.provider !== localMember) return;
      end(turn.sessionId);
      const own = new AbortController();
      open.set(turn.sessionId, own);
      const forget = (): void => { if (open.get(turn.sessionId) === own) open.delete(turn.sessionId); };
      // Nobody waits for it: where it fails, the next turn finds out by itself.
      read(turn, own.signal).then(forget, forget);
    },
    end,
  };
}
