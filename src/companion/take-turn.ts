/** A turn of a spoken conversation, told once for every client: hear, remember, think, speak each sentence while the next is written, keep. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { Chat, ChatAnswer } from '../language/chat.ts';
import type { Speak } from '../speech/speak.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Transcribe } from '../transcription/transcript.ts';
import { latestThatFit, toMessages, type PastTurn } from './conversation.ts';
import { followEvents } from './follow-events.ts';
import { hearRecording, readTyped } from './hear.ts';
import { createReadAhead } from './read-ahead.ts';
import type { KeptReply, ReplyAudio } from './reply-audio.ts';
import type { Sessions } from './sessions.ts';
import { speakReply, type ReplyTurn, type SpokenReply } from './speak-reply.ts';
import { createTurnAccount } from './turn-account.ts';
import { createTurnOrder } from './turn-order.ts';
import type { TakeTurn } from './turn.ts';

export type TakeTurnDependencies = {
  readonly config: Config['companion'];
  readonly transcribe: Transcribe;
  readonly chat: Chat;
  readonly speak: Speak;
  readonly sessions: Sessions;
  readonly replies: ReplyAudio;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
};

type Turn = ReplyTurn & { readonly thinking: AbortSignal };

/** The errors are those that `TakeTurn` names. */
export function createTakeTurn(dependencies: TakeTurnDependencies): TakeTurn {
  const { config, transcribe, chat, sessions, clock } = dependencies;
  const order = createTurnOrder({ mostWaiting: config.waitingTurns });
  const ahead = createReadAhead({ chat, persona: config.persona });

  return (ask, caller) => followEvents(async (tell, left) => {
    const account = createTurnAccount({ dependencies, ask });
    const limit = createTimeLimit(config.turnTimeoutMs, clock);
    const signal = AbortSignal.any([caller, left, limit.signal]);
    const stop = new AbortController();
    try {
      const audio = await answer({ ask, account, signal, thinking: AbortSignal.any([signal, stop.signal]), stopThinking: (reason) => stop.abort(reason), tell });
      limit.stop();
      const { audioSeconds } = await audio.spoken;
      tell({ type: 'reply.spoken', audioSeconds });
      account.close('ok');
    } catch (error) {
      account.close(toAntiphonError(error).code, error);
      throw error;
    } finally {
      limit.stop();
    }
  });

  /** To the whole reply and its first sound. Turns of a session are taken one after the other. */
  async function answer(turn: Turn): Promise<KeptReply> {
    const { ask, signal, tell } = turn;
    await sessions.use({ owner: ask.caller.owner, id: ask.sessionId });
    const leave = await order.enter(ask.sessionId, signal);
    ahead.end(ask.sessionId);
    try {
      const said = await hear(turn);
      tell({ type: 'turn.heard', text: said });
      const whole = await remember(turn);
      const past = latestThatFit(whole, config.historyTokens);
      const written = await think(turn, { said, past });
      const reply = await speakReply(turn, written, dependencies);
      await keep(turn, { said, written, reply });
      prepareNext(turn, { whole: [...whole, { said, reply: reply.text }], past, written });
      return reply.audio;
    } finally {
      leave();
    }
  }

  async function hear({ ask: { said, requestId, trace, caller }, account, signal }: Turn): Promise<string> {
    if ('text' in said) return readTyped(said.text, config.maxCharacters);
    return account.time('hear', () => hearRecording({ requestId, trace, caller, path: said.path }, { transcribe, config }, signal));
  }

  function remember({ ask, account }: Turn): Promise<readonly PastTurn[]> {
    return account.time('remember', () => sessions.past({ owner: ask.caller.owner, id: ask.sessionId }));
  }

  /** Resolves with the first word in hand. A model that cannot hold the conversation is asked with less and less of it. */
  async function think({ ask, account, thinking }: Turn, { said, past }: { said: string; past: readonly PastTurn[] }): Promise<ChatAnswer> {
    account.asked();
    for (let remembered = past; ; remembered = remembered.slice(Math.ceil(remembered.length / 2))) {
      try {
        const messages = toMessages({ persona: config.persona, past: remembered, said });
        return await chat({ requestId: ask.requestId, trace: ask.trace, caller: ask.caller, model: config.model, messages, maxTokens: config.maxReplyTokens }, thinking);
      } catch (error) {
        if (remembered.length === 0 || toAntiphonError(error).code !== 'context_too_long') throw error;
      }
    }
  }

  /** What is told as answered is on the disk before. */
  async function keep({ ask, account, signal, tell }: Turn, { said, written: { provider, model, insteadOf }, reply: { text, audio } }: { said: string; written: ChatAnswer; reply: SpokenReply }): Promise<void> {
    const timings = account.answered();
    signal.throwIfAborted();
    await sessions.keep({ owner: ask.caller.owner, id: ask.sessionId }, { said, reply: text, provider, model, timings });
    tell({ type: 'turn.answered', said, reply: text, audioId: audio.id, provider, model, insteadOf, timings });
  }

  /** Where the conversation only goes on, the model has read all of it already. */
  function prepareNext({ ask: { sessionId, requestId, trace, caller } }: Turn, { whole, past, written }: { whole: readonly PastTurn[]; past: readonly PastTurn[]; written: ChatAnswer }): void {
    const next = latestThatFit(whole, config.historyTokens);
    if (next.length <= past.length) ahead.begin({ sessionId, requestId, trace, caller, answer: written, past: next });
  }
}

type TimeLimit = { readonly signal: AbortSignal; /** Idempotent. */ readonly stop: () => void };

function createTimeLimit(limitMs: number, clock: Clock): TimeLimit {
  const over = new AbortController();
  const stopped = new AbortController();
  clock.sleep(limitMs, stopped.signal).then(
    () => over.abort(new AntiphonError('turn_timeout', `The turn had no reply after ${limitMs} ms, the most that companion.turnTimeoutMs gives it.`)),
    () => undefined,
  );
  return { signal: over.signal, stop: () => stopped.abort() };
}
