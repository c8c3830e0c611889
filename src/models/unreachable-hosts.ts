/** Remembers which hubs did not answer, so that a hundred files do not each wait for the same silence. */

export type UnreachableHosts = {
  mark(host: string, why: string): void;
  /** Why the host is skipped, or undefined where it may be asked. */
  why(host: string): string | undefined;
};

/** Forgets a host after `forgetAfterMs`, because laptops change networks. */
export function createUnreachableHosts(options: { forgetAfterMs?: number; nowMs?: () => number } = {}): UnreachableHosts {
  const { forgetAfterMs = 5 * 60_000, nowMs = () => performance.now() } = options;
  const marks = new Map<string, { why: string; untilMs: number }>();
  return {
    mark(host, why) {
      marks.set(host, { why, untilMs: nowMs() + forgetAfterMs });
    },
    why(host) {
      const mark = marks.get(host);
      return mark !== undefined && nowMs() < mark.untilMs ? mark.why : undefined;
    },
  };
}
