/**
 * Decides whose inference step runs next in a worker. Every stream is a pull source whose `next()` costs one step,
 * and a step cannot be interrupted. Who has not begun to speak goes first, by arrival, as long as everybody who has
 * can still be served in time afterwards; else whoever runs dry first. So a listener who waits is served before one
 * who has plenty, and nobody who has begun stutters for it. Work that ends in one answer, and plays nothing meanwhile,
 * is a newcomer all along: the sooner its answer is due, the sooner its turn. All that inside a lane: between lanes their
 * weights decide.
 */
import type { Listener } from '../engines/kinds.ts';
import { createLaneTurns } from '../lane-turns.ts';
import { createStepTimes } from './step-times.ts';

export type ScheduledStream<Item> = {
  /** Clock time at which a listener needs the first sample. */
  readonly deadlineMs: number;
  /** Asked once, when the stream is taken on; what it is given changes as steps are run. */
  readonly source: (listener: Listener) => AsyncIterator<Item>;
  readonly signal: AbortSignal;
  /** Streams of one name take steps of about one length: the model's id. */
  readonly costName: string;
  /** What the stream's lane is worth; streams of one weight are one lane. Default 1. */
  readonly laneWeight?: number;
  /** Nobody hears anything of it before its end, so `deadlineMs` is its answer's and stays. */
  readonly isAnswer?: boolean;
  /** Told what each step took. */
  readonly onStep?: (durationMs: number) => void;
  /** Playing time of an item. */
  readonly durationMs: (item: Item) => number;
  /** True for an item that is kept back: its listener goes on waiting, and hears it with the next that is not. */
  readonly isHeld?: (item: Item) => boolean;
  /** Takes an item; while the promise is pending the stream is not pulled again (its reader is slow). */
  readonly deliver: (item: Item) => void | Promise<void>;
  /** True while the stream is to be left alone (PAUSE). Call `wake()` of the scheduler when it changes. */
  readonly isPaused?: () => boolean;
};

export type StepScheduler = {
  /** Runs the stream to its end and resolves with the time at which its listener has heard it all. Rejects with the source's error or, once aborted, the signal's reason. */
  readonly run: <Item>(stream: ScheduledStream<Item>) => Promise<number>;
  /** Looks again after a pause has been lifted. */
  readonly wake: () => void;
  readonly activeStreams: () => number;
};

export type StepSchedulerOptions = {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Lets the event loop accept and send between two steps; a step itself blocks it. */
  readonly breathe: () => Promise<void>;
};

/** What a step has made, to whatever kind of stream it belongs. */
type Made = { readonly durationMs: () => number; readonly isHeld: () => boolean; readonly deliver: () => void | Promise<void> };

type Entry = {
  readonly stream: Pick<ScheduledStream<unknown>, 'signal' | 'costName' | 'isAnswer' | 'isPaused' | 'onStep'>;
  readonly lane: number;
  /** One step; undefined at the stream's end. */
  readonly next: () => Promise<Made | undefined>;
  /** Frees what the source holds. */
  readonly abandon: () => void;
  readonly settle: (error?: unknown) => void;
  deadlineMs: number;
  begun: boolean;
  /** Playing time of what is kept back. */
  heldMs: number;
  delivering: boolean;
};

/** Whose listener has so much more than another's takes no turns from him. */
const farMs = 5_000;
/** A lane collects its share of the turns once it is owed more than this. */
const patienceSeconds = 0.5;

