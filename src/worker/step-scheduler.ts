/**
 * Decides whose inference step runs next in a worker. Every stream is a pull source whose `next()` costs one step,
 * and a step cannot be interrupted. Who has not begun to speak goes first, by arrival, as long as everybody who has
 * can still be served in time afterwards; else whoever runs dry first. So a listener who waits is served before one
 * who has plenty, and nobody who has begun stutters for it. Work that ends in one answer, and plays nothing meanwhile,
 * is a newcomer all along: the sooner its answer is due, the sooner its turn.
 */

export type ScheduledStream<Item> = {
  /** Clock time at which a listener needs the first sample. */
  readonly deadlineMs: number;
  readonly source: AsyncIterator<Item>;
  readonly signal: AbortSignal;
  /** Streams of one name take steps of about one length: the model's id. */
  readonly costName: string;
  /** Nobody hears anything of it before its end, so `deadlineMs` is its answer's and stays. */
  readonly isAnswer?: boolean;
  /** Playing time of an item. */
  readonly durationMs: (item: Item) => number;
  /** Takes an item; while the promise is pending the stream is not pulled again (its reader is slow). */
  readonly deliver: (item: Item) => void | Promise<void>;
  /** True while the stream is to be left alone (PAUSE). Call `wake()` of the scheduler when it changes. */
  readonly isPaused?: () => boolean;
};

export type StepScheduler = {
  /** Runs the stream to its end. Rejects with the source's error or, once aborted, the signal's reason. */
  readonly run: <Item>(stream: ScheduledStream<Item>) => Promise<void>;
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
type Made = { readonly durationMs: () => number; readonly deliver: () => void | Promise<void> };

type Entry = {
  readonly stream: Pick<ScheduledStream<unknown>, 'signal' | 'costName' | 'isAnswer' | 'isPaused'>;
  /** One step; undefined at the stream's end. */
  readonly next: () => Promise<Made | undefined>;
  /** Frees what the source holds. */
  readonly abandon: () => void;
  readonly settle: (error?: unknown) => void;
  deadlineMs: number;
  begun: boolean;
  delivering: boolean;
};

/** Steps of a name whose times are remembered: enough to know its longest, few enough to forget a busy moment. */
const rememberedSteps = 12;
/** A step takes longer than the last ones now and then, and its sound needs a moment to reach the listener. */
const stepMargin = 1.5;
/** Of a model that has not been heard of yet: a small one's, since a large one is warmed up before it serves. */
const firstGuessMs = 60;

export function createStepScheduler({ now, breathe }: StepSchedulerOptions): StepScheduler {
  const entries = new Set<Entry>();
  const stepTimesMs = new Map<string, number[]>();
  let running = false;

  function costMs({ stream }: Entry): number {
    return stepMargin * Math.max(...(stepTimesMs.get(stream.costName) ?? [firstGuessMs]));
  }

  function remember({ stream }: Entry, tookMs: number): void {
    const times = stepTimesMs.get(stream.costName) ?? [];
    times.push(tookMs);
    if (times.length > rememberedSteps) times.shift();
    stepTimesMs.set(stream.costName, times);
  }

  function pickNext(): Entry | undefined {
    const ready = [...entries].filter(({ delivering, stream }) => !delivering && stream.isPaused?.() !== true);
    const speaking = ready.filter(({ begun }) => begun).toSorted((one, other) => one.deadlineMs - other.deadlineMs);
    const newcomer = ready.filter(({ begun }) => !begun).reduce<Entry | undefined>((first, one) => (first !== undefined && first.deadlineMs <= one.deadlineMs ? first : one), undefined);
    return newcomer !== undefined && canWait(speaking, costMs(newcomer)) ? newcomer : (speaking[0] ?? newcomer);
  }

  /** True where all of them, each given its next step in turn after `busyMs`, get it before they run dry. */
  function canWait(speaking: readonly Entry[], busyMs: number): boolean {
    let atMs = now() + busyMs;
    return speaking.every((entry) => {
      atMs += costMs(entry);
      return atMs <= entry.deadlineMs;
    });
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
      const made = await entry.next();
      remember(entry, now() - startedMs);
      if (!entries.has(entry)) return;
      if (made === undefined) return leave(entry);
      if (stream.isAnswer !== true) {
        entry.begun = true;
        entry.deadlineMs = Math.max(entry.deadlineMs, now()) + made.durationMs();
      }
      const delivered = made.deliver();
      if (delivered !== undefined) hold(entry, delivered);
    } catch (error) {
      leave(entry, error);
    }
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
    run: (stream) => new Promise<void>((resolve, reject) => {
      const onAbort = () => leave(entry, stream.signal.reason);
      const entry: Entry = {
        stream,
        next: async () => {
          const { done, value } = await stream.source.next();
          return done === true ? undefined : { durationMs: () => stream.durationMs(value), deliver: () => stream.deliver(value) };
        },
        abandon: () => void stream.source.return?.().catch(() => undefined),
        deadlineMs: stream.deadlineMs,
        // A sentence that follows others is due in the future: its listener is being spoken to already.
        begun: stream.isAnswer !== true && stream.deadlineMs > now(),
        delivering: false,
        settle: (error) => {
          stream.signal.removeEventListener('abort', onAbort);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      entries.add(entry);
      if (stream.signal.aborted) return onAbort();
      stream.signal.addEventListener('abort', onAbort, { once: true });
      void loop();
    }),
    wake: () => void loop(),
    activeStreams: () => entries.size,
  };
}
