/** The ledger as a table for a spreadsheet (RFC 4180), and what plans bring for the work they cost. */
import type { Plan } from '../config/plan-settings.ts';
import type { LedgerQuery, UsageLedger, UsageLedgerTable, UsageTotals } from '../store/usage-ledger.ts';
import type { Key } from './key-ring.ts';

export type { AccessSignals } from '../store/access-signals.ts';
export type { LedgerQuery, UsageLedger, Counts, Period } from '../store/usage-ledger.ts';

const columns = ['seq', 'at', 'owner', 'key_id', 'request_id', 'action', 'lane', 'plan', 'engine', 'characters', 'audio_seconds', 'compute_seconds', 'outcome', 'cached_seconds'] as const;
const pageRows = 1_000;

/** Line by line, however long the ledger is. */
export async function* toCsv(ledger: Pick<UsageLedger, 'rows'>, query: LedgerQuery): AsyncGenerator<string> {
  yield `${columns.join(',')}\r\n`;
  for (let after = 0; ;) {
    const rows = await ledger.rows({ ...query, after, limit: pageRows });
    if (rows.length > 0) yield rows.map((row) => `${toCells(row).map(toCell).join(',')}\r\n`).join('');
    if (rows.length < pageRows) return;
    after = rows.at(-1)!.seq;
  }
}

function toCells(row: UsageLedgerTable & { readonly seq: number }): readonly (string | number)[] {
  return columns.map((column) => row[column]);
}

/** A text that a spreadsheet would take for a formula gets a quote before it: request ids are callers' own. */
function toCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export type Revenue = {
  /** In the plans' currency: of the keys that worked within the time, each for its part of it. */
  readonly revenue: number;
  readonly computeHours: number;
  /** undefined where nothing was computed. */
  readonly perComputeHour: number | undefined;
};

const monthMs = 30 * 86_400_000;

export function revenueOf({ totals, keys, plans, since, until }: { readonly totals: readonly UsageTotals[]; readonly keys: readonly Key[]; readonly plans: Readonly<Record<string, Plan>>; readonly since: Date; readonly until: Date }): Revenue {
  const revenue = keys.reduce((sum, key) => sum + (plans[key.plan]?.pricePerMonth ?? 0) * (workedMs(key, since, until) / monthMs), 0);
  const computeHours = totals.reduce((sum, { compute_seconds: seconds }) => sum + seconds, 0) / 3_600;
  return { revenue, computeHours, perComputeHour: computeHours === 0 ? undefined : revenue / computeHours };
}

function workedMs({ createdAt, revokedAt, expiresAt }: Key, since: Date, until: Date): number {
  const from = Math.max(since.getTime(), Date.parse(createdAt));
  const to = Math.min(until.getTime(), ...[revokedAt, expiresAt].flatMap((at) => (at === undefined ? [] : [Date.parse(at)])));
  return Math.max(0, to - from);
}
