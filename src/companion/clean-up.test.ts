import { sql } from 'kysely';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCompanionRoom, type CompanionRoom } from '../../test/support/companion-room.ts';
import { until } from '../../test/support/until.ts';
import { createVirtualClock, type VirtualClock } from '../../test/support/virtual-clock.ts';
import type { TurnEvent } from './turn.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const staying = new AbortController().signal;

let clock: VirtualClock;
let room: CompanionRoom;
beforeEach(async () => {
  clock = createVirtualClock();
  room = await openCompanionRoom({ clock, now: () => new Date(Date.UTC(2026, 11, 1) + clock.now()), companion: { turnTimeoutMs: 86_400_000 } });
});
afterEach(() => room.close());

const take = (sessionId: string): Promise<TurnEvent[]> => Array.fromAsync(room.companion.takeTurn(room.ask(sessionId, { text: 'Hello.' }), staying));
const begin = async (): Promise<string> => (await room.companion.sessions.start('local')).id;
const audioIdOf = (events: readonly TurnEvent[]): string => events.flatMap((event) => (event.type === 'reply.audio' ? [event.audioId] : []))[0]!;

/** Time goes on in small steps. The clean-up's own work is not on this clock: each step waits until it sleeps again, or it would miss the time. */
async function wait(durationMs: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += stepMs) {
    await until('the clean-up sleeps', () => clock.sleeping() > 0);
    await clock.advance(stepMs);
  }
  await until('the clean-up sleeps', () => clock.sleeping() > 0);
}

async function countOf(table: 'companion_sessions' | 'companion_turns'): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(room.database);
  return rows[0]!.count;
}

describe('a session', () => {
  it('is unknown after seven days of disuse, before anybody cleaned up, with words that tell what to do', async () => {
    const sessionId = await begin();
    await clock.advance(7 * dayMs + 1);
    await expect(take(sessionId)).rejects.toMatchObject({ code: 'session_unknown', message: expect.stringMatching(/not used for 7 days.*POST \/api\/v1\/session\/start/) });
    expect(await countOf('companion_sessions')).toBe(1);
  });

  it('that is used lives on, and is removed with its turns by when it was last used, not by when it began', async () => {
    await room.companion.start();
    const [used, unused] = [await begin(), await begin()];
    await take(unused);
    await wait(6 * dayMs, dayMs);
    await take(used);
    await wait(2 * dayMs, 12 * hourMs);
    expect(await countOf('companion_sessions')).toBe(1);
    expect(await room.companion.sessions.past({ owner: 'local', id: used })).toHaveLength(1);
    expect(await countOf('companion_turns')).toBe(1);
    await expect(take(unused)).rejects.toMatchObject({ code: 'session_unknown' });
    await wait(8 * dayMs, dayMs);
    expect(await countOf('companion_sessions')).toBe(0);
    expect(await countOf('companion_turns')).toBe(0);
  });
});

describe('a spoken reply', () => {
  it('can be fetched for a day, and its file goes by its own record', async () => {
    await room.companion.start();
    const sessionId = await begin();
    const id = audioIdOf(await take(sessionId));
    await wait(23 * hourMs, hourMs);
    expect(await room.companion.replies.open({ owner: 'local', id })).toMatchObject({ kind: 'file', contentType: 'audio/pcm' });
    const later = audioIdOf(await take(sessionId));
    await wait(2 * hourMs, hourMs);
    await expect(room.companion.replies.open({ owner: 'local', id })).rejects.toMatchObject({ code: 'reply_audio_unknown' });
    expect(await room.replyFiles()).toEqual([expect.stringContaining(later)]);
  });

  it('is nobody else\'s', async () => {
    const id = audioIdOf(await take(await begin()));
    await expect(room.companion.replies.open({ owner: 'somebody', id })).rejects.toMatchObject({ code: 'reply_audio_unknown' });
  });
});

describe('a server that was killed', () => {
  it('has lost nothing it acknowledged, and leaves no half-made file', async () => {
    const sessionId = await begin();
    const id = audioIdOf(await take(sessionId));
    await writeFile(join(room.dataDir, 'replies', 'half-made.mp3'), 'x');
    // Not closed: as a process leaves it that is killed.
    const next = await openCompanionRoom({ clock, dataDir: room.dataDir, now: () => new Date(Date.UTC(2026, 11, 1) + clock.now()) });
    await next.companion.start();
    expect(await next.companion.sessions.past({ owner: 'local', id: sessionId })).toMatchObject([{ said: 'Hello.', reply: 'Yes.' }]);
    expect(await next.companion.replies.open({ owner: 'local', id })).toMatchObject({ kind: 'file' });
    expect(await next.replyFiles()).toEqual([`${id}.pcm`]);
    await next.close();
  });
});
