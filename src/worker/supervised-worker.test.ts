import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import type { WorkerClient } from './client.ts';
import { superviseWorker } from './supervised-worker.ts';
import type { WorkerExit, WorkerProcess } from './worker-process.ts';

/** A process that becomes ready, dies and answers its health check when the test says so. */
function scriptedProcess(pid: number) {
  const ready = Promise.withResolvers<string>();
  const exited = Promise.withResolvers<WorkerExit>();
  ready.promise.catch(() => undefined);
  const seen: string[] = [];
  const process: WorkerProcess = {
    pid,
    ready: ready.promise,
    exited: exited.promise,
    drain: () => { seen.push('drain'); },
    kill: () => {
      seen.push('kill');
      exited.resolve({ code: null, signal: 'SIGKILL' });
    },
  };
  return { process, seen, becomeReady: () => ready.resolve(`unix:${pid}`), exit: (code: number) => {
    exited.resolve({ code, signal: null });
    ready.reject(new Error('ended before it was ready'));
  } };
}

function setUp() {
  const clock = createVirtualClock();
  const processes: ReturnType<typeof scriptedProcess>[] = [];
  const states: string[] = [];
  const health = { answers: true };
  const client = { checkHealth: () => (health.answers ? Promise.resolve() : Promise.reject(new Error('no answer'))), close: () => undefined } as Partial<WorkerClient> as WorkerClient;
  const worker = superviseWorker({
    id: 'w',
    spawn: () => {
      processes.push(scriptedProcess(processes.length));
      return processes.at(-1)!.process;
    },
    connect: () => client,
    prepare: () => Promise.resolve(),
    clock,
    log: createSilentLogger(),
    startTimeoutMs: 10_000,
    heartbeatIntervalMs: 1_000,
    heartbeatTimeoutMs: 5_000,
    restartBackoffMs: 100,
    onChange: (_, state) => states.push(state.name),
  });
  return { worker, clock, processes, states, health };
}

describe('supervised worker', () => {
  it('is ready once its process listens', async () => {
    const { worker, processes, states } = setUp();
    expect(worker.state().name).toBe('starting');
    processes[0]!.becomeReady();
    await settle();
    expect(states).toEqual(['starting', 'ready']);
  });

  it('replaces a process that died, later each time it dies again', async () => {
    const { clock, processes, states, worker } = setUp();
    for (const backoffMs of [100, 200, 400]) {
      const alive = processes.length;
      processes.at(-1)!.becomeReady();
      await settle();
      processes.at(-1)!.exit(1);
      await settle();
      expect(worker.state()).toEqual({ name: 'lost', cause: 'exit code 1' });
      await clock.advance(backoffMs - 1);
      expect(processes).toHaveLength(alive);
      await clock.advance(1);
      expect(processes).toHaveLength(alive + 1);
    }
    expect(worker.restarts()).toBe(3);
    expect(states.filter((name) => name === 'lost')).toHaveLength(3);
  });

  it('forgets the backoff of one that stayed up', async () => {
    const { clock, processes } = setUp();
    processes[0]!.exit(1);
    await clock.advance(100);
    processes[1]!.becomeReady();
    await clock.advance(120_000);
    processes[1]!.exit(1);
    await settle();
    await clock.advance(100);
    expect(processes).toHaveLength(3);
  });

  it('kills and replaces one that hangs', async () => {
    const { clock, processes, health, worker } = setUp();
    processes[0]!.becomeReady();
    await settle();
    health.answers = false;
    await clock.advance(1_099);
    expect(worker.state()).toEqual({ name: 'lost', cause: 'hung: no heartbeat' });
    expect(processes[0]!.seen).toContain('kill');
    await clock.advance(100);
    expect(processes).toHaveLength(2);
  });

  it('names the exit, not the silence, when a process died between two heartbeats', async () => {
    const { clock, processes, health, worker } = setUp();
    processes[0]!.becomeReady();
    await settle();
    health.answers = false;
    await clock.advance(1_000);
    processes[0]!.exit(139);
    await settle();
    expect(worker.state()).toEqual({ name: 'lost', cause: 'exit code 139' });
  });

  it('kills and replaces one that never becomes ready', async () => {
    const { clock, processes } = setUp();
    await clock.advance(10_100);
    expect(processes[0]!.seen).toContain('kill');
    expect(processes).toHaveLength(2);
  });

  it('lets it finish when closed, and kills it when its time is up', async () => {
    const { clock, processes, worker } = setUp();
    processes[0]!.becomeReady();
    await settle();
    const closed = worker.close(2_000);
    await settle();
    expect(processes[0]!.seen).toEqual(['drain']);
    await clock.advance(2_000);
    await closed;
    expect(processes[0]!.seen).toEqual(['drain', 'kill']);
    expect(worker.state().name).toBe('stopped');
    await clock.advance(60_000);
    expect(processes).toHaveLength(1);
  });

  it('does not kill one that left by itself when asked', async () => {
    const { processes, worker } = setUp();
    processes[0]!.becomeReady();
    await settle();
    const closed = worker.close(2_000);
    processes[0]!.exit(0);
    await closed;
    await worker.close(2_000);
    expect(worker.state().name).toBe('stopped');
    expect(processes).toHaveLength(1);
  });
});
