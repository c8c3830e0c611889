/** Every change of the schema, in order and never edited once released. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const migrations: Record<string, Migration> = {
  '2026-11-23-speech-records': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('speech_records')
        .addColumn('request_id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('ended_at', 'text', (column) => column.notNull())
        .addColumn('engine', 'text', (column) => column.notNull())
        .addColumn('voice', 'text', (column) => column.notNull())
        .addColumn('format', 'text', (column) => column.notNull())
        .addColumn('characters', 'integer', (column) => column.notNull())
        .addColumn('audio_seconds', 'real', (column) => column.notNull())
        .addColumn('first_audio_ms', 'real')
        .addColumn('duration_ms', 'real', (column) => column.notNull())
        .addColumn('outcome', 'text', (column) => column.notNull())
        .execute();
      await database.schema.createIndex('speech_records_owner_ended').on('speech_records').columns(['owner', 'ended_at']).execute();
    },
  },
};
