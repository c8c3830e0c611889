/** What is kept of everything that ended, built for the runtime: a table a kind of request, written behind the backs of those who are served. */
import type { Clock } from './clock.ts';
import type { EndedRequest } from './http/api/requests.ts';
import type { LanguageRecord } from './language/language-account.ts';
import type { SpeechRecord } from './speech/speak.ts';
import type { Database } from './store/database.ts';
import { createLanguageRecords, type LanguageRecordTable } from './store/language-records.ts';
import { createRecordWriter } from './store/record-writer.ts';
import { createSpeechRecords, type SpeechRecordTable } from './store/speech-records.ts';
import { createTranscriptionRecords, type TranscriptionRecordTable } from './store/transcription-records.ts';
import type { Logger } from './telemetry/logger.ts';
import type { TranscriptRecord } from './transcription/transcript-account.ts';

/** Newest first, of all kinds; of everybody where no owner is named. */
export type RecentRequests = (query: { readonly owner: string | undefined; readonly limit: number }) => Promise<readonly EndedRequest[]>;

export type Records = {
  /** Each takes an outcome; it is on disk about a second later. */
  readonly spoken: (record: SpeechRecord) => void;
  readonly heard: (record: TranscriptRecord) => void;
  readonly thought: (record: LanguageRecord) => void;
  readonly recent: RecentRequests;
  /** Everything is on disk when it resolves. */
  readonly close: () => Promise<void>;
};

export type BuildRecordsOptions = { readonly database: Database; readonly clock: Clock; readonly log: Logger };

export function buildRecords({ database, clock, log }: BuildRecordsOptions): Records {
  const tables = { spoken: createSpeechRecords(database), heard: createTranscriptionRecords(database), thought: createLanguageRecords(database) };
  const spoken = createRecordWriter({ write: tables.spoken.write, clock, log });
  const heard = createRecordWriter({ write: tables.heard.write, clock, log });
  const thought = createRecordWriter({ write: tables.thought.write, clock, log });
  return {
    spoken: (record) => spoken.add(toSpeechRow(record)),
    heard: (record) => heard.add(toTranscriptionRow(record)),
    thought: (record) => thought.add(toLanguageRow(record)),
    recent: async (query) => {
      return recentRequests({ spoken: await tables.spoken.recent(query), heard: await tables.heard.recent(query), thought: await tables.thought.recent(query) }).slice(0, query.limit);
    },
    close: async () => void (await Promise.all([spoken.close(), heard.close(), thought.close()])),
  };
}

function toSpeechRow({ requestId, owner, engine, voice, format, characters, audioSeconds, firstAudioMs, durationMs, outcome }: SpeechRecord): SpeechRecordTable {
  return { request_id: requestId, owner, ended_at: new Date().toISOString(), engine, voice, format, characters, audio_seconds: audioSeconds, first_audio_ms: firstAudioMs ?? null, duration_ms: durationMs, outcome };
}

function toTranscriptionRow({ requestId, owner, model, language, audioSeconds, speechSeconds, durationMs, outcome }: TranscriptRecord): TranscriptionRecordTable {
  return { request_id: requestId, owner, ended_at: new Date().toISOString(), model, language: language ?? null, audio_seconds: audioSeconds, speech_seconds: speechSeconds, duration_ms: durationMs, outcome };
}

function toLanguageRow({ requestId, owner, kind, provider, model, insteadOf, promptTokens, completionTokens, firstTextMs, durationMs, cost, outcome }: LanguageRecord): LanguageRecordTable {
  return { request_id: requestId, owner, ended_at: new Date().toISOString(), kind, provider, model, instead_of: insteadOf ?? null, prompt_tokens: promptTokens, completion_tokens: completionTokens, first_text_ms: firstTextMs ?? null, duration_ms: durationMs, cost: cost ?? null, outcome };
}

type EndedRows = { readonly spoken: readonly SpeechRecordTable[]; readonly heard: readonly TranscriptionRecordTable[]; readonly thought: readonly LanguageRecordTable[] };

/** Newest first. */
function recentRequests({ spoken, heard, thought }: EndedRows): EndedRequest[] {
  const ofAll = [
    ...spoken.map((row) => ({ id: row.request_id, kind: 'speech' as const, endedAt: row.ended_at, engine: row.engine, voice: row.voice, characters: row.characters, audioSeconds: row.audio_seconds, firstAudioMs: row.first_audio_ms, durationMs: row.duration_ms, outcome: row.outcome })),
    ...heard.map((row) => ({ id: row.request_id, kind: 'transcription' as const, endedAt: row.ended_at, engine: row.model, voice: null, characters: null, audioSeconds: row.audio_seconds, firstAudioMs: null, durationMs: row.duration_ms, outcome: row.outcome })),
    ...thought.map((row) => ({ id: row.request_id, kind: row.kind === 'chat' ? 'chat' as const : 'embeddings' as const, endedAt: row.ended_at, engine: row.provider === '' ? row.model : `${row.provider} ${row.model}`, voice: null, characters: null, audioSeconds: 0, firstAudioMs: null, durationMs: row.duration_ms, outcome: row.outcome })),
  ];
  return ofAll.toSorted((one, other) => other.endedAt.localeCompare(one.endedAt));
}
