/** A thread that writes a model's graphs, so that its process goes on with what it does. Started by prepare-graphs.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { toAntiphonError } from '../../errors.ts';
import { convertWhisper } from '../../models/whisper/convert-whisper.ts';
import type { ConversionOrder, ConversionOutcome } from './prepare-graphs.ts';

const order = workerData as ConversionOrder;
const stopped = new AbortController();
parentPort?.once('message', () => stopped.abort());

const outcome: ConversionOutcome = await convertWhisper({ ...order, signal: stopped.signal }).then(
  () => ({}),
  (thrown: unknown) => {
    const { code, message } = toAntiphonError(thrown);
    return { failure: { code, message } };
  },
);
parentPort?.postMessage(outcome);
parentPort?.close();
