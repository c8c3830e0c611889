/** tts.TTSService over the worker's engines: sessions, speech, control, and which models are in memory. */
import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { AntiphonError } from '../errors.ts';
import type { LoadedSpeechModel, SpeechCapabilities, SpeechEngine } from '../engines/kinds.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createSentenceStream } from '../text/sentence-stream.ts';
import { createAsyncQueue } from '../async-queue.ts';
import { callerSignal, createSender, failCall, laneWeightOf, unaryWith } from './grpc-calls.ts';
import { toGrpcStatus } from './grpc-errors.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { errorCodeKey, type AudioFrame, type ControlRequest, type GetCapabilitiesResponse, type LoadModelRequest, type LoadModelResponse, type ModelInfo, type StartSessionRequest, type TextChunk } from './protocol.ts';
import { modelKey, type Residency, type ResidentModel } from './residency.ts';
import type { Session } from './session.ts';
import { createSessionTable } from './session-table.ts';
import type { Speaker, SpokenSentence } from './speak-session.ts';

export type TtsServiceDependencies = {
  readonly engines: readonly WorkerEngine[];
  readonly residency: Residency<LoadedSpeechModel>;
  readonly budget: MemoryBudget;
  readonly speak: Speaker;
  /** Lets paused streams be looked at again. */
  readonly wake: () => void;
  readonly maxSessions: number;
  /** Longest text of one Synthesize call. */
  readonly maxCharactersPerCall: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly log: Logger;
};

/** An engine as a worker hosts it; `problems` tells which files it cannot use and why. */
export type WorkerEngine = SpeechEngine & { readonly problems?: () => Promise<readonly string[]> };

type Duplex = ServerDuplexStream<TextChunk, AudioFrame>;

export function createTtsService(dependencies: TtsServiceDependencies): UntypedServiceImplementation {
  const { engines, residency, budget, maxSessions } = dependencies;
  const sessions = createSessionTable(dependencies);
  const unary = unaryWith(dependencies.log);
  const describeModel = (model: ResidentModel<LoadedSpeechModel>) => toModelInfo(model, engines.find(({ id }) => id === model.info.engine)?.capabilities);

  async function loadModel({ model_id: modelId, preload_only: preloadOnly }: LoadModelRequest, signal: AbortSignal): Promise<LoadModelResponse> {
    const listed = (await residency.list()).find((one) => [one.modelId, one.info.id].includes(modelId));
    const startedMs = dependencies.now();
    const { model, release } = await residency.acquire(modelId, signal);
    try {
      const loadMs = listed?.loaded ? 0 : Math.max(1, Math.round(dependencies.now() - startedMs));
      if (!preloadOnly) await model.warmUp();
      return { success: true, message: loadMs === 0 ? 'It was loaded already.' : 'Loaded.', load_ms: loadMs, model: describeModel({ modelId: modelKey(model.info), info: model.info, loaded: model }) };
    } finally {
      release();
    }
  }

  return {
    StartSession: unary(async (request: StartSessionRequest, signal) => {
      const { session, nativeRateHz } = await sessions.open(request, signal);
      return { session_id: session.id, sample_rate: session.options.sampleRateHz ?? nativeRateHz };
    }),
    EndSession: unary(async ({ session_id: id }: { session_id: string }) => {
      sessions.end(sessions.find(id));
      return { success: true };
    }),
    Control: unary(async (request: ControlRequest) => ({ success: true, message: await sessions.control(request), timestamp_ms: Date.now() })),
    ListModels: unary(async () => ({ models: (await residency.list()).map(describeModel) })),
    LoadModel: unary(loadModel),
    UnloadModel: unary(async ({ model_id: modelId }: { model_id: string }) => {
      const unloaded = await residency.unload(modelId);
      return { success: true, message: unloaded ? 'Unloaded.' : 'It was not loaded.' };
    }),
    GetCapabilities: unary(async (): Promise<GetCapabilitiesResponse> => ({
      engines: await Promise.all(engines.map(async (engine) => ({
        id: engine.id,
        blends_voices: engine.capabilities.blends,
        streams_inside_sentence: engine.capabilities.streamsInsideSentence,
        execution_providers: [...engine.capabilities.executionProviders],
        problems: [...((await engine.problems?.()) ?? [])],
        ...toWireAbilities(engine.capabilities),
      }))),
      open_sessions: sessions.size(),
      resident_bytes: budget.residentBytes(),
      resident_limit_bytes: budget.limitBytes,
      rss_bytes: process.memoryUsage.rss(),
      max_sessions: maxSessions,
    })),
    Synthesize: (call: Duplex) => {
      const inlined: Session[] = [];
      const startedMs = dependencies.now();
      const traceId = call.metadata.get('traceparent')[0]?.toString().split('-')[1];
      const report = (outcome: string) => dependencies.log.debug({ trace_id: traceId, outcome, duration_ms: Math.round(dependencies.now() - startedMs) }, 'synthesize');
      synthesise(call, {
        ...dependencies,
        findSession: sessions.find,
        openInline: async (request, signal) => {
          const { session } = await sessions.open(request, signal);
          inlined.push(session);
          return session;
        },
      }).then(
        () => {
          report('done');
          call.end();
        },
        (error: unknown) => {
          report(String(toGrpcStatus(error).metadata.get(errorCodeKey)[0]));
          failCall(call, error, dependencies.log);
        },
      ).finally(() => inlined.forEach(sessions.end));
    },
  };
}

