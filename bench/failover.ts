/** What the search through a chain costs when all is well, and how soon somebody else answers when it is not. */
import { createFallback } from '../src/dispatch/create-fallback.ts';
import { configSchema } from '../src/config/schema.ts';
import { systemClock } from '../src/clock.ts';
import { AntiphonError } from '../src/errors.ts';
import { converse, startProviderServer, type ProviderServer } from '../test/support/provider-server.ts';
import type { BenchOptions, Figure } from './main.ts';
import { milliseconds, p50, p95, quantile } from './statistics.ts';

const addedAimMs = 1;

export async function benchFailover({ quick }: BenchOptions): Promise<readonly Figure[]> {
  return [...await measureAdded(quick ? 2_000 : 20_000), ...await measureServer(quick ? 30 : 200)];
}

/** The same work through the chain and without it, in this process. */
async function measureAdded(rounds: number): Promise<readonly Figure[]> {
  const { failover } = configSchema.parse({});
  const nothing = (): void => undefined;
  const fallback = createFallback({ settings: { ...failover, breaker: failover }, chain: () => ['one', 'two'], clock: systemClock, random: Math.random, observer: { onAttempt: nothing, onBreaker: nothing, onFailover: nothing } });
  const { signal } = new AbortController();
  const work = async (): Promise<number> => 1;
  async function* pieces(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
  const whole: number[] = [];
  const streamed: number[] = [];
  const passed: number[] = [];
  for (let i = 0; i < rounds; i++) {
    whole.push(await timed(() => fallback.run('chat', work, { signal })) - await timed(work));
    streamed.push(await timed(async () => { for await (const _ of (await fallback.stream('chat', pieces, { signal })).value); }) - await timed(async () => { for await (const _ of pieces()); }));
  }
  const refused = new AntiphonError('provider_key_refused', 'no');
  const oneOut = async (member: string): Promise<number> => {
    if (member === 'one') throw refused;
    return 1;
  };
  await fallback.run('speech', oneOut, { signal });
  for (let i = 0; i < rounds; i++) passed.push(await timed(() => fallback.run('speech', oneOut, { signal })) - await timed(work));
  return [added('added to an answer that comes whole', whole), added('added to an answer in pieces', streamed), added('added where one member is out of service', passed)];
}

function added(what: string, valuesMs: readonly number[]): Figure {
  const high = quantile(valuesMs, 0.99);
  return { what, value: `${p50(valuesMs).toFixed(3)} ms at the median, ${high.toFixed(3)} ms at the 99th percentile`, aim: `≤ ${addedAimMs} ms`, met: high <= addedAimMs };
}

/** The real server before providers on this machine, which answer at once. */
async function measureServer(rounds: number): Promise<readonly Figure[]> {
  const bench = await startProviderServer({ env: { ANTIPHON_FAILOVER_FIRST_PIECE_MS: '1000', ANTIPHON_FAILOVER_BACKOFF_MS: '200' } });
  try {
    const well = await latencies(bench, rounds);
    const direct: number[] = [];
    for (let i = 0; i < rounds; i++) direct.push(await timed(() => askDirectly(bench.steady.baseUrl('openai'))));
    return [
      { what: 'a conversation through the server, less the same asked of the provider directly', value: `${milliseconds(p50(well) - p50(direct))} (${milliseconds(p50(well))} against ${milliseconds(p50(direct))})`, aim: '–', met: undefined },
      ...await whileBroken(bench, rounds),
    ];
  } finally {
    await bench.stop();
  }
}

async function whileBroken(bench: ProviderServer, rounds: number): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const begin = async (): Promise<void> => bench.reset();
  await begin();
  bench.flaky.otherwise({ kind: 'status', status: 500 });
  const failing = p50(await latencies(bench, 2));
  figures.push({ what: 'another provider\'s answer where the first fails with 500 (two attempts)', value: milliseconds(failing), aim: '< 300 ms', met: failing < 300 });
  await begin();
  bench.flaky.otherwise({ kind: 'hang_before_head' });
  const hanging = p50(await latencies(bench, 3));
  figures.push({ what: 'where the first hangs, with failover.firstPieceMs at 1 s', value: milliseconds(hanging), aim: '< 1.1 s', met: hanging < 1_100 });
  await begin();
  bench.flaky.otherwise({ kind: 'key_refused' });
  await converse(bench.server.url);
  const open = await latencies(bench, rounds);
  figures.push({ what: 'once the first is out of service', value: `${milliseconds(p50(open))}, p95 ${milliseconds(p95(open))}`, aim: '–', met: undefined });
  await begin();
  const before = bench.flaky.die();
  const outcomes = [];
  for (let i = 0; i < 40; i++) {
    outcomes.push(converse(bench.server.url));
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  await before;
  const failed = (await Promise.all(outcomes)).filter(({ status }) => status !== 200).length;
  figures.push({ what: 'requests that failed of 40 at 20/s, the first provider dead', value: String(failed), aim: '0', met: failed === 0 });
  return figures;
}

async function askDirectly(baseUrl: string): Promise<string> {
  const answer = await fetch(`${baseUrl}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'any', stream: true, messages: [{ role: 'user', content: 'Hello?' }] }) });
  return answer.text();
}

async function latencies({ server }: ProviderServer, rounds: number): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < rounds; i++) {
    all.push(await timed(async () => {
      const { status } = await converse(server.url);
      if (status !== 200) throw new Error(`The server answered ${status}.`);
    }));
  }
  return all;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
