/** The spoken conversation, built for the runtime: its sessions and spoken replies in the database, the turn, the clean-up. */
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { startCleanUp } from './companion/clean-up.ts';
import { createReplyAudio, type ReplyAudio, type ReplyStore } from './companion/reply-audio.ts';
import { createSessions, type Sessions, type SessionStore } from './companion/sessions.ts';
import { createTakeTurn } from './companion/take-turn.ts';
import type { TakeTurn } from './companion/turn.ts';
import type { Config } from './config/schema.ts';
import type { Chat } from './language/chat.ts';
import type { Speak } from './speech/speak.ts';
import { createCompanionReplies, type CompanionReplyTable } from './store/companion-replies.ts';
import { createCompanionSessions } from './store/companion-sessions.ts';
import type { Database } from './store/database.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Transcribe } from './transcription/transcript.ts';

export type Companion = {
  readonly takeTurn: TakeTurn;
  readonly sessions: Sessions;
  readonly replies: ReplyAudio;
  /** Conversations that are remembered, of every owner. */
  readonly countSessions: () => Promise<number>;
  /** Begins to forget what is old. Only a server does. */
  readonly start: () => Promise<void>;
  /** Idempotent. */
  readonly close: () => Promise<void>;
};

export type BuildCompanionOptions = {
  readonly config: Config;
  readonly database: Database;
  readonly transcribe: Transcribe;
  readonly chat: Chat;
  readonly speak: Speak;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now?: () => Date;
};

const cleanUpEveryMs = 10 * 60_000;

export function buildCompanion({ config, database, transcribe, chat, speak, clock, metrics, log, now = () => new Date() }: BuildCompanionOptions): Companion {
  const rows = createCompanionSessions(database);
  const sessions = createSessions({ store: sessionStore(rows), sessionDays: config.companion.sessionDays, now });
  const replies = createReplyAudio({ folder: join(config.dataDir, 'replies'), store: replyStore(database), audioHours: config.companion.audioHours, now });
  let cleanUp: ReturnType<typeof startCleanUp> | undefined;
  return {
    sessions,
    replies,
    takeTurn: createTakeTurn({ config: config.companion, transcribe, chat, speak, sessions, replies, clock, metrics, log }),
    countSessions: rows.count,
    start: async () => {
      await replies.clear();
      cleanUp ??= startCleanUp({ tasks: { sessions: sessions.removeExpired, replies: replies.removeExpired }, everyMs: cleanUpEveryMs, clock, log });
    },
    close: async () => void (await Promise.all([cleanUp?.close(), replies.close()])),
  };
}

function sessionStore(rows: ReturnType<typeof createCompanionSessions>): SessionStore {
  return {
    insert: ({ owner, id, createdAt }) => rows.insert({ id, owner, created_at: createdAt.toISOString(), last_used_at: createdAt.toISOString() }),
    touch: (key, { at, usedSince }) => rows.touch(key, { at: at.toISOString(), usedSince: usedSince.toISOString() }),
    turns: (key, limit) => rows.turns(key, limit),
    append: (key, { said, reply, provider, model, timings, at }) => rows.append(key, { said, reply, provider, model, timings: JSON.stringify(timings), at: at.toISOString() }),
    removeUnusedSince: (usedSince) => rows.removeUnusedSince(usedSince.toISOString()),
  };
}

function replyStore(database: Database): ReplyStore {
  const rows = createCompanionReplies(database);
  const toRecord = (row: CompanionReplyTable) => ({ owner: row.owner, id: row.id, contentType: row.content_type, fileName: row.file_name, createdAt: new Date(row.created_at) });
  return {
    insert: ({ owner, id, contentType, fileName, createdAt }) => rows.insert({ id, owner, content_type: contentType, file_name: fileName, created_at: createdAt.toISOString() }),
    get: async (key, madeSince) => {
      const row = await rows.get({ ...key, madeSince: madeSince.toISOString() });
      return row === undefined ? undefined : toRecord(row);
    },
    madeBefore: async (before) => (await rows.madeBefore(before.toISOString())).map(toRecord),
    fileNames: rows.fileNames,
    remove: rows.remove,
  };
}
