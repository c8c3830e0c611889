/** Bytes that are still being made, for any number of readers who may come at any time: each gets all of them, from the first on. */

export type Spool = {
  readonly push: (chunk: Uint8Array) => void;
  readonly end: () => void;
  /** Readers get what there is, then this. */
  readonly fail: (error: unknown) => void;
  readonly read: () => AsyncGenerator<Uint8Array>;
};

/** Holds all of it while somebody holds the spool or reads it: for minutes of compressed sound, not for hours. */
export function createSpool(): Spool {
  const chunks: Uint8Array[] = [];
  const waiting = new Set<() => void>();
  let end: { readonly error?: unknown } | undefined;

  function wake(): void {
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  return {
    push: (chunk) => { chunks.push(chunk); wake(); },
    end: () => { end ??= {}; wake(); },
    fail: (error) => { end ??= { error }; wake(); },
    async *read() {
      for (let index = 0; ;) {
        if (index < chunks.length) yield chunks[index++]!;
        else if (end !== undefined) {
          if ('error' in end) throw end.error;
          return;
        } else await new Promise<void>((resolve) => { waiting.add(resolve); });
      }
    },
  };
}
