/** The thread that hosts Silero: loads it with the first frames it gets, and answers until it is told to end. */
import { parentPort, workerData } from 'node:worker_threads';
import { AntiphonError } from '../../errors.ts';
import type { VoiceActivityModel, VoiceActivityStream } from '../kinds.ts';
import { guarded } from './exit-guard.ts';
import type { FromSileroThread, SileroThreadData, ToSileroThread } from './silero-thread-messages.ts';
import { createSileroVad } from './silero-vad.ts';

const port = parentPort!;
const { modelPath, guard } = workerData as SileroThreadData;
const streams = new Map<number, Promise<VoiceActivityStream>>();
let loading: Promise<VoiceActivityModel> | undefined;

async function load(): Promise<VoiceActivityModel> {
  // A file that was missing may have been fetched by the next try.
  loading ??= createSileroVad({ modelPath, runNative: (run) => guarded(guard, run) }).catch((error: unknown) => { loading = undefined; throw error; });
  return loading;
}

/** Opened with its first frames; where the model could not be loaded, the next ones try again. */
async function streamOf(id: number): Promise<VoiceActivityStream> {
  const known = streams.get(id);
  if (known !== undefined) return known;
  const opening = load().then((model) => model.openStream());
  streams.set(id, opening);
  opening.catch(() => streams.delete(id));
  return opening;
}

async function tell({ stream, call, samples }: Extract<ToSileroThread, { type: 'push' }>): Promise<void> {
  try {
    const probabilities = await (await streamOf(stream)).push(samples);
    answer({ type: 'told', call, probabilities });
  } catch (error) {
    const known = error instanceof AntiphonError ? error : new AntiphonError('engine_failed', 'Voice activity could not be told.');
    answer({ type: 'failed', call, code: known.code, message: known.message });
  }
}

function answer(message: FromSileroThread): void {
  port.postMessage(message);
}

async function closeStream(id: number): Promise<void> {
  const opening = streams.get(id);
  streams.delete(id);
  (await opening?.catch(() => undefined))?.close();
}

async function end(): Promise<void> {
  port.close();
  await (await loading?.catch(() => undefined))?.close();
}

port.on('message', (message: ToSileroThread) => {
  switch (message.type) {
    case 'push': return void tell(message);
    case 'close_stream':
      void closeStream(message.stream);
      return;
    case 'end': return void end();
  }
});
