/** A recording in, its words out as they are found: the story of a transcription, told once for every client. */
import type { MediaDecoder, OpenMedia } from '../audio/media/open-media.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { RequestHandle, RequestRegistry } from '../dispatch/request-registry.ts';
import type { TranscriptionPool } from '../dispatch/transcription-pool.ts';
import type { WorkerCatalog } from '../dispatch/worker-catalog.ts';
import { hearingRateHz, type VoiceActivityModel } from '../engines/kinds.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import { cutPieces } from '../recognition/cut-pieces.ts';
import { readAhead } from '../recognition/read-ahead.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { toTraceparent } from '../telemetry/trace-context.ts';
import { chooseLanguage, chooseModel, type ChosenModel, type HearingModel } from './choose-model.ts';
import { createHearPieces } from './hear-pieces.ts';
import type { Transcribe, TranscribeRequest, TranscriptPart, TranscriptSegment } from './transcript.ts';
import { createTranscriptAccount, type TranscriptAccount, type TranscriptRecord } from './transcript-account.ts';

export type TranscribeDependencies = {
  readonly config: Config['transcription'];
  readonly catalog: WorkerCatalog<HearingModel>;
  readonly pool: TranscriptionPool;
  /** Pieces of one recording that may be in work at once. */
  readonly piecesAhead: number;
  readonly requests: RequestRegistry;
  /** Opens a file in a process of its own. */
  readonly decoder: MediaDecoder;
  readonly voiceActivity: VoiceActivityModel;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Takes the outcome of every request; must not block. */
  readonly record: (record: TranscriptRecord) => void;
};

/** Of sound are decoded while the sound before it is searched for speech: 256 KB. */
const aheadSeconds = 4;

/** The errors are those that `Transcribe` names. */
export function createTranscribe(dependencies: TranscribeDependencies): Transcribe {
  const { config, catalog, pool, requests, decoder, voiceActivity } = dependencies;
  const hearPieces = createHearPieces(dependencies);

  return async (request, caller) => {
    const model = await findModel(request);
    const language = chooseLanguage(request.language ?? config.language, model);
    checkTask(request, model);
    admit();
    const account = createTranscriptAccount({ dependencies, request, model, language });
    let handle: RequestHandle | undefined;
    try {
      handle = requests.begin({ id: request.requestId, kind: 'transcription', model: model.modelId }, caller);
      const media = await decoder.open({ path: request.path, raw: request.raw, toHz: hearingRateHz, signal: handle.signal });
      const abandoned = onAbandoned(handle, async () => {
        account.close('cancelled');
        await media.close();
      });
      return {
        model: model.modelId,
        insteadOf: model.insteadOf,
        expectedSeconds: media.info.expectedSeconds,
        parts: hear({ request, model, language, media, handle, account, begin: abandoned.stopWatching }),
        summary: account.summary,
      };
    } catch (error) {
      account.close(toAntiphonError(error).code, error);
      handle?.end();
      throw error;
    }
  };

  /** Errors: queue_full. */
  function admit(): void {
    pool.admit();
    if (requests.list().filter(({ kind }) => kind === 'transcription').length < config.maxOpen) return;
    throw new AntiphonError('queue_full', `${config.maxOpen} recordings are being heard, the most this server takes at once.`, { retryAfterSeconds: 5 });
  }

  async function findModel({ model }: TranscribeRequest): Promise<ChosenModel> {
    try {
      return chooseModel({ model, models: await catalog.models(), config });
    } catch (error) {
      if (!['model_unknown', 'model_not_ready'].includes(toAntiphonError(error).code)) throw error;
      // It may have been dropped into the folder a second ago.
      return chooseModel({ model, models: await catalog.refreshForCaller(), config });
    }
  }

  type HearOptions = { request: TranscribeRequest; model: ChosenModel; language: string | undefined; media: OpenMedia; handle: RequestHandle; account: TranscriptAccount; begin: () => void };

  async function* hear({ request, model, language, media, handle, account, begin }: HearOptions): AsyncGenerator<TranscriptPart> {
    begin();
    const voice = voiceActivity.openStream();
    let index = 0;
    const number = (segment: Omit<TranscriptSegment, 'index'>): TranscriptSegment => ({ ...segment, index: index++ });
    try {
      const cuts = cutPieces(readAhead(media.samples, { maxSamples: aheadSeconds * hearingRateHz }), { voice, targetSeconds: config.pieceSeconds });
      const question = { modelId: model.modelId, language, task: request.task, prompt: request.prompt, temperature: request.temperature, words: request.words, expectedSeconds: media.info.expectedSeconds, traceparent: toTraceparent(request.trace) };
      for await (const part of hearPieces({ cuts, question, signal: handle.signal })) {
        account.heard(part);
        handle.update({ phase: 'listening', audioSeconds: part.doneSeconds });
        yield { segments: part.segments.map(number), doneSeconds: part.doneSeconds };
      }
      account.close('ok');
    } catch (error) {
      account.close(toAntiphonError(error).code, error);
      throw error;
    } finally {
      // Reached without either where the reader has left the loop.
      account.close('cancelled');
      voice.close();
      await media.close();
      handle.end();
    }
  }
}

/** A caller may leave before he reads the first part; a generator that never began would clean nothing up. */
function onAbandoned({ signal, end }: RequestHandle, cleanUp: () => Promise<void>): { readonly stopWatching: () => void } {
  const onAbort = () => void cleanUp().finally(end);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return { stopWatching: () => signal.removeEventListener('abort', onAbort) };
}

/** Errors: input_unsupported. */
function checkTask({ task, language }: TranscribeRequest, { modelId, translates, languages }: ChosenModel): void {
  if (task !== 'translate' || translates || (languages.length === 1 && languages[0] === 'en')) return;
  throw new AntiphonError('input_unsupported', `${modelId} cannot translate${language === undefined ? '' : ` from "${language}"`}; choose a multilingual model, such as base.`, { param: 'model' });
}

