/** How busy each worker is: open streams, and the work that they are expected to hold, learnt from what was done. */

export type WorkerLoad = {
  /** Counts a stream; the returned function takes it off again, and learns from one that ran to its end. Idempotent. */
  readonly begin: (workerId: string, modelId: string) => (ranSeconds?: number) => void;
  readonly openStreams: (workerId: string) => number;
  /** Seconds of work that the open streams of a worker mean, by what sentences of their models took before. */
  readonly expectedSeconds: (workerId: string) => number;
  readonly all: () => Readonly<Record<string, number>>;
};

/** Before anything was learnt every model counts the same. */
const unknownSeconds = 1;
/** Share of a new measurement in the running mean: a dozen sentences forget the past. */
const learningRate = 0.2;

export function createWorkerLoad(): WorkerLoad {
  const secondsPerSentence = new Map<string, number>();
  const open = new Map<string, Map<symbol, string>>();

  const cost = (modelId: string) => secondsPerSentence.get(modelId) ?? unknownSeconds;
  const streamsOf = (workerId: string) => open.get(workerId) ?? new Map<symbol, string>();

  return {
    begin: (workerId, modelId) => {
      const stream = Symbol(modelId);
      const streams = streamsOf(workerId).set(stream, modelId);
      open.set(workerId, streams);
      return (ranSeconds) => {
        if (!streams.delete(stream) || ranSeconds === undefined) return;
        const before = secondsPerSentence.get(modelId);
        // Other streams' turns are in it, too; their number is alike for all models, so the proportions hold.
        secondsPerSentence.set(modelId, before === undefined ? ranSeconds : before + learningRate * (ranSeconds - before));
      };
    },
    openStreams: (workerId) => streamsOf(workerId).size,
    expectedSeconds: (workerId) => [...streamsOf(workerId).values()].reduce((sum, modelId) => sum + cost(modelId), 0),
    all: () => Object.fromEntries([...open].map(([workerId, streams]) => [workerId, streams.size])),
  };
}
