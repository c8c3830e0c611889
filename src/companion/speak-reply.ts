/** Reads a reply while the model writes it and has each sentence spoken while the next is written. */
import { createAsyncQueue, type AsyncQueue } from '../async-queue.ts';
import type { Config } from '../config/schema.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { ChatAnswer } from '../language/chat.ts';
import type { Speak } from '../speech/speak.ts';
import type { KeptReply, ReplyAudio } from './reply-audio.ts';
import type { TurnAccount } from './turn-account.ts';
import type { TurnAsk, TurnEvent } from './turn.ts';

export type SpeakReplyOptions = {
  readonly speak: Speak;
  readonly replies: ReplyAudio;
  readonly config: Pick<Config['companion'], 'speechModel' | 'voice'>;
};

export type ReplyTurn = {
  readonly ask: TurnAsk;
  readonly account: TurnAccount;
  /** Ends reading and speaking. */
  readonly signal: AbortSignal;
  /** Ends the model's work alone, so that what is complete can still be spoken. */
  readonly stopThinking: (reason: AntiphonError) => void;
  readonly tell: (event: TurnEvent) => void;
};

export type SpokenReply = { readonly text: string; readonly audio: KeptReply };

/**
 * Resolves when all of the reply is written and its first sound is there; the rest is being made. Where the model fails
 * half-way, the sentences that were complete are spoken to their end before this rejects, so that whoever has begun to
 * hear them is not cut off. Errors: engine_failed where nothing was said, those of the answer and of Speak.
 */
export async function speakReply(turn: ReplyTurn, { deltas }: Pick<ChatAnswer, 'deltas'>, { speak, replies, config }: SpeakReplyOptions): Promise<SpokenReply> {
  const { ask, account, signal, stopThinking, tell } = turn;
  const words = createAsyncQueue<string>();
  let audio: KeptReply | undefined;
  // Both at once: speech begins with the first whole sentence, or even with its first sound, and who writes it must not wait for that.
  const speaking = beginSpeaking();
  try {
    const [text] = await Promise.all([readAnswer(turn, deltas, words), speaking]);
    return { text, audio: audio! };
  } catch (error) {
    words.end();
    stopThinking(new AntiphonError('cancelled', 'The reply could not be spoken.', { cause: error }));
    await deltas.return(undefined).catch(() => undefined);
    await speaking.catch(() => undefined);
    await audio?.spoken.catch(() => undefined);
    throw toAntiphonError(error).code === 'input_empty' ? emptyReply(error) : error;
  }

  async function beginSpeaking(): Promise<void> {
    const speech = await speak({
      requestId: ask.requestId, trace: ask.trace, caller: ask.caller, isPart: true, text: words, model: config.speechModel, voice: config.voice === '' ? undefined : config.voice, speed: 1, format: ask.format,
    }, signal);
    const kept = replies.keep(ask.caller.owner, speech);
    audio = kept;
    // Told below to whoever waits for the rest of it.
    kept.spoken.catch(() => undefined);
    await kept.begun;
    account.firstAudio(speech);
    tell({ type: 'reply.audio', audioId: kept.id, contentType: kept.contentType });
  }
}

/** Gives the whole reply; the queue has all its words then, and its end. */
async function readAnswer({ account, tell }: ReplyTurn, deltas: ChatAnswer['deltas'], words: AsyncQueue<string>): Promise<string> {
  let reply = '';
  try {
    for await (const delta of deltas) {
      if (delta.type !== 'chat.text') continue;
      account.wrote();
      reply += delta.text;
      tell({ type: 'reply.text', text: delta.text });
      words.push(delta.text);
    }
  } finally {
    words.end();
  }
  account.thought();
  if (reply.trim() === '') throw emptyReply();
  return reply.trim();
}

/** Also where the words were nothing that can be said: an ellipsis, a lone star. */
function emptyReply(cause?: unknown): AntiphonError {
  return new AntiphonError('engine_failed', 'The model answered with nothing that can be said; ask again, perhaps in other words.', cause === undefined ? {} : { cause });
}
