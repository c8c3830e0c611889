/**
 * What nobody needs any more goes, by the records of what belongs to whom and never by the mere age of what lies
 * somewhere. Each task first says what would go; a dry run ends there.
 */
import type { Logger } from '../../telemetry/logger.ts';
import { toAntiphonError } from '../../errors.ts';

export type Removable = {
  readonly items: number;
  readonly bytes: number;
  /** Gives the bytes that were freed. */
  readonly remove: () => Promise<number>;
};

export type HousekeepingTask = {
  readonly id: string;
  readonly what: string;
  readonly find: () => Promise<Removable>;
};

export type HousekeepingLine = { readonly id: string; readonly what: string; readonly items: number; readonly bytes: number; /** Why it could not be done. */ readonly failure: string | undefined };

export type HousekeepingReport = { readonly at: string; readonly dryRun: boolean; readonly lines: readonly HousekeepingLine[] };

export type Housekeeping = {
  /** Never rejects: a task that fails is told in its line, and the others are done. One run at a time. */
  readonly run: (options: { readonly dryRun: boolean }) => Promise<HousekeepingReport>;
  /** The last one that was not dry, of this process. */
  readonly last: () => HousekeepingReport | undefined;
};

export function createHousekeeping({ tasks, now, log }: { readonly tasks: readonly HousekeepingTask[]; readonly now: () => Date; readonly log: Logger }): Housekeeping {
  let last: HousekeepingReport | undefined;
  let running: Promise<unknown> = Promise.resolve();

  async function line({ id, what, find }: HousekeepingTask, dryRun: boolean): Promise<HousekeepingLine> {
    try {
      const { items, bytes, remove } = await find();
      return { id, what, items, bytes: dryRun || items === 0 ? bytes : await remove(), failure: undefined };
    } catch (error) {
      log.error({ task: id, code: toAntiphonError(error).code, err: error }, 'housekeeping failed');
      return { id, what, items: 0, bytes: 0, failure: toAntiphonError(error).message };
    }
  }

  async function once(dryRun: boolean): Promise<HousekeepingReport> {
    const lines: HousekeepingLine[] = [];
    for (const task of tasks) lines.push(await line(task, dryRun));
    const report = { at: now().toISOString(), dryRun, lines };
    if (dryRun) return report;
    last = report;
    for (const { id, items, bytes } of lines) if (items > 0) log.info({ task: id, items, bytes }, 'cleaned up');
    return report;
  }

  return {
    run: ({ dryRun }) => {
      const own = running.then(() => once(dryRun));
      running = own.catch(() => undefined);
      return own;
    },
    last: () => last,
  };
}

export function totalOf({ lines }: HousekeepingReport): { readonly items: number; readonly bytes: number } {
  return { items: lines.reduce((sum, { items }) => sum + items, 0), bytes: lines.reduce((sum, { bytes }) => sum + bytes, 0) };
}
