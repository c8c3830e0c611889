import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localCaller, type Caller } from '../caller.ts';
import { plansSchema, type Plan } from '../config/plan-settings.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { createUsageLedger, type UsageLedger } from '../store/usage-ledger.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { UsageAsk, UsageFigures } from '../usage.ts';
import { createUsageBook, type KeptUsageBook } from './usage-book.ts';

const plans = plansSchema.parse({});
const always = { since: '2000', until: '3000', owner: undefined };
let dataDir: string;
let database: Database;
let ledger: UsageLedger;
let book: KeptUsageBook;
let now: Date;
/** Transactions that were written. */
let written: number;

const openBook = () => createUsageBook({ ledger: { apply: (...changes) => { written++; return ledger.apply(...changes); } }, now: () => now, metrics: createMetrics(), log: createSilentLogger() });

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'antiphon-usage-'));
  database = await openDatabase({ dataDir });
  ledger = createUsageLedger(database);
  now = new Date('2026-12-01T12:00:00Z');
  written = 0;
  book = openBook();
});
afterEach(async () => {
  await book.close();
  await database.destroy();
  await rm(dataDir, { recursive: true, force: true });
});

const caller = (plan: Partial<Plan> = {}): Caller => ({ ...localCaller, owner: 'user_1', role: 'user', keyId: 'key_1', plan: { ...plans['enterprise']!, concurrency: null, ...plan, id: 'test' } });
const ask = (changed: Partial<UsageAsk> = {}): UsageAsk => ({ caller: caller(), requestId: 'request-1', action: 'speech', characters: 100, ...changed });
const figures = (changed: Partial<UsageFigures> = {}): UsageFigures => ({ engine: 'piper', characters: 100, audioSeconds: 6, computeSeconds: 0.4, outcome: 'ok', ...changed });
const spend = async (given: Partial<UsageAsk> = {}, ended: Partial<UsageFigures> = {}): Promise<void> => (await book.open(ask(given))).settle(figures({ characters: given.characters ?? 100, ...ended }));
const rows = () => ledger.rows({ ...always, after: 0, limit: 1_000 });

describe('the ledger', () => {
  it('has a row for whatever was used, with or without a key, under the same request id too', async () => {
    await spend();
    await spend({}, { computeSeconds: 0 });
    await spend({ caller: localCaller });
    expect((await rows()).map(({ key_id: key, plan, owner, compute_seconds: computed, outcome }) => [key, plan, owner, computed, outcome])).toEqual([['key_1', 'test', 'user_1', 0.4, 'ok'], ['key_1', 'test', 'user_1', 0, 'ok'], ['', '', 'local', 0.4, 'ok']]);
    expect((await ledger.totals(always)).find(({ key_id: key }) => key === 'key_1')).toMatchObject({ requests: 2, characters: 200, audio_seconds: 12, compute_seconds: 0.4 });
  });

  it('takes one row for each request, however often it is settled', async () => {
    const usage = await book.open(ask());
    await Promise.all([usage.settle(figures()), usage.settle(figures({ outcome: 'cancelled' }))]);
    expect((await rows()).map(({ outcome }) => outcome)).toEqual(['ok']);
  });

  it('cannot be changed afterwards', async () => {
    await spend();
    await expect(sql`update usage_ledger set characters = 0`.execute(database)).rejects.toThrow('only added to');
    await expect(sql`delete from usage_ledger`.execute(database)).rejects.toThrow('only added to');
  });

  it('writes many who come at once in few transactions', async () => {
    await Promise.all(Array.from({ length: 200 }, () => spend()));
    expect(await rows()).toHaveLength(200);
    expect(written).toBeLessThanOrEqual(4);
  });

  it('is written to once more where the disk said no', async () => {
    let failures = 1;
    const stumbling = createUsageBook({ ledger: { apply: (reserves, settles) => (settles.length > 0 && failures-- > 0 ? Promise.reject(new Error('disk I/O error')) : ledger.apply(reserves, settles)) }, now: () => now, metrics: createMetrics(), log: createSilentLogger() });
    await (await stumbling.open(ask())).settle(figures());
    expect(await rows()).toHaveLength(1);
  });
});

