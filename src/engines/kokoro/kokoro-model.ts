/** Kokoro's three sessions as two steps: the prosody of an utterance, and the sound of a window of its frames. */
import { AntiphonError } from '../../errors.ts';
import type { OnnxOutputs, OnnxSession, OnnxSessionOptions, OnnxTensor } from '../onnx-session.ts';
import { createOnnxSession } from '../onnx-session.ts';
import { cutKokoroGraph, kokoroTensors } from './kokoro-graph.ts';
import type { CarriedTensor } from './kokoro-graph.ts';
import { windowGain } from './window-gain.ts';
import { contextFrames } from './window-plan.ts';
import type { FrameWindow } from './window-plan.ts';

export const kokoroSampleRateHz = 24_000;
export const samplesPerFrame = 600;
export const styleSize = 256;

const featureSize = 512;
/** Past this the model cannot go: no symbol is shorter than a frame. Frames are then thinned out. */
const fastestOwnSpeed = 2;
/** Below it the pitch track says "no voice here"; the decoder takes everything above 10 Hz for voiced. */
const lowestVoicedHz = 10;

export type Prosody = {
  readonly frames: number;
  /** Frames of every token and of the padding at both ends; times 0.025 s / `thinning` they are the times of words. */
  readonly durations: readonly number[];
  /** How many of the frames that `durations` counts became one: 1 up to speed 2, then speed / 2. */
  readonly thinning: number;
  /** One number a frame. */
  readonly energy: Float32Array;
  readonly tracks: { readonly features: Float32Array; readonly pitch: Float32Array; readonly energy: Float32Array };
  readonly carried: Readonly<Record<string, OnnxTensor>>;
};

export type UtteranceRequest = { readonly tokenIds: readonly number[]; readonly style: Float32Array; readonly speed: number; readonly pitchFactor?: number };

export type KokoroModel = {
  readonly executionProvider: string;
  /** `style` is the row of the voice for this number of tokens; `pitchFactor` multiplies its own pitch. About 0.1 s for a sentence. */
  prosody(utterance: UtteranceRequest): Promise<Prosody>;
  /** Samples of the window at the level they have in the whole, and up to `extraSamples` (≤ 2,400) of what follows. */
  sound(prosody: Prosody, window: FrameWindow, extraSamples: number): Promise<{ samples: Float32Array; following: Float32Array }>;
  close(): Promise<void>;
};

