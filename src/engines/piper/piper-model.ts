/** A Piper voice in memory: sentences of phoneme ids in, samples in windows out. */
import { AntiphonError } from '../../errors.ts';
import { createOnnxSession } from '../onnx-session.ts';
import type { OnnxSession, OnnxSessionOptions, OnnxTensor } from '../onnx-session.ts';
import { paceInput } from './pace-control.ts';
import { decodeFrames, latentNeededFor, samplesPerFrame } from './piper-decoder.ts';
import type { DecoderStage, EncodedSentence } from './piper-decoder.ts';
import { startFlow, type FlowStage } from './piper-flow.ts';
import { cutPiperGraph } from './piper-graph.ts';
import type { PiperGraphs } from './piper-graph.ts';
import { planWindows } from './window-plan.ts';
import type { FrameRange } from './window-plan.ts';

export type PiperUtteranceRequest = {
  readonly ids: readonly number[];
  /** Speaker number; ignored by voices with one speaker. */
  readonly speakerId: number;
  readonly noiseScale: number;
  /** The voice's own setting; above 1 is slower. */
  readonly lengthScale: number;
  /** 0.25…4: how many times faster than that. */
  readonly speed: number;
  readonly noiseW: number;
  /**
   * How many ids at the beginning stand for the silence before the voice sets in (up to 0.4 s of it): their frames are
   * not made, but for a margin in which the first sound may already rise. Default 0: everything is made.
   */
  readonly leadingIds?: number;
};

export type PiperUtterance = {
  /** In the order in which they should be decoded; together the whole utterance. */
  readonly windows: readonly FrameRange[];
  /** Samples at the beginning that no window covers. */
  readonly skippedSamples: number;
  /** Samples that each id lasts, in the order of the ids; undefined where the voice does not tell. */
  readonly samplesPerId: readonly number[] | undefined;
  /** One step: the window's share of the flow where it is not computed yet, and its samples. Errors: engine_failed. */
  decode(window: FrameRange): Promise<Float32Array>;
};

export type PiperModel = {
  readonly executionProvider: string;
  /** False where the voice's graph could not be cut, so that it gives a sentence only as a whole. */
  readonly streams: boolean;
  /** Bytes of weights in the sessions. */
  readonly weightBytes: number;
  /** One inference: durations and the prior of a whole sentence. Errors: engine_failed. */
  encode(request: PiperUtteranceRequest): Promise<PiperUtterance>;
  /** Idempotent. */
  close(): Promise<void>;
};

export type PiperOnnxOptions = Omit<OnnxSessionOptions, 'model'>;

export type OpenPiperModelOptions = {
  /** The voice file; not held after loading. */
  readonly bytes: Uint8Array;
  readonly sampleRateHz: number;
  readonly onnx: PiperOnnxOptions;
};

/** Sound in the first window: early enough to answer, long enough to cover the making of the second. */
const firstWindowMs = 250;
/** Kept before the first symbol's own start: measured with Joe, sound rises up to 5 frames ahead of it. */
const onsetMarginFrames = 8;
/** Measured optimum of medium voices at 64–160 frames: larger windows fall out of the cache, smaller ones pay for context. */
const mostWindowFrames = 96;

/** Errors: model_file_invalid; the signal's reason when aborted while loading. */
export async function openPiperModel(options: OpenPiperModelOptions, signal: AbortSignal): Promise<PiperModel> {
  const graphs = cutPiperGraph(options.bytes);
  const sessions: OnnxSession[] = [];
  const open = async (model: Uint8Array): Promise<OnnxSession> => {
    signal.throwIfAborted();
    const session = await createOnnxSession({ ...options.onnx, model });
    sessions.push(session);
    return session;
  };
  try {
    const encoder = await open(graphs.encoder);
    const flowGraph = graphs.decoder.kind === 'windows' ? graphs.decoder.flow : undefined;
    const flow = flowGraph && { ...flowGraph, session: await open(flowGraph.model) };
    const stages: DecoderStage[] = [];
    for (const { model, input, output, carried, field } of graphs.decoder.kind === 'windows' ? graphs.decoder.stages : []) {
      stages.push({ session: await open(model), input, output, carried, field });
    }
    signal.throwIfAborted();
    return assemble({ graph: outlineOf(graphs), encoder, flow: flow && { session: flow.session, input: flow.input, mask: flow.mask, output: flow.output, carried: flow.carried, field: flow.field }, stages, sessions, sampleRateHz: options.sampleRateHz });
  } catch (thrown) {
    await Promise.allSettled(sessions.map((session) => session.close()));
    throw thrown;
  }
}

/** What is needed of the graphs after loading; the model bytes must not be held. */
type Outline = Pick<PiperGraphs, 'takesSpeaker' | 'durations'> & { readonly result: string; readonly carried: readonly string[]; readonly weightBytes: number };