describe('a quota', () => {
  it('of requests holds to the last one, however many come at once', async () => {
    const limited = caller({ requestsPerDay: 20 });
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => spend({ caller: limited })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    expect(await rows()).toHaveLength(20);
    await expect(spend({ caller: limited })).rejects.toMatchObject({ code: 'quota_exceeded', message: expect.stringMatching(/20 requests a day, of which 0 are left.*2026-12-02 00:00 UTC/), retryAfterSeconds: 12 * 3_600 });
  });

  it('of characters takes what still fits, and no more', async () => {
    const limited = caller({ charactersPerMonth: 250 });
    await spend({ caller: limited });
    await spend({ caller: limited });
    await expect(spend({ caller: limited })).rejects.toMatchObject({ code: 'quota_exceeded', message: expect.stringContaining('of which 50 are left; this text has 100') });
    await spend({ caller: limited, characters: 50 });
    await expect(spend({ caller: limited, characters: 1 })).rejects.toMatchObject({ code: 'quota_exceeded' });
  });

  it('begins anew at midnight, and at the first of the month, UTC', async () => {
    const daily = caller({ requestsPerDay: 1, charactersPerMonth: 200 });
    await spend({ caller: daily });
    now = new Date('2026-12-01T23:59:59Z');
    await expect(spend({ caller: daily })).rejects.toMatchObject({ retryAfterSeconds: 1 });
    now = new Date('2026-12-02T00:00:00Z');
    await spend({ caller: daily });
    now = new Date('2026-12-31T12:00:00Z');
    await expect(spend({ caller: daily })).rejects.toMatchObject({ message: expect.stringContaining('2027-01-01') });
    now = new Date('2027-01-01T00:00:00Z');
    await spend({ caller: daily });
  });

  it('gives back what failed for want of us, and keeps what somebody left in the middle of', async () => {
    const limited = caller({ requestsPerDay: 1 });
    await spend({ caller: limited }, { outcome: 'worker_lost' });
    await spend({ caller: limited }, { outcome: 'queue_full' });
    await spend({ caller: limited }, { outcome: 'cancelled' });
    await expect(spend({ caller: limited })).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect(await ledger.used('key_1', now.toISOString())).toMatchObject({ day: { requests: 1, characters: 100 } });
  });

  it('counts a text that is written while it is spoken once it is known, and stops the next', async () => {
    const limited = caller({ charactersPerMonth: 150 });
    await spend({ caller: limited, characters: 0 }, { characters: 160 });
    expect(await ledger.used('key_1', now.toISOString())).toMatchObject({ month: { requests: 1, characters: 160 } });
    await expect(spend({ caller: limited, characters: 0 })).rejects.toMatchObject({ code: 'quota_exceeded' });
  });

  it('counts a spoken turn as one request', async () => {
    const limited = caller({ requestsPerDay: 1 });
    await spend({ caller: limited, action: 'chat', characters: 0 }, { characters: 0 });
    await spend({ caller: limited, isPart: true, characters: 0 }, { characters: 40 });
    expect(await ledger.used('key_1', now.toISOString())).toMatchObject({ day: { requests: 1, characters: 40 } });
  });

  it('of requests at once lets go of who has ended, well or not', async () => {
    const limited = caller({ concurrency: 1, requestsPerDay: 2 });
    const usage = await book.open(ask({ caller: limited }));
    await expect(book.open(ask({ caller: limited }))).rejects.toMatchObject({ code: 'rate_limited' });
    await usage.settle(figures());
    await spend({ caller: limited });
    await expect(book.open(ask({ caller: limited }))).rejects.toMatchObject({ code: 'quota_exceeded' });
    await expect(book.open(ask({ caller: limited }))).rejects.toMatchObject({ code: 'quota_exceeded' });
  });
});

describe('a server that was killed', () => {
  it('gives back what was in work, and says so in the ledger, once', async () => {
    const limited = caller({ requestsPerDay: 3, charactersPerMonth: 300 });
    await spend({ caller: limited });
    await book.open(ask({ caller: limited }));
    await book.open(ask({ caller: limited }));
    await expect(book.open(ask({ caller: limited }))).rejects.toMatchObject({ code: 'quota_exceeded' });
    // Not closed: as a process leaves it that is killed.
    book = openBook();
    expect([await ledger.recover(now.toISOString()), await ledger.recover(now.toISOString()), await ledger.openReservations()]).toEqual([2, 0, 0]);
    expect(await ledger.used('key_1', now.toISOString())).toMatchObject({ day: { requests: 1, characters: 100 }, month: { requests: 1, characters: 100 } });
    expect((await rows()).map(({ outcome }) => outcome)).toEqual(['ok', 'interrupted', 'interrupted']);
  });

  it('that lives after all counts what it ends', async () => {
    const usage = await book.open(ask());
    await ledger.recover(now.toISOString());
    await usage.settle(figures());
    expect(await ledger.used('key_1', now.toISOString())).toMatchObject({ day: { requests: 1, characters: 100 } });
  });
});
