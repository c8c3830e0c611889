/** One life of a server's books: asks with many at once against a quota, tells what was acknowledged, and goes on until it is killed. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createUsageBook } from '../src/access/usage-book.ts';
import { localCaller, type Caller } from '../src/caller.ts';
import { openDatabase } from '../src/store/database.ts';
import { createUsageLedger } from '../src/store/usage-ledger.ts';
import { createSilentLogger } from '../src/telemetry/logger.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';

const [dataDir = '', keyId = '', limit = '50', clients = '200'] = process.argv.slice(2);
const database = await openDatabase({ dataDir });
const book = createUsageBook({ ledger: createUsageLedger(database), now: () => new Date(), metrics: createMetrics(), log: createSilentLogger() });
const plan = { id: 'bench', requestsPerDay: Number(limit), requestsPerMonth: null, charactersPerDay: null, charactersPerMonth: null, concurrency: null, lanes: ['priority'], speechPerMinute: null, watermark: false, pricePerMonth: 0 } as const;
const caller: Caller = { ...localCaller, owner: 'bench', keyId, plan };
writeSync(1, 'go\n');
await Promise.all(Array.from({ length: Number(clients) }, async (_, index) => {
  const requestId = `${keyId}-${index}`;
  try {
    const usage = await book.open({ caller, requestId, action: 'speech', characters: 10 });
    await sleep(Math.random() * 40);
    // Some fail for want of the server, and are given back.
    const outcome = index % 10 === 0 ? 'engine_failed' : 'ok';
    await usage.settle({ engine: 'bench', characters: 10, audioSeconds: 1, computeSeconds: 0.1, outcome });
    writeSync(1, `${outcome} ${requestId}\n`);
  } catch {
    writeSync(1, `refused ${requestId}\n`);
  }
}));
writeSync(1, 'end\n');
// Until it is killed.
await sleep(60_000);