export function createStepScheduler({ now, breathe }: StepSchedulerOptions): StepScheduler {
  const entries = new Set<Entry>();
  const times = createStepTimes();
  const lanes = createLaneTurns<number>({ weightOf: (weight) => weight, patienceSeconds });
  let running = false;

  function ready(): readonly Entry[] {
    return [...entries].filter(({ delivering, stream }) => !delivering && stream.isPaused?.() !== true);
  }

  function listenerOf(entry: Entry): Listener {
    const others = () => ready().filter((one) => one !== entry);
    return {
      aheadMs: () => Math.max(0, entry.deadlineMs - now()) + entry.heldMs,
      othersWaitMs: () => patienceMs(speakingOf(others()), { nowMs: now(), stepMs: times.shortMs }),
      turns: () => 1 + others().filter(({ stream, deadlineMs }) => stream.costName === entry.stream.costName && deadlineMs <= Math.max(now(), entry.deadlineMs) + farMs).length,
    };
  }

  function pickNext(): Entry | undefined {
    const everybody = ready();
    const lane = lanes.pick(lanesOf(everybody));
    const waiting = everybody.filter((one) => one.lane === lane);
    const speaking = speakingOf(waiting);
    const newcomer = waiting.filter(({ begun }) => !begun).reduce<Entry | undefined>((first, one) => (first !== undefined && first.deadlineMs <= one.deadlineMs ? first : one), undefined);
    const canWait = newcomer !== undefined && patienceMs(speaking, { nowMs: now(), stepMs: times.longMs }) >= times.longMs(newcomer.stream.costName);
    return canWait ? newcomer : (speaking[0] ?? newcomer);
  }

  async function loop(): Promise<void> {
    if (running) return;
    running = true;
    try {
      for (let entry = pickNext(); entry !== undefined; entry = pickNext()) {
        await step(entry);
        await breathe();
      }
    } finally {
      running = false;
    }
  }

  async function step(entry: Entry): Promise<void> {
    const { stream } = entry;
    if (stream.signal.aborted) return leave(entry, stream.signal.reason);
    try {
      const startedMs = now();
      const waiting = lanesOf(ready());
      const made = await entry.next();
      lanes.charge(entry.lane, (now() - startedMs) / 1000, waiting);
      stream.onStep?.(now() - startedMs);
      if (made !== undefined) times.remember(stream.costName, now() - startedMs);
      if (!entries.has(entry)) return;
      if (made === undefined) return leave(entry);
      if (stream.isAnswer !== true) {
        entry.heldMs += made.durationMs();
        if (!made.isHeld()) letHear(entry);
      }
      const delivered = made.deliver();
      if (delivered !== undefined) hold(entry, delivered);
    } catch (error) {
      leave(entry, error);
    }
  }

  function letHear(entry: Entry): void {
    entry.begun = true;
    entry.deadlineMs = Math.max(entry.deadlineMs, now()) + entry.heldMs;
    entry.heldMs = 0;
  }

  function hold(entry: Entry, delivered: Promise<void>): void {
    entry.delivering = true;
    delivered.then(
      () => { entry.delivering = false; void loop(); },
      (error: unknown) => leave(entry, error),
    );
  }

  function leave(entry: Entry, error?: unknown): void {
    if (!entries.delete(entry)) return;
    // The source may hold native buffers; its clean-up must not be able to fail the stream a second time.
    if (error !== undefined) entry.abandon();
    entry.settle(error);
  }

  return {
    run: (stream) => new Promise<number>((resolve, reject) => {
      const onAbort = () => leave(entry, stream.signal.reason);
      const entry: Entry = {
        stream,
        next: async () => {
          const { done, value } = await source.next();
          return done === true ? undefined : { durationMs: () => stream.durationMs(value), isHeld: () => stream.isHeld?.(value) ?? false, deliver: () => stream.deliver(value) };
        },
        abandon: () => void source.return?.().catch(() => undefined),
        lane: stream.laneWeight ?? 1,
        deadlineMs: stream.deadlineMs,
        // A sentence that follows others is due in the future: its listener is being spoken to already.
        begun: stream.isAnswer !== true && stream.deadlineMs > now(),
        heldMs: 0,
        delivering: false,
        settle: (error) => {
          stream.signal.removeEventListener('abort', onAbort);
          if (error === undefined) resolve(entry.deadlineMs);
          else reject(error);
        },
      };
      const source = stream.source(listenerOf(entry));
      entries.add(entry);
      if (stream.signal.aborted) return onAbort();
      stream.signal.addEventListener('abort', onAbort, { once: true });
      void loop();
    }),
    wake: () => void loop(),
    activeStreams: () => entries.size,
  };
}

function lanesOf(entries: readonly Entry[]): readonly number[] {
  return [...new Set(entries.map(({ lane }) => lane))];
}

/** Those who are being spoken to, in the order in which they run dry. */
function speakingOf(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ begun }) => begun).toSorted((one, other) => one.deadlineMs - other.deadlineMs);
}

/** How long all of them can do without a step, if each then gets its next in turn. */
function patienceMs(speaking: readonly Entry[], { nowMs, stepMs }: { nowMs: number; stepMs: (costName: string) => number }): number {
  let atMs = nowMs;
  return speaking.reduce((most, { stream, deadlineMs }) => {
    atMs += stepMs(stream.costName);
    return Math.min(most, deadlineMs - atMs);
  }, Infinity);
}
