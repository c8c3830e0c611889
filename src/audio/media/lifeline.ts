/**
 * Thread of a decoding process: ends it when the parent's end of pipe 3 closes. The main thread cannot, because it is
 * inside FFmpeg, and some files keep it there.
 */
import { Socket } from 'node:net';

const lifelineDescriptor = 3;

new Socket({ fd: lifelineDescriptor })
  // A broken pipe is a closed one; `close` follows.
  .on('error', () => undefined)
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .resume();
