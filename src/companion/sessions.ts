/** Conversations that are remembered: begun, used, and forgotten when they were not used for long. */
import { randomUUID } from 'node:crypto';
import { AntiphonError } from '../errors.ts';
import type { PastTurn } from './conversation.ts';
import type { TurnTimings } from './turn.ts';

export type SessionKey = { readonly owner: string; readonly id: string };

export type KeptTurn = PastTurn & { readonly provider: string; readonly model: string; readonly timings: TurnTimings; readonly at: Date };

/** What the sessions lie in. Everything it acknowledges is on the disk. */
export type SessionStore = {
  readonly insert: (session: SessionKey & { readonly createdAt: Date }) => Promise<void>;
  /** Notes that it is used. False where the owner has none of that id that was used since then. */
  readonly touch: (key: SessionKey, times: { readonly at: Date; readonly usedSince: Date }) => Promise<boolean>;
  /** The latest, oldest of them first. */
  readonly turns: (key: SessionKey, limit: number) => Promise<readonly PastTurn[]>;
  /** False where the session is gone. */
  readonly append: (key: SessionKey, turn: KeptTurn) => Promise<boolean>;
  /** Of every owner, with their turns. Gives how many. */
  readonly removeUnusedSince: (usedSince: Date) => Promise<number>;
};

export type Sessions = {
  readonly start: (owner: string) => Promise<{ readonly id: string; readonly createdAt: Date }>;
  /** Notes that it is used. Errors: session_unknown. */
  readonly use: (key: SessionKey) => Promise<void>;
  readonly past: (key: SessionKey) => Promise<readonly PastTurn[]>;
  /** On the disk when it resolves. Errors: session_unknown. */
  readonly keep: (key: SessionKey, turn: Omit<KeptTurn, 'at'>) => Promise<void>;
  /** Forgets those that were not used for too long. Gives how many. */
  readonly removeExpired: () => Promise<number>;
};

export type SessionsOptions = {
  readonly store: SessionStore;
  /** After so much disuse a session is forgotten. */
  readonly sessionDays: number;
  readonly now: () => Date;
};

const dayMs = 86_400_000;
/** More than fit into any context that is configured here. */
const mostTurns = 500;

export function createSessions({ store, sessionDays, now }: SessionsOptions): Sessions {
  const usedSince = (): Date => new Date(now().getTime() - sessionDays * dayMs);
  const unknown = (): AntiphonError => new AntiphonError('session_unknown', `There is no session of that id: it never was, or it was not used for ${sessionDays} days. Start a new one with POST /api/v1/session/start.`, { param: 'session_id' });
  return {
    start: async (owner) => {
      const session = { owner, id: randomUUID(), createdAt: now() };
      await store.insert(session);
      return session;
    },
    use: async (key) => {
      if (!await store.touch(key, { at: now(), usedSince: usedSince() })) throw unknown();
    },
    past: (key) => store.turns(key, mostTurns),
    keep: async (key, turn) => {
      if (!await store.append(key, { ...turn, at: now() })) throw unknown();
    },
    removeExpired: () => store.removeUnusedSince(usedSince()),
  };
}
