/** One conversation at a time: asks, keeps what is said, plays the replies. Knows nothing of React. */
import { ApiFailure, isAbort } from '../api.ts';
import { createReplyPlayer } from './reply-player.ts';
import { requestTurn, startSession, type TurnEvent, type TurnInput } from './talk-api.ts';
import { idleRun, isBusy, newExchange, type Exchange, type TalkRun } from './talk-run.ts';

export type TalkSession = {
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => TalkRun;
  /** Must be called from a user's gesture. Ends what is in work, the reply that is being heard included. */
  readonly say: (input: TurnInput, options: { readonly isSpoken: boolean }) => void;
  /** Plays a reply again. */
  readonly replay: (exchange: Exchange) => void;
  /** Ends what is being answered and heard; what came is kept. */
  readonly stop: () => void;
  /** Forgets the conversation; the next turn begins another. */
  readonly startAnew: () => void;
};

export function createTalkSession(): TalkSession {
  const listeners = new Set<() => void>();
  let run = idleRun;
  let sessionId: Promise<string> | undefined;
  let current: AbortController | undefined;
  let count = 0;
  let beganMs = 0;
  let heard: number | undefined;

  const player = createReplyPlayer({
    onPlaying: (isPlaying) => { if (isPlaying !== run.isPlaying) change({ isPlaying }); },
    onFirstSound: (atMs) => {
      const exchange = run.exchanges.find(({ id }) => id === heard);
      if (exchange !== undefined && exchange.firstSoundMs === undefined && current !== undefined) amend(exchange.id, { firstSoundMs: Math.max(0, atMs - beganMs) });
    },
  });

  function change(part: Partial<TalkRun>): void {
    run = { ...run, ...part };
    listeners.forEach((listener) => listener());
  }

  function amend(id: number, part: Partial<Exchange>, phase = run.phase): void {
    change({ phase, exchanges: run.exchanges.map((one) => (one.id === id ? { ...one, ...part } : one)) });
  }

  async function take(id: number, input: TurnInput, isSpoken: boolean, signal: AbortSignal): Promise<void> {
    sessionId ??= startSession(signal).catch((thrown: unknown) => {
      sessionId = undefined;
      throw thrown;
    });
    for await (const event of requestTurn(await sessionId, input, signal)) {
      signal.throwIfAborted();
      follow(id, event, isSpoken);
    }
  }

  function follow(id: number, event: TurnEvent, isSpoken: boolean): void {
    const exchange = run.exchanges.find((one) => one.id === id);
    switch (event.type) {
      case 'heard': return amend(id, { said: event.text }, 'thinking');
      case 'text': return amend(id, { reply: `${exchange?.reply ?? ''}${event.text}` }, 'replying');
      case 'audio': {
        amend(id, { audioUrl: event.audioUrl });
        if (isSpoken) playReply(id, event.audioUrl);
        return undefined;
      }
      case 'answered': {
        const { text, transcript, provider, model, instead_of: insteadOf, timings } = event.answer;
        return amend(id, { said: transcript, reply: text, provider, model, insteadOf: insteadOf ?? undefined, timings }, 'complete');
      }
    }
  }

  function playReply(id: number, url: string): void {
    heard = id;
    player.play(url);
  }

  function settle(id: number, thrown: unknown): void {
    if (isAbort(thrown)) return change({ phase: 'stopped' });
    const failure = thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The page failed in a way it did not foresee.');
    // One that has expired is not asked again.
    if (failure.code === 'session_unknown') sessionId = undefined;
    amend(id, { failure }, 'failed');
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => run,
    say: (input, { isSpoken }) => {
      current?.abort();
      player.stop();
      if (isSpoken) player.unlock();
      const own = new AbortController();
      current = own;
      beganMs = performance.now();
      const id = count++;
      change({ phase: 'sending', exchanges: [...run.exchanges, newExchange(id, input.kind === 'text' ? input.text : undefined)] });
      take(id, input, isSpoken, own.signal).catch((thrown: unknown) => {
        if (current === own) settle(id, thrown);
      });
    },
    replay: ({ id, audioUrl }) => {
      if (audioUrl === undefined) return;
      player.unlock();
      playReply(id, audioUrl);
    },
    stop: () => {
      player.stop();
      if (isBusy(run)) current?.abort();
    },
    startAnew: () => {
      current?.abort();
      current = undefined;
      player.stop();
      sessionId = undefined;
      change(idleRun);
    },
  };
}