type Parts = {
  readonly graph: Outline;
  readonly encoder: OnnxSession;
  readonly flow: FlowStage | undefined;
  readonly stages: readonly DecoderStage[];
  readonly sessions: readonly OnnxSession[];
  readonly sampleRateHz: number;
};

function outlineOf(graphs: PiperGraphs): Outline {
  const { takesSpeaker, durations, decoder } = graphs;
  if (decoder.kind === 'whole') return { takesSpeaker, durations, result: decoder.samples, carried: [], weightBytes: graphs.encoder.length };
  const weightBytes = decoder.stages.reduce((sum, stage) => sum + stage.model.length, graphs.encoder.length + (decoder.flow?.model.length ?? 0));
  return { takesSpeaker, durations, result: decoder.latent, carried: decoder.carried, weightBytes };
}

function assemble({ graph, encoder, flow, stages, sessions, sampleRateHz }: Parts): PiperModel {
  const hop = samplesPerFrame(stages);
  const plan = { firstFrames: Math.max(1, Math.ceil((sampleRateHz * firstWindowMs) / 1000 / hop)), growth: 2, mostFrames: mostWindowFrames };
  return {
    executionProvider: encoder.executionProvider,
    streams: stages.length > 0,
    weightBytes: graph.weightBytes,
    async encode(request) {
      const outputs = await encoder.run(feedsOf(request, graph));
      const result = outputs.get(graph.result, 'float32');
      const frames = graph.durations === undefined ? undefined : outputs.get(graph.durations, 'float32').data;
      if (stages.length === 0) return wholeUtterance(result.data, frames);
      if (result.dims.length !== 3) throw new AntiphonError('engine_failed', 'The voice gave a latent of an unexpected shape.');
      const carried = new Map(graph.carried.map((name) => [name, outputs.get(name, 'float32')]));
      const frameCount = result.dims[2]!;
      const flowing = flow && startFlow(flow, result, carried);
      const sentence: EncodedSentence = { latent: flowing?.latent ?? result, carried };
      const skipped = silentFrames(frames, request.leadingIds ?? 0);
      return {
        windows: planWindows(frameCount - skipped, plan).map(({ start, end }) => ({ start: start + skipped, end: end + skipped })),
        skippedSamples: skipped * hop,
        samplesPerId: frames === undefined ? undefined : Array.from(frames, (count) => count * hop),
        decode: async (window) => {
          await flowing?.extendTo(latentNeededFor(stages, { end: window.end, frameCount }));
          return decodeFrames(stages, sentence, window);
        },
      };
    },
    async close() {
      const results = await Promise.allSettled(sessions.map((session) => session.close()));
      const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      if (errors.length > 0) throw new AggregateError(errors, 'Closing a voice failed.');
    },
  };
}

function silentFrames(frames: Float32Array | undefined, leadingIds: number): number {
  const leading = frames?.subarray(0, leadingIds).reduce((sum, count) => sum + count, 0) ?? 0;
  return Math.max(0, Math.floor(leading) - onsetMarginFrames);
}

function wholeUtterance(samples: Float32Array, frames: Float32Array | undefined): PiperUtterance {
  const frameCount = frames?.reduce((sum, count) => sum + count, 0) ?? 0;
  const perFrame = frameCount > 0 ? samples.length / frameCount : 0;
  return {
    windows: samples.length === 0 ? [] : [{ start: 0, end: samples.length }],
    skippedSamples: 0,
    samplesPerId: frames === undefined ? undefined : Array.from(frames, (count) => count * perFrame),
    decode: async (window) => samples.slice(window.start, window.end),
  };
}

function feedsOf(request: PiperUtteranceRequest, { takesSpeaker, durations }: Outline): Record<string, OnnxTensor> {
  const count = request.ids.length;
  const hasPace = durations !== undefined;
  const lengthScale = hasPace ? request.lengthScale : request.lengthScale / request.speed;
  const feeds: Record<string, OnnxTensor> = {
    input: { type: 'int64', data: BigInt64Array.from(request.ids, BigInt), dims: [1, count] },
    input_lengths: { type: 'int64', data: BigInt64Array.of(BigInt(count)), dims: [1] },
    scales: { type: 'float32', data: Float32Array.of(request.noiseScale, lengthScale, request.noiseW), dims: [3] },
  };
  if (hasPace) feeds[paceInput] = { type: 'float32', data: Float32Array.of(1 / request.speed), dims: [] };
  if (takesSpeaker) feeds['sid'] = { type: 'int64', data: BigInt64Array.of(BigInt(request.speakerId)), dims: [1] };
  return feeds;
}
