/** The database: opened, migrated, closed. Queries live in one repository a table; nobody else writes SQL. */
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { migrations } from './migrations.ts';
import { acquireProcessLock } from '../process-lock.ts';
import type { ApiKeyTable } from './api-keys.ts';
import type { ApiKeyUseTable } from './api-key-uses.ts';
import type { UsageCounterTable, UsageLedgerTable, UsageReservationTable } from './usage-ledger.ts';
import type { AccessSignalTable } from './access-signals.ts';
import type { UserTable } from './users.ts';
import type { CompanionReplyTable } from './companion-replies.ts';
import type { CompanionSessionTable, CompanionTurnTable } from './companion-sessions.ts';
import type { HouseSampleTable } from './house-samples.ts';
import type { JobTable } from './jobs.ts';
import type { RevisionTable } from './live-snapshot.ts';
import type { LanguageRecordTable } from './language-records.ts';
import type { PronunciationTable } from './pronunciation-dictionary.ts';
import type { ProviderChainTable } from './provider-chains.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';
import type { SpeechRecordTable } from './speech-records.ts';
import type { SwitchChangeTable } from './switch-changes.ts';
import type { WatermarkMarkTable } from './watermark-marks.ts';
import type { TranscriptionRecordTable } from './transcription-records.ts';

export type Tables = { jobs: JobTable; speech_records: SpeechRecordTable; transcription_records: TranscriptionRecordTable; pronunciations: PronunciationTable; language_records: LanguageRecordTable; provider_chains: ProviderChainTable; companion_sessions: CompanionSessionTable; companion_turns: CompanionTurnTable; companion_replies: CompanionReplyTable; revisions: RevisionTable; users: UserTable; api_keys: ApiKeyTable; api_key_uses: ApiKeyUseTable; usage_ledger: UsageLedgerTable; usage_reservations: UsageReservationTable; usage_counters: UsageCounterTable; access_signals: AccessSignalTable; switch_changes: SwitchChangeTable; watermark_marks: WatermarkMarkTable; house_samples: HouseSampleTable };
export type Database = Kysely<Tables>;

/** Another command migrates in milliseconds; one that takes longer than this hangs. */
const lockPatienceMs = 30_000;

/**
 * Opens the database, made and migrated where needed. Several commands may do so at once in a new folder.
 * Errors: what the disk or SQLite says; a migration that fails leaves the schema as it was.
 */
export async function openDatabase({ dataDir }: { dataDir: string }): Promise<Database> {
  await mkdir(dataDir, { recursive: true });
  // SQLite has no lock that covers the turn to WAL and the migrator's own tables: both answer "locked" at once to the
  // second who tries, whatever patience it was given.
  const lock = await acquireProcessLock({ path: join(dataDir, 'antiphon.db.opening'), signal: AbortSignal.timeout(lockPatienceMs) });
  try {
    const database = new Kysely<Tables>({ dialect: createSqliteDialect(join(dataDir, 'antiphon.db')) });
    const { error } = await new Migrator({ db: database, provider: { getMigrations: async () => migrations } }).migrateToLatest();
    if (error === undefined) return database;
    await database.destroy();
    throw error;
  } finally {
    await lock.release();
  }
}
