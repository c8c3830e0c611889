/** The database: opened, migrated, closed. Queries live in one repository a table; nobody else writes SQL. */
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { migrations } from './migrations.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';
import type { SpeechRecordTable } from './speech-records.ts';

export type Tables = { speech_records: SpeechRecordTable };
export type Database = Kysely<Tables>;

/** Errors: what the disk or SQLite says; a migration that fails leaves the schema as it was. */
export async function openDatabase({ dataDir }: { dataDir: string }): Promise<Database> {
  await mkdir(dataDir, { recursive: true });
  const database = new Kysely<Tables>({ dialect: createSqliteDialect(join(dataDir, 'antiphon.db')) });
  const { error } = await new Migrator({ db: database, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  if (error !== undefined) {
    await database.destroy();
    throw error;
  }
  return database;
}
