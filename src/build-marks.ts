/** The marks of speech, built for the runtime: secrets in the data folder, what was marked in the database. */
import { join } from 'node:path';
import type { Config } from './config/schema.ts';
import { readMarkSecrets } from './speech/marking/mark-secrets.ts';
import { createSpeechMarks, type MarkBook, type SpeechMarks } from './speech/marking/speech-marks.ts';
import type { Database } from './store/database.ts';
import { createWatermarkMarks, type WatermarkMarks } from './store/watermark-marks.ts';

export function buildMarks({ config, database }: { readonly config: Config; readonly database: Database }): SpeechMarks {
  const marks = createWatermarkMarks(database);
  const now = () => new Date();
  const path = join(config.dataDir, 'secrets', 'watermark.json');
  return createSpeechMarks({ secrets: () => readMarkSecrets({ path, now, hasMarks: async () => (await marks.count()) > 0 }), marks: toMarkBook(marks), strengthDb: config.watermark.strengthDb, now });
}

export function toMarkBook({ reserve }: Pick<WatermarkMarks, 'reserve'>): MarkBook {
  return { reserve: ({ secretId, keyId = '', requestId, ...note }) => reserve({ ...note, secret_id: secretId, key_id: keyId, request_id: requestId }) };
}
