/** For a test: a process that exits while three of its threads tell voice activity. Arguments: the model's path. */
import { vadFrameSamples } from '../kinds.ts';
import { createVoiceActivityThread } from './silero-thread.ts';

for (let thread = 0; thread < 3; thread++) {
  const stream = createVoiceActivityThread({ modelPath: process.argv[2]! }).openStream();
  await stream.push(new Float32Array(vadFrameSamples));
  stream.push(new Float32Array(100_000 * vadFrameSamples)).catch(() => undefined);
}
setTimeout(() => process.exit(7), 50);
