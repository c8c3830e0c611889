import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import { createKeySource } from '../config/key-source.ts';
import { configSchema } from '../config/schema.ts';
import type { ProviderCheck } from '../engines/providers/provider.ts';
import { AntiphonError } from '../errors.ts';
import { createFallback } from './create-fallback.ts';
import type { WorkKind } from './fallback.ts';
import { createProviderReports } from './provider-report.ts';
import { createProviderRoster } from './provider-roster.ts';
import { createProviderWatch } from './provider-watch.ts';

const well: ProviderCheck = { latencyMs: 12, models: ['one'], quota: undefined };
const gone = new AntiphonError('provider_unreachable', 'It could not be reached.');

function setUp({ chains = { chat: ['groq', 'local'] }, keys = true }: { chains?: Partial<Record<WorkKind, readonly string[]>>; keys?: boolean } = {}) {
  const clock = createVirtualClock();
  const { providers: settings, failover } = configSchema.parse({});
  const answers = new Map<string, () => Promise<ProviderCheck>>();
  const asked: string[] = [];
  const roster = createProviderRoster({
    settings,
    keys: new Map(Object.keys(settings).map((id) => [id, createKeySource({ id, keyVariable: 'KEY', keyFile: '', environment: keys ? { KEY: 'k' } : {} })])),
    create: (id, { type }) => ({
      id, type,
      check: async (signal) => {
        asked.push(id);
        return answers.get(id)?.() ?? new Promise((_, reject) => { signal.addEventListener('abort', () => reject(gone), { once: true }); });
      },
    }),
  });
  const nothing = () => undefined;
  const chain = (kind: WorkKind) => chains[kind] ?? ['local'];
  const fallback = createFallback({ settings: { ...failover, breaker: failover }, chain, clock, random: () => 0, observer: { onAttempt: nothing, onBreaker: nothing, onFailover: nothing } });
  const told: string[] = [];
  const watch = createProviderWatch({ roster, watched: () => ['groq'], everyMs: 30_000, clock, now: () => new Date(0), onCheck: (id, check) => told.push(`${id} ${'found' in check ? 'connected' : check.error.code}`) });
  const reports = createProviderReports({ roster, fallback, books: { figuresOf: () => ({ requests: 0, errors: 0, cost: 0 }) }, watch, clock, now: () => new Date(clock.now()) });
  const { signal } = new AbortController();
  const breakDown = async (kind: WorkKind, member: string) => fallback.run(kind, async () => { throw new AntiphonError('provider_key_refused', 'no'); }, { signal, members: [member] }).catch(() => undefined);
  return { clock, answers, asked, told, watch, reports, breakDown, signal };
}

describe('the watch over providers', () => {
  it('asks those that are watched at once and then every half minute, and nobody while it is not started', async () => {
    const { watch, clock, asked, answers } = setUp();
    answers.set('groq', async () => well);
    await settle();
    expect(asked).toEqual([]);
    watch.start();
    await settle();
    expect(asked).toEqual(['groq']);
    await clock.advance(29_999);
    expect(asked).toEqual(['groq']);
    await clock.advance(1);
    expect(asked).toEqual(['groq', 'groq']);
    await watch.close();
    await clock.advance(60_000);
    expect(asked).toHaveLength(2);
  });

  it('asks once for all who ask at the same time, and gives up on a provider that hangs', async () => {
    const { watch, clock, asked, told, signal } = setUp();
    const checks = [watch.check('groq', signal), watch.check('groq', signal)];
    await clock.advance(10_000);
    expect((await Promise.all(checks)).map((check) => 'error' in check)).toEqual([true, true]);
    expect([asked, told]).toEqual([['groq'], ['groq provider_unreachable']]);
  });

  it('lets whoever asked leave without ending the check of others', async () => {
    const { watch, answers, signal } = setUp();
    const { promise, resolve } = Promise.withResolvers<ProviderCheck>();
    answers.set('groq', () => promise);
    const caller = new AbortController();
    const left = watch.check('groq', caller.signal);
    const stays = watch.check('groq', signal);
    caller.abort(new AntiphonError('cancelled', 'left'));
    await expect(left).rejects.toMatchObject({ code: 'cancelled' });
    resolve(well);
    expect(await stays).toMatchObject({ found: well });
    await expect(watch.check('nobody', signal)).rejects.toMatchObject({ code: 'provider_unknown' });
  });
});

describe('the judgement on a provider', () => {
  const judged = async ({ reports }: ReturnType<typeof setUp>) => reports.judge(await reports.get('groq'));

  it('is pass before and after a check that goes well', async () => {
    const bench = setUp();
    expect(await judged(bench)).toEqual({ status: 'pass', message: undefined });
    bench.answers.set('groq', async () => well);
    await bench.watch.check('groq', bench.signal);
    expect(await judged(bench)).toEqual({ status: 'pass', message: undefined });
    expect((await bench.reports.get('groq')).service).toBe('connected');
  });

  it('is warn where it cannot be reached and somebody else serves, fail where nobody does', async () => {
    for (const [chain, status, words] of [[['groq', 'local'], 'warn', 'Others in its chains serve'], [['groq'], 'fail', 'Nobody else serves chat']] as const) {
      const bench = setUp({ chains: { chat: chain } });
      bench.answers.set('groq', async () => { throw gone; });
      await bench.watch.check('groq', bench.signal);
      expect(await judged(bench)).toEqual({ status, message: expect.stringContaining(words) });
      expect((await bench.reports.get('groq')).service).toBe('error');
    }
  });

  it('is for the kinds that are ill: a breaker that is open for speech says nothing of chat', async () => {
    const bench = setUp({ chains: { chat: ['groq'], speech: ['groq', 'local'] } });
    await bench.breakDown('speech', 'groq');
    expect(await judged(bench)).toEqual({ status: 'warn', message: expect.stringContaining('out of service for speech') });
    expect((await bench.reports.get('groq')).kinds.map(({ kind, breaker }) => [kind, breaker])).toEqual([['speech', 'open'], ['transcription', 'closed'], ['chat', 'closed']]);
  });

  it('counts on nobody who is out of service too', async () => {
    const bench = setUp({ chains: { chat: ['groq', 'openai'] } });
    await bench.breakDown('chat', 'groq');
    expect((await judged(bench)).status).toBe('warn');
    await bench.breakDown('chat', 'openai');
    expect((await judged(bench)).status).toBe('fail');
  });

  it('minds nothing of who stands in no chain', async () => {
    const bench = setUp({ keys: false, chains: {} });
    expect(await judged(bench)).toEqual({ status: 'pass', message: undefined });
    expect((await bench.reports.get('groq')).key.state).toBe('missing');
  });

  it('is ill without a key that it needs, whatever was last seen', async () => {
    const bench = setUp({ keys: false });
    expect(await judged(bench)).toEqual({ status: 'warn', message: expect.stringContaining('There is no key: set KEY') });
  });
});
