/**
 * Notices who asks far more often than is normal, and holds him to less until he is quiet. Attempts count, not what was
 * let through: whoever is refused and goes on asking is what it looks for. It undoes itself.
 */

export type AbuseSignal = { readonly subject: string; readonly kind: 'raised' | 'lifted'; /** Attempts in the last minute. */ readonly attempts: number; readonly normal: number };

export type AbuseWatch = {
  /** Counts an attempt of somebody who may ask so often a minute; gives the share of that which he is left, 1 or less. */
  readonly attempt: (subject: string, perMinute: number) => number;
  /** Who is held to less now. */
  readonly tightened: () => readonly string[];
  /** Looks whether anybody has become quiet; call it now and then. */
  readonly sweep: () => void;
};

export type AbuseWatchOptions = {
  readonly now: () => number;
  /** Told once when somebody is noticed and once when he is let off. */
  readonly onSignal: (signal: AbuseSignal) => void;
};

const minuteMs = 60_000;
/** So many times the normal rate is abuse (runbook 001). */
const timesNormal = 10;
/** What is left of the limit meanwhile. */
const tightShare = 0.1;
/** Quiet for this long, and it is undone. */
const quietMs = 10 * minuteMs;
const mostSubjects = 20_000;

type Seen = { minute: number; attempts: number; before: number; raised: boolean; loudAtMs: number; normal: number };

export function createAbuseWatch({ now, onSignal }: AbuseWatchOptions): AbuseWatch {
  const subjects = new Map<string, Seen>();

  /** In the last sixty seconds, as if those of the minute before had come evenly. */
  function lately({ minute, attempts, before }: Seen): number {
    const passed = (now() - minute * minuteMs) / minuteMs;
    return attempts + before * Math.max(0, 1 - passed);
  }

  function count(seen: Seen): void {
    const minute = Math.floor(now() / minuteMs);
    if (minute !== seen.minute) {
      seen.before = minute === seen.minute + 1 ? seen.attempts : 0;
      seen.attempts = 0;
      seen.minute = minute;
    }
    seen.attempts++;
  }

  function lift(subject: string, seen: Seen): void {
    seen.raised = false;
    onSignal({ subject, kind: 'lifted', attempts: Math.round(lately(seen)), normal: seen.normal });
  }

  return {
    attempt: (subject, perMinute) => {
      const seen = subjects.get(subject) ?? { minute: Math.floor(now() / minuteMs), attempts: 0, before: 0, raised: false, loudAtMs: 0, normal: perMinute };
      subjects.delete(subject);
      subjects.set(subject, seen);
      if (subjects.size > mostSubjects) subjects.delete(subjects.keys().next().value!);
      seen.normal = perMinute;
      count(seen);
      const attempts = lately(seen);
      if (attempts > perMinute) seen.loudAtMs = now();
      if (!seen.raised && attempts >= timesNormal * Math.max(1, perMinute)) {
        seen.raised = true;
        onSignal({ subject, kind: 'raised', attempts: Math.round(attempts), normal: perMinute });
      } else if (seen.raised && now() - seen.loudAtMs >= quietMs) lift(subject, seen);
      return seen.raised ? tightShare : 1;
    },
    tightened: () => [...subjects].filter(([, { raised }]) => raised).map(([subject]) => subject),
    sweep: () => {
      for (const [subject, seen] of subjects) if (seen.raised && now() - seen.loudAtMs >= quietMs) lift(subject, seen);
    },
  };
}
