/**
 * onnxruntime-node aborts the whole process when its thread is ended inside native code, as `process.exit` does to every
 * thread (seen with 1.30: half of such exits ended in SIGABRT). So a process that exits waits for the frame in work,
 * 0.1 ms, and lets no other begin.
 */

/** Shared between the threads: how many native calls run, and whether none may begin any more. */
export type ExitGuard = Int32Array<SharedArrayBuffer>;

const running = 0;
const halted = 1;
/** Loading the model takes longest, about 30 ms; a machine that is busy gets more. */
const longestWaitMs = 1000;

export function createExitGuard(): ExitGuard {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** In the hosting thread. Never settles once the process exits. */
export async function guarded<Result>(guard: ExitGuard, run: () => Promise<Result>): Promise<Result> {
  // First counted, then looked: whoever halts looks in the opposite order, so one of both sees the other.
  Atomics.add(guard, running, 1);
  try {
    if (Atomics.load(guard, halted) === 0) return await run();
  } finally {
    Atomics.sub(guard, running, 1);
    Atomics.notify(guard, running);
  }
  return new Promise(() => undefined);
}

/** In the exiting thread: returns when no native call runs and none will. */
export function haltNativeCalls(guard: ExitGuard): void {
  Atomics.store(guard, halted, 1);
  for (let calls = Atomics.load(guard, running); calls > 0; calls = Atomics.load(guard, running)) {
    if (Atomics.wait(guard, running, calls, longestWaitMs) === 'timed-out') return;
  }
}
