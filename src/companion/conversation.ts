/** What a model is told before it answers: who it is, the conversation so far as far as it fits, and what was just said. */
import type { ChatAsk } from '../language/chat.ts';

/** One exchange that is over. */
export type PastTurn = { readonly said: string; readonly reply: string };

export type ConversationOptions = {
  readonly persona: string;
  /** Oldest first. */
  readonly past: readonly PastTurn[];
  readonly said: string;
};

/** Of English in the vocabularies of today's models; a guess is enough, since what does not fit is told by the model. */
const charactersPerToken = 4;
/** What stands around a message in a model's own format. */
const tokensPerMessage = 4;

export function toMessages({ persona, past, said }: ConversationOptions): ChatAsk['messages'] {
  return [
    ...(persona.trim() === '' ? [] : [{ role: 'system' as const, content: persona }]),
    ...past.flatMap((turn) => [{ role: 'user' as const, content: turn.said }, { role: 'assistant' as const, content: turn.reply }]),
    { role: 'user', content: said },
  ];
}

/**
 * The latest turns that fit. Where there are too many, the older half of the room is given up at once and not turn by
 * turn: so the beginning stays the same over many turns, and a model that remembers what it has read need not read
 * it anew.
 */
export function latestThatFit(past: readonly PastTurn[], mostTokens: number): readonly PastTurn[] {
  let from = 0;
  let tokens = 0;
  for (const [index, turn] of past.entries()) {
    tokens += tokensOf(turn);
    if (tokens <= mostTokens) continue;
    while (from <= index && tokens > mostTokens / 2) tokens -= tokensOf(past[from++]!);
  }
  return past.slice(from);
}

function tokensOf({ said, reply }: PastTurn): number {
  return Math.ceil((said.length + reply.length) / charactersPerToken) + 2 * tokensPerMessage;
}