type SynthesiseDependencies = TtsServiceDependencies & {
  readonly findSession: (id: string) => Session;
  readonly openInline: (request: StartSessionRequest, signal: AbortSignal) => Promise<Session>;
};

async function synthesise(call: Duplex, dependencies: SynthesiseDependencies): Promise<void> {
  const cancelled = callerSignal(call);
  const sentences = createAsyncQueue<SpokenSentence>();
  const first = Promise.withResolvers<TextChunk>();
  first.promise.catch(() => undefined);
  const stream = createSentenceStream();
  const arrivedMs = dependencies.now();
  let received = 0;
  /** Of text that came as whole sentences, which the stream of sentences does not count. */
  let receivedWhole = 0;
  const place = (sentence: SpokenSentence): SpokenSentence => ({ text: sentence.text, start: sentence.start + receivedWhole });

  call.on('data', (chunk: TextChunk) => {
    first.resolve(chunk);
    const start = received;
    received += chunk.text.length;
    if (received > dependencies.maxCharactersPerCall) {
      sentences.fail(new AntiphonError('input_too_long', `One call may carry ${dependencies.maxCharactersPerCall} characters.`, { param: 'text' }));
      return;
    }
    if (chunk.whole_sentence) {
      sentences.push({ text: chunk.text, start, pronunciations: chunk.pronunciations });
      receivedWhole += chunk.text.length;
    } else if (chunk.pronunciations.length > 0) sentences.fail(new AntiphonError('input_invalid', 'pronunciations need whole_sentence.', { param: 'pronunciations' }));
    else for (const sentence of stream.push(chunk.text)) sentences.push(place(sentence));
    if (!chunk.is_final) return;
    for (const sentence of stream.flush()) sentences.push(place(sentence));
    sentences.end();
  });
  call.on('end', () => {
    first.reject(new AntiphonError('input_invalid', 'The call ended without a text chunk.', { param: 'session_id' }));
    for (const sentence of stream.flush()) sentences.push(place(sentence));
    sentences.end();
  });

  const opening = await first.promise;
  if (!opening.start && opening.session_id === '') throw new AntiphonError('input_invalid', 'The first chunk must name a session.', { param: 'session_id' });
  const session = opening.start ? await dependencies.openInline(opening.start, cancelled) : dependencies.findSession(opening.session_id);
  if (session.speech) throw new AntiphonError('input_invalid', `Session "${session.id}" is speaking already; send its text in that call.`, { param: 'session_id' });
  await dependencies.speak({
    session,
    sentences,
    deadlineMs: arrivedMs + opening.playout_delay_ms,
    laneWeight: laneWeightOf(call.metadata),
    signal: cancelled,
    send: createSender(call, cancelled),
  });
}

function toWireAbilities(capabilities: SpeechCapabilities | undefined) {
  return { changes_pitch: capabilities?.changesPitch ?? false, tells_timings: capabilities?.tellsTimings ?? false, takes_pronunciations: capabilities?.takesPronunciations ?? false };
}

function toModelInfo({ modelId, info, loaded }: ResidentModel<LoadedSpeechModel>, capabilities: SpeechCapabilities | undefined): ModelInfo {
  return {
    model_id: modelId,
    engine: info.engine,
    voices: info.voices.map(({ id }) => id),
    languages: [...new Set(info.voices.map(({ language }) => language))],
    sample_rate: info.sampleRateHz,
    file_bytes: info.fileBytes,
    revision: info.revision,
    loaded: loaded !== undefined,
    resident_bytes: loaded?.residentBytes ?? 0,
    execution_provider: loaded?.executionProvider ?? '',
    voice_details: info.voices.map((voice) => ({ ...voice })),
    ...toWireAbilities(capabilities),
  };
}
