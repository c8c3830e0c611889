/** Every change of the schema, in order and never edited once released. */
import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { countChanges } from './live-snapshot.ts';

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
  // They run in the order of their names, and a database remembers which it has seen: a new name sorts behind all others.
  '2026-11-24-jobs': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('jobs')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('place', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('title', 'text', (column) => column.notNull())
        .addColumn('fingerprint', 'text', (column) => column.notNull())
        .addColumn('settings', 'text', (column) => column.notNull())
        .addColumn('progress', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('changed_at', 'text', (column) => column.notNull())
        .addColumn('worked_ms', 'real', (column) => column.notNull())
        .addColumn('error_code', 'text')
        .addColumn('error_message', 'text')
        .execute();
      await database.schema.createIndex('jobs_owner_created').on('jobs').columns(['owner', 'created_at']).execute();
      await database.schema.createIndex('jobs_state_created').on('jobs').columns(['state', 'created_at']).execute();
    },
  },
  '2026-11-24-pronunciations': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('pronunciations')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('word', 'text', (column) => column.notNull())
        .addColumn('language', 'text', (column) => column.notNull())
        .addColumn('case_sensitive', 'integer', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .execute();
      await database.schema.createIndex('pronunciations_owner_word').on('pronunciations').columns(['owner', 'word', 'language']).unique().execute();
    },
  },
  '2026-11-25-transcription-records': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('transcription_records')
        .addColumn('request_id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('ended_at', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('language', 'text')
        .addColumn('audio_seconds', 'real', (column) => column.notNull())
        .addColumn('speech_seconds', 'real', (column) => column.notNull())
        .addColumn('duration_ms', 'real', (column) => column.notNull())
        .addColumn('outcome', 'text', (column) => column.notNull())
        .execute();
      await database.schema.createIndex('transcription_records_owner_ended').on('transcription_records').columns(['owner', 'ended_at']).execute();
    },
  },
  '2026-12-01-language-records': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('language_records')
        .addColumn('request_id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('ended_at', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('instead_of', 'text')
        .addColumn('prompt_tokens', 'integer', (column) => column.notNull())
        .addColumn('completion_tokens', 'integer', (column) => column.notNull())
        .addColumn('first_text_ms', 'real')
        .addColumn('duration_ms', 'real', (column) => column.notNull())
        .addColumn('cost', 'real')
        .addColumn('outcome', 'text', (column) => column.notNull())
        .execute();
      await database.schema.createIndex('language_records_owner_ended').on('language_records').columns(['owner', 'ended_at']).execute();
    },
  },
  '2026-12-01-provider-chains': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('provider_chains')
        .addColumn('kind', 'text', (column) => column.primaryKey())
        .addColumn('members', 'text', (column) => column.notNull())
        .addColumn('changed_at', 'text', (column) => column.notNull())
        .execute();
    },
  },
  '2026-12-01-spoken-conversations': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('companion_sessions')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('last_used_at', 'text', (column) => column.notNull())
        .execute();
      await database.schema.createIndex('companion_sessions_last_used').on('companion_sessions').column('last_used_at').execute();
      await database.schema
        .createTable('companion_turns')
        .addColumn('session_id', 'text', (column) => column.notNull().references('companion_sessions.id').onDelete('cascade'))
        .addColumn('turn_index', 'integer', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('said', 'text', (column) => column.notNull())
        .addColumn('reply', 'text', (column) => column.notNull())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('timings', 'text', (column) => column.notNull())
        .addColumn('at', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('companion_turns_key', ['session_id', 'turn_index'])
        .execute();
      await database.schema
        .createTable('companion_replies')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('content_type', 'text', (column) => column.notNull())
        .addColumn('file_name', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .execute();
      await database.schema.createIndex('companion_replies_created').on('companion_replies').column('created_at').execute();
    },
  },
  '2026-12-02-a-revisions': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('revisions')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('revision', 'integer', (column) => column.notNull())
        .execute();
    },
  },
  '2026-12-02-b-users-and-keys': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('users')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull().unique())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('disabled_at', 'text')
        .execute();
      await database.schema
        .createTable('api_keys')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
        .addColumn('label', 'text', (column) => column.notNull())
        .addColumn('preview', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull().unique())
        .addColumn('plan', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'text')
        .addColumn('revoked_at', 'text')
        .execute();
      await database.schema.createIndex('api_keys_user').on('api_keys').column('user_id').execute();
      await countChanges(database, 'users');
      await countChanges(database, 'api_keys');
    },
  },
  // A caller may choose its request ids: they are its own only beside its owner.
  '2026-12-02-c-records-by-owner': {
    up: async (database: Kysely<unknown>) => {
      for (const table of ['speech_records', 'transcription_records', 'language_records']) {
        await sql.raw(`create table ${table}_new as select * from ${table}`).execute(database);
        await database.schema.dropTable(table).execute();
        await sql.raw(`alter table ${table}_new rename to ${table}`).execute(database);
        await database.schema.createIndex(`${table}_owner_request`).on(table).columns(['owner', 'request_id']).unique().execute();
        await database.schema.createIndex(`${table}_owner_ended`).on(table).columns(['owner', 'ended_at']).execute();
        await database.schema.createIndex(`${table}_ended`).on(table).column('ended_at').execute();
      }
    },
  },
  '2026-12-02-d-usage': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('usage_ledger')
        .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('at', 'text', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('key_id', 'text', (column) => column.notNull())
        .addColumn('request_id', 'text', (column) => column.notNull())
        .addColumn('action', 'text', (column) => column.notNull())
        .addColumn('lane', 'text', (column) => column.notNull())
        .addColumn('plan', 'text', (column) => column.notNull())
        .addColumn('engine', 'text', (column) => column.notNull())
        .addColumn('characters', 'integer', (column) => column.notNull())
        .addColumn('audio_seconds', 'real', (column) => column.notNull())
        .addColumn('compute_seconds', 'real', (column) => column.notNull())
        .addColumn('outcome', 'text', (column) => column.notNull())
        .execute();
      await database.schema.createIndex('usage_ledger_at').on('usage_ledger').column('at').execute();
      await database.schema.createIndex('usage_ledger_owner_at').on('usage_ledger').columns(['owner', 'at']).execute();
      for (const event of ['update', 'delete']) {
        await sql.raw(`create trigger usage_ledger_no_${event} before ${event} on usage_ledger begin select raise(abort, 'the usage ledger is only added to'); end`).execute(database);
      }
      await database.schema
        .createTable('usage_reservations')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('at', 'text', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('key_id', 'text', (column) => column.notNull())
        .addColumn('request_id', 'text', (column) => column.notNull())
        .addColumn('action', 'text', (column) => column.notNull())
        .addColumn('lane', 'text', (column) => column.notNull())
        .addColumn('plan', 'text', (column) => column.notNull())
        .addColumn('requests', 'integer', (column) => column.notNull())
        .addColumn('characters', 'integer', (column) => column.notNull())
        .execute();
      await database.schema
        .createTable('usage_counters')
        .addColumn('key_id', 'text', (column) => column.notNull())
        .addColumn('period', 'text', (column) => column.notNull())
        .addColumn('requests', 'integer', (column) => column.notNull())
        .addColumn('characters', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('usage_counters_key', ['key_id', 'period'])
        .execute();
    },
  },
  '2026-12-02-e-access-signals': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('access_signals')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('at', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('normal', 'integer', (column) => column.notNull())
        .execute();
    },
  },
  '2026-12-02-k-key-uses': {
    up: async (database: Kysely<unknown>) => {
      await database.schema.alterTable('api_keys').addColumn('replaced_by', 'text').execute();
      await database.schema
        .createTable('api_key_uses')
        .addColumn('key_id', 'text', (column) => column.primaryKey())
        .addColumn('last_used_at', 'text', (column) => column.notNull())
        .execute();
    },
  },
  '2026-12-02-l-switch-changes': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('switch_changes')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('at', 'text', (column) => column.notNull())
        .addColumn('who', 'text', (column) => column.notNull())
        .addColumn('why', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'text')
        .execute();
      await countChanges(database, 'switch_changes');
    },
  },
  '2026-12-02-m-cached-seconds': {
    up: async (database: Kysely<unknown>) => {
      await database.schema.alterTable('usage_ledger').addColumn('cached_seconds', 'real', (column) => column.notNull().defaultTo(0)).execute();
    },
  },
  '2026-12-02-n-watermark-marks': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('watermark_marks')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('at', 'text', (column) => column.notNull())
        .addColumn('secret_id', 'text', (column) => column.notNull())
        .addColumn('day', 'text', (column) => column.notNull())
        .addColumn('start_slot', 'integer', (column) => column.notNull())
        .addColumn('slots', 'integer', (column) => column.notNull())
        .addColumn('payload', 'integer', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('key_id', 'text', (column) => column.notNull())
        .addColumn('request_id', 'text', (column) => column.notNull())
        .execute();
      await database.schema.createIndex('watermark_marks_place').on('watermark_marks').columns(['secret_id', 'day', 'start_slot']).unique().execute();
    },
  },
  '2026-12-02-o-house-samples': {
    up: async (database: Kysely<unknown>) => {
      await database.schema
        .createTable('house_samples')
        .addColumn('at', 'text', (column) => column.primaryKey())
        .addColumn('figures', 'text', (column) => column.notNull())
        .execute();
    },
  },
};