/** Errors: model_file_invalid. */
export async function openKokoroModel(file: Uint8Array, options: Omit<OnnxSessionOptions, 'model'>, signal: AbortSignal): Promise<KokoroModel> {
  const graph = cutKokoroGraph(file);
  const sessions: OnnxSession[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(sessions.map((session) => session.close()));
  };
  try {
    for (const model of [graph.timing, graph.prosody, graph.decoder]) {
      signal.throwIfAborted();
      sessions.push(await createOnnxSession({ ...options, model }));
    }
    signal.throwIfAborted();
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const [timing, prosody, decoder] = sessions as [OnnxSession, OnnxSession, OnnxSession];
  return {
    executionProvider: decoder.executionProvider,
    prosody: (utterance) => computeProsody({ timing, prosody, graph }, utterance),
    sound: (of, window, extraSamples) => computeSound(decoder, { of, window, extraSamples }),
    close,
  };
}

type ProsodyParts = {
  readonly timing: OnnxSession;
  readonly prosody: OnnxSession;
  readonly graph: { readonly carriedToProsody: readonly CarriedTensor[]; readonly carriedToDecoder: readonly CarriedTensor[] };
};

async function computeProsody(
  { timing, prosody, graph }: ProsodyParts,
  { tokenIds, style, speed, pitchFactor = 1 }: UtteranceRequest,
): Promise<Prosody> {
  const tokens: OnnxTensor = { type: 'int64', data: BigInt64Array.from([0, ...tokenIds, 0], BigInt), dims: [1, tokenIds.length + 2] };
  const timed = await timing.run({
    tokens,
    style: { type: 'float32', data: style, dims: [1, styleSize] },
    speed: { type: 'float32', data: Float32Array.of(Math.min(speed, fastestOwnSpeed)), dims: [1] },
  });
  const durations = timed.get(kokoroTensors.durations, 'int64');
  const pick = (tensors: readonly CarriedTensor[]): Record<string, OnnxTensor> =>
    Object.fromEntries(tensors.map(({ name, elementType }) => [name, readCarried(timed, name, elementType)]));
  const shaped = await prosody.run({ tokens, [kokoroTensors.durations]: durations, ...pick(graph.carriedToProsody) });
  const thinning = Math.max(1, speed / fastestOwnSpeed);
  const features = shaped.get(kokoroTensors.features, 'float32');
  const frames = Math.max(1, Math.floor(features.dims[2]! / thinning));
  const tracks = {
    features: thinOut(features.data, { rows: featureSize, columns: frames }),
    pitch: shiftPitch(thinOut(shaped.get(kokoroTensors.pitch, 'float32').data, { rows: 1, columns: 2 * frames }), pitchFactor),
    energy: thinOut(shaped.get(kokoroTensors.energy, 'float32').data, { rows: 1, columns: 2 * frames }),
  };
  return {
    frames,
    durations: Array.from(durations.data, Number),
    thinning,
    energy: Float32Array.from({ length: frames }, (_, i) => (tracks.energy[2 * i]! + tracks.energy[2 * i + 1]!) / 2),
    tracks,
    carried: pick(graph.carriedToDecoder),
  };
}

async function computeSound(
  decoder: OnnxSession,
  { of, window, extraSamples }: { of: Prosody; window: FrameWindow; extraSamples: number },
): Promise<{ samples: Float32Array; following: Float32Array }> {
  const from = Math.max(0, window.from - contextFrames);
  const to = Math.min(of.frames, window.to + contextFrames);
  const wide = { from, to };
  const outputs = await decoder.run({
    [kokoroTensors.features]: { type: 'float32', data: columns(of.tracks.features, { rows: featureSize, ...wide }), dims: [1, featureSize, to - from] },
    [kokoroTensors.pitch]: { type: 'float32', data: of.tracks.pitch.slice(2 * from, 2 * to), dims: [1, 2 * (to - from)] },
    [kokoroTensors.energy]: { type: 'float32', data: of.tracks.energy.slice(2 * from, 2 * to), dims: [1, 2 * (to - from)] },
    ...of.carried,
  });
  const audio = outputs.get('audio', 'float32').data;
  const begin = (window.from - from) * samplesPerFrame;
  const end = (window.to - from) * samplesPerFrame;
  const gain = windowGain(of.energy, { window, contextFrames });
  const scaled = (samples: Float32Array): Float32Array => samples.map((sample) => sample * gain);
  return { samples: scaled(audio.subarray(begin, end)), following: scaled(audio.subarray(end, end + extraSamples)) };
}

/** Every row cut to `columns` by taking the nearest; interpolated pitch would glide into unvoiced frames. */
function thinOut(data: Float32Array, { rows, columns: kept }: { rows: number; columns: number }): Float32Array {
  const length = data.length / rows;
  if (length === kept) return data;
  const out = new Float32Array(rows * kept);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < kept; i++) out[row * kept + i] = data[row * length + Math.min(length - 1, Math.floor(((i + 0.5) * length) / kept))]!;
  }
  return out;
}

/** Where there is no voice there is nothing to shift. */
function shiftPitch(track: Float32Array, factor: number): Float32Array {
  return factor === 1 ? track : track.map((hz) => (hz > lowestVoicedHz ? hz * factor : hz));
}

function columns(data: Float32Array, { rows, from, to }: { rows: number; from: number; to: number }): Float32Array {
  const length = data.length / rows;
  const out = new Float32Array(rows * (to - from));
  for (let row = 0; row < rows; row++) out.set(data.subarray(row * length + from, row * length + to), row * (to - from));
  return out;
}

function readCarried(outputs: OnnxOutputs, name: string, elementType: CarriedTensor['elementType']): OnnxTensor {
  if (elementType === 'float32' || elementType === 'uint8' || elementType === 'int8' || elementType === 'int64' || elementType === 'int32') {
    return outputs.get(name, elementType);
  }
  throw new AntiphonError('model_file_invalid', `The Kokoro model carries ${name} as ${elementType}, which this engine does not expect.`);
}
