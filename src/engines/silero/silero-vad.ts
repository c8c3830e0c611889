/**
 * Silero VAD 6.2 at 16 kHz (MIT, github.com/snakers4/silero-vad): a small recurrent network that gives each 32 ms the
 * probability that somebody speaks. Measured on spoken sentences: found down to −60 dBFS and in white noise as loud as
 * the voice; noise, tones, hum and chords alone stay below 0.2. Singing and talk behind music count as speech.
 */
import { readFile } from 'node:fs/promises';
import { AntiphonError } from '../../errors.ts';
import { sileroFrameSamples, sileroState, writeSileroSequence } from '../../models/silero/silero-sequence-graph.ts';
import { vadFrameSamples } from '../kinds.ts';
import type { VoiceActivityModel, VoiceActivityStream } from '../kinds.ts';
import { createOnnxSession } from '../onnx-session.ts';
import type { OnnxSession } from '../onnx-session.ts';

/** The network hears the end of the last frame before each; without it, it hears nothing at all. */
const contextSamples = sileroFrameSamples - vadFrameSamples;
/** Two seconds in 3 ms; then others have their turn. */
const framesPerRun = 62;

export type SileroOptions = {
  /** `silero-vad-16k.onnx` */
  readonly modelPath: string;
  /** Inside one operator. Default 1: frames take so little that more threads only wait for each other. */
  readonly threads?: number;
  /** Around every call of the runtime. Default: just calls. */
  readonly runNative?: <Result>(run: () => Promise<Result>) => Promise<Result>;
};

/**
 * Runs in this thread; many frames at once block its event loop for a few milliseconds, and between those others have
 * their turn.
 * Errors: model_not_ready where the file is not there, model_file_invalid.
 */
export async function createSileroVad({ modelPath, threads = 1, runNative = (run) => run() }: SileroOptions): Promise<VoiceActivityModel> {
  const model = writeSileroSequence(await readModel(modelPath));
  const session = await runNative(() => createOnnxSession({ model, threads }));
  const run: OnnxSession['run'] = (feeds) => runNative(() => session.run(feeds));
  const streams = new Set<VoiceActivityStream>();
  return {
    openStream() {
      const stream = openStream({ run, onClose: () => streams.delete(stream) });
      streams.add(stream);
      return stream;
    },
    async close() {
      for (const stream of streams) stream.close();
      await session.close();
    },
  };
}

async function readModel(modelPath: string): Promise<Uint8Array> {
  try {
    return await readFile(modelPath);
  } catch (cause) {
    throw new AntiphonError('model_not_ready', 'The model silero-vad is not on this machine yet; fetch it with: antiphon models pull silero-vad', { cause });
  }
}

function openStream({ run, onClose }: { run: OnnxSession['run']; onClose: () => void }): VoiceActivityStream {
  const context = new Float32Array(contextSamples);
  let state: Float32Array = new Float32Array(sileroState.size);
  let closed = false;
  // Frames of one stream follow each other, whoever pushes them.
  let last: Promise<unknown> = Promise.resolve();

  async function tell(samples: Float32Array): Promise<Float32Array> {
    const probabilities = new Float32Array(samples.length / vadFrameSamples);
    for (let frame = 0; frame < probabilities.length; frame += framesPerRun) {
      if (closed) throw streamClosed();
      const some = samples.subarray(frame * vadFrameSamples, (frame + framesPerRun) * vadFrameSamples);
      const frames = withContext(context, some);
      const outputs = await run({
        frames: { type: 'float32', data: frames, dims: [frames.length / sileroFrameSamples, sileroFrameSamples] },
        state: { type: 'float32', data: state, dims: sileroState.dims },
      });
      context.set(some.subarray(-contextSamples));
      state = outputs.get('next_state', 'float32').data;
      probabilities.set(outputs.get('probabilities', 'float32').data, frame);
    }
    return probabilities;
  }

  return {
    async push(samples) {
      if (closed) throw streamClosed();
      requireWholeFrames(samples);
      const told = last.then(() => tell(samples));
      last = told.catch(() => undefined);
      return told;
    },
    close() {
      closed = true;
      onClose();
    },
  };
}

/** Each frame behind the end of the one before. */
function withContext(context: Float32Array, samples: Float32Array): Float32Array {
  const count = samples.length / vadFrameSamples;
  const frames = new Float32Array(count * sileroFrameSamples);
  for (let frame = 0; frame < count; frame++) {
    const from = frame * vadFrameSamples;
    frames.set(frame === 0 ? context : samples.subarray(from - contextSamples, from), frame * sileroFrameSamples);
    frames.set(samples.subarray(from, from + vadFrameSamples), frame * sileroFrameSamples + contextSamples);
  }
  return frames;
}

/** Errors: internal, since only this house's own code can be at fault. */
export function requireWholeFrames(samples: Float32Array): void {
  if (samples.length % vadFrameSamples !== 0) throw new AntiphonError('internal', `Voice activity is told for whole frames of ${vadFrameSamples} samples.`);
}

export function streamClosed(): AntiphonError {
  return new AntiphonError('engine_failed', 'The stream of voice activity was closed.');
}
