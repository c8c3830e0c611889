/** Quotas and the ledger under two hundred at once and kill -9 at any moment: never over by one, never an acknowledged row lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../src/store/database.ts';
import { createUsageLedger } from '../src/store/usage-ledger.ts';
import type { BenchOptions, Figure } from './main.ts';

const quota = 50;
const clients = 200;
/** The books of two hundred take about this long; the kill comes anywhere within it, and behind. */
const longestMs = 400;

type Life = { readonly acknowledged: readonly string[]; readonly isWhole: boolean };

export async function benchQuota({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const runs = quick ? 50 : 1_000;
  const dataDir = await mkdtemp(join(tmpdir(), 'antiphon-bench-quota-'));
  const database = await openDatabase({ dataDir });
  const ledger = createUsageLedger(database);
  let [over, lost, wrong, whole, acknowledged, most] = [0, 0, 0, 0, 0, 0];
  try {
    for (let run = 0; run < runs; run++) {
      const keyId = `key_${run}`;
      const life = await liveAndDie(dataDir, keyId);
      const now = new Date();
      // What the next start does.
      await ledger.recover(now.toISOString());
      const rows = await database.selectFrom('usage_ledger').select(['request_id', 'outcome']).where('key_id', '=', keyId).execute();
      const done = new Set(rows.filter(({ outcome }) => outcome === 'ok').map(({ request_id: id }) => id));
      const { day } = await ledger.used(keyId, now.toISOString());
      if (done.size > quota || day.requests > quota) over++;
      if (life.acknowledged.some((id) => !done.has(id))) lost++;
      // What is counted is what was done: what failed or was cut off was given back.
      if (day.requests !== done.size) wrong++;
      if (life.isWhole) whole++;
      acknowledged += life.acknowledged.length;
      most = Math.max(most, done.size);
      if ((run + 1) % 100 === 0) console.log(`${run + 1} runs: ${over} over, ${lost} lost, ${wrong} miscounted`);
    }
  } finally {
    await database.destroy();
    await rm(dataDir, { recursive: true, force: true });
  }
  return [
    { what: `quota of ${quota}, ${clients} at once, kill -9 at a random moment, ${runs} runs: over the quota`, value: `${over} runs (most done: ${most})`, aim: 'never', met: over === 0 },
    { what: 'an acknowledged row lost', value: `${lost} runs (${acknowledged} rows acknowledged; ${whole} runs had ended before the kill)`, aim: 'never', met: lost === 0 },
    { what: 'counted otherwise than done, after recovery', value: `${wrong} runs`, aim: 'never', met: wrong === 0 },
  ];
}

async function liveAndDie(dataDir: string, keyId: string): Promise<Life> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', new URL('./quota-child.ts', import.meta.url).pathname, dataDir, keyId, String(quota), String(clients)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  const begun = Promise.withResolvers<void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (told.startsWith('go\n')) begun.resolve();
  });
  const ended = once(child, 'exit');
  await Promise.race([begun.promise, ended]);
  await sleep(Math.random() * longestMs);
  child.kill('SIGKILL');
  await ended;
  if (!child.stdout.readableEnded) await once(child.stdout, 'end');
  // The last line may be cut off, and then was not told.
  const lines = told.split('\n').slice(0, -1);
  return { acknowledged: lines.flatMap((line) => (line.startsWith('ok ') ? [line.slice(3)] : [])), isWhole: lines.at(-1) === 'end' };
}
