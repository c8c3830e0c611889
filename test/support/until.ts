/** Waits for a state, not for a time: the limit only keeps a broken build from hanging. */

/** Resolves with the first value that is neither false nor undefined. */
export async function until<Value>(what: string, look: () => Value | Promise<Value>, limitMs = 45_000): Promise<Exclude<Value, false | undefined | null>> {
  const giveUp = AbortSignal.timeout(limitMs);
  for (;;) {
    const seen = await look();
    if (seen !== false && seen !== undefined && seen !== null) return seen as Exclude<Value, false | undefined | null>;
    if (giveUp.aborted) throw new Error(`It never came to this: ${what}.`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}
