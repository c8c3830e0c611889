/** The books of requests that ended, built for the runtime: a table a kind, written behind the requests' backs, read as one list. */
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

export type Records = {
  readonly speech: (record: SpeechRecord) => void;
  readonly transcription: (record: TranscriptRecord) => void;
  readonly language: (record: LanguageRecord) => void;
  /** Newest first; about a second behind. */
  readonly recent: (limit: number) => Promise<readonly EndedRequest[]>;
  /** Writes what is left. */
  readonly close: () => Promise<void>;
};

export type BuildRecordsOptions = { readonly database: Database; readonly owner: string; readonly clock: Clock; readonly log: Logger };

export function buildRecords({ database, owner, clock, log }: BuildRecordsOptions): Records {
  const spoken = createSpeechRecords(database);
  const heard = createTranscriptionRecords(database);
  const thought = createLanguageRecords(database);
  const speech = createRecordWriter({ write: spoken.write, clock, log });
  const transcription = createRecordWriter({ write: heard.write, clock, log });
  const language = createRecordWriter({ write: thought.write, clock, log });
  const common = () => ({ owner, ended_at: new Date().toISOString() });
  return {
    speech: (record) => speech.add({ ...common(), ...toSpeechRow(record) }),
    transcription: (record) => transcription.add({ ...common(), ...toTranscriptionRow(record) }),
    language: (record) => language.add({ ...common(), ...toLanguageRow(record) }),
    recent: async (limit) => {
      const query = { owner, limit };
      const ended = [...(await spoken.recent(query)).map(fromSpeechRow), ...(await heard.recent(query)).map(fromTranscriptionRow), ...(await thought.recent(query)).map(fromLanguageRow)];
      return ended.toSorted((one, other) => other.endedAt.localeCompare(one.endedAt)).slice(0, limit);
    },
    close: async () => void (await Promise.all([speech.close(), transcription.close(), language.close()])),
  };
}

type Own<Row> = Omit<Row, 'owner' | 'ended_at'>;

function toSpeechRow({ requestId, engine, voice, format, characters, audioSeconds, firstAudioMs, durationMs, outcome }: SpeechRecord): Own<SpeechRecordTable> {
  return { request_id: requestId, engine, voice, format, characters, audio_seconds: audioSeconds, first_audio_ms: firstAudioMs ?? null, duration_ms: durationMs, outcome };
}

function toTranscriptionRow({ requestId, model, language, audioSeconds, speechSeconds, durationMs, outcome }: TranscriptRecord): Own<TranscriptionRecordTable> {
  return { request_id: requestId, model, language: language ?? null, audio_seconds: audioSeconds, speech_seconds: speechSeconds, duration_ms: durationMs, outcome };
}

function toLanguageRow({ requestId, kind, provider, model, insteadOf, promptTokens, completionTokens, firstTextMs, durationMs, cost, outcome }: LanguageRecord): Own<LanguageRecordTable> {
  return { request_id: requestId, kind, provider, model, instead_of: insteadOf ?? null, prompt_tokens: promptTokens, completion_tokens: completionTokens, first_text_ms: firstTextMs ?? null, duration_ms: durationMs, cost: cost ?? null, outcome };
}

function fromSpeechRow(row: SpeechRecordTable): EndedRequest {
  return { id: row.request_id, kind: 'speech', endedAt: row.ended_at, engine: row.engine, voice: row.voice, characters: row.characters, audioSeconds: row.audio_seconds, firstAudioMs: row.first_audio_ms, durationMs: row.duration_ms, outcome: row.outcome };
}

function fromTranscriptionRow(row: TranscriptionRecordTable): EndedRequest {
  return { id: row.request_id, kind: 'transcription', endedAt: row.ended_at, engine: row.model, voice: null, characters: null, audioSeconds: row.audio_seconds, firstAudioMs: null, durationMs: row.duration_ms, outcome: row.outcome };
}

function fromLanguageRow(row: LanguageRecordTable): EndedRequest {
  return { id: row.request_id, kind: row.kind === 'chat' ? 'chat' : 'embeddings', endedAt: row.ended_at, engine: row.provider === '' ? row.model : `${row.provider} ${row.model}`, voice: null, characters: null, audioSeconds: 0, firstAudioMs: null, durationMs: row.duration_ms, outcome: row.outcome };
}
