/** A recording in, its words out as they are found: the story of a transcription, told once for every client. */
import { askerOf } from '../dispatch/lanes.ts';
import type { MediaDecoder, OpenMedia } from '../audio/media/open-media.ts';
import { begunGenerator } from '../begun-generator.ts';
import type { Clock } from '../clock.ts';
import type { RequestHandle, RequestRegistry } from '../dispatch/request-registry.ts';
import { hearingRateHz, type VoiceActivityModel } from '../engines/kinds.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import { cutPieces } from '../recognition/cut-pieces.ts';
import { readAhead } from '../recognition/read-ahead.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { toTraceparent } from '../telemetry/trace-context.ts';
import type { UsageBook } from '../usage.ts';
import { createChooseHearing, type ChooseHearingDependencies, type Hearing } from './choose-hearing.ts';
import { createHearPieces } from './hear-pieces.ts';
import type { Transcribe, TranscribeRequest, TranscriptPart, TranscriptSegment } from './transcript.ts';
import { createTranscriptAccount, type TranscriptAccount, type TranscriptRecord } from './transcript-account.ts';

export type TranscribeDependencies = ChooseHearingDependencies & {
  /** Pieces of one recording that may be in work at once. */
  readonly piecesAhead: number;
  readonly requests: RequestRegistry;
  /** Opens a file in a process of its own. */
  readonly decoder: MediaDecoder;
  readonly voiceActivity: VoiceActivityModel;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly usage: UsageBook;
  /** Takes the outcome of every request; must not block. */
  readonly record: (record: TranscriptRecord) => void;
};

/** Of sound are decoded while the sound before it is searched for speech: 256 KB. */
const aheadSeconds = 4;

/** The errors are those that `Transcribe` names. */
export function createTranscribe(dependencies: TranscribeDependencies): Transcribe {
  const { config, requests, decoder, voiceActivity } = dependencies;
  const chooseHearing = createChooseHearing(dependencies);

  return async (request, caller) => {
    const hearing = await chooseHearing(request);
    admit();
    let computeSeconds = 0;
    const usage = await dependencies.usage.open({ caller: request.caller, requestId: request.requestId, action: 'transcription', characters: 0, isPart: request.isPart });
    const account = createTranscriptAccount({ dependencies, request, model: () => hearing.by().model, language: hearing.language, usage, computeSeconds: () => computeSeconds });
    let handle: RequestHandle | undefined;
    try {
      handle = requests.begin({ caller: request.caller, id: request.requestId, kind: 'transcription', model: hearing.by().model }, caller);
      const media = await decoder.open({ path: request.path, raw: request.raw, toHz: hearingRateHz, signal: handle.signal });
      const abandoned = onAbandoned(handle, async () => {
        await account.close('cancelled');
        await media.close();
      });
      const made = hear({ request, hearing, media, handle, account, onInference: (seconds) => { computeSeconds += seconds; }, begin: abandoned.stopWatching });
      // Who hears is known once somebody has, where it is not this machine in any case.
      const parts = hearing.isSettled ? made : await withFirstPart(made, handle.signal);
      return { ...hearing.by(), expectedSeconds: media.info.expectedSeconds, parts, summary: account.summary };
    } catch (error) {
      await account.close(toAntiphonError(error).code, error);
      handle?.end();
      throw error;
    }
  };

  /** Errors: queue_full. */
  function admit(): void {
    if (requests.list().filter(({ kind }) => kind === 'transcription').length < config.maxOpen) return;
    throw new AntiphonError('queue_full', `${config.maxOpen} recordings are being heard, the most this server takes at once.`, { retryAfterSeconds: 5 });
  }

  type HearOptions = { request: TranscribeRequest; hearing: Hearing; media: OpenMedia; handle: RequestHandle; account: TranscriptAccount; onInference: (seconds: number) => void; begin: () => void };

  async function* hear({ request, hearing, media, handle, account, onInference, begin }: HearOptions): AsyncGenerator<TranscriptPart> {
    begin();
    const voice = voiceActivity.openStream();
    let index = 0;
    const number = (segment: Omit<TranscriptSegment, 'index'>): TranscriptSegment => ({ ...segment, index: index++ });
    try {
      const cuts = cutPieces(readAhead(media.samples, { maxSamples: aheadSeconds * hearingRateHz }), { voice, targetSeconds: config.pieceSeconds });
      const question = { onInference, asker: askerOf(request.caller), modelId: hearing.by().model, language: hearing.language, task: request.task, prompt: request.prompt, temperature: request.temperature, words: request.words, careful: request.careful ?? true, expectedSeconds: media.info.expectedSeconds, traceparent: toTraceparent(request.trace) };
      const hearPieces = createHearPieces({ ...dependencies, pool: hearing.pool });
      for await (const part of hearPieces({ cuts, question, signal: handle.signal })) {
        account.heard(part);
        handle.update({ phase: 'listening', audioSeconds: part.doneSeconds });
        yield { segments: part.segments.map(number), doneSeconds: part.doneSeconds };
      }
      await account.close('ok');
    } catch (error) {
      await account.close(toAntiphonError(error).code, error);
      throw error;
    } finally {
      // Reached without either where the reader has left the loop.
      await account.close('cancelled');
      voice.close();
      await media.close();
      handle.end();
    }
  }
}

/** Resolves with the first part in hand; ends with the signal though nobody should ever read on. */
async function withFirstPart(parts: AsyncGenerator<TranscriptPart>, signal: AbortSignal): Promise<AsyncGenerator<TranscriptPart>> {
  let next = await parts.next();
  const end = () => void parts.return(undefined).catch(() => undefined);
  signal.addEventListener('abort', end, { once: true });
  return begunGenerator(async function* () {
    try {
      yield undefined;
      for (; next.done !== true; next = await parts.next()) yield next.value;
    } finally {
      signal.removeEventListener('abort', end);
      await parts.return(undefined);
    }
  });
}

/** A caller may leave before he reads the first part; a generator that never began would clean nothing up. */
function onAbandoned({ signal, end }: RequestHandle, cleanUp: () => Promise<void>): { readonly stopWatching: () => void } {
  const onAbort = () => void cleanUp().finally(end);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return { stopWatching: () => signal.removeEventListener('abort', onAbort) };
}
