/**
 * Whose turn it is among lanes that share something by weight. The heavier lane goes first, at once and for as long as
 * it likes, while every lighter one that waits meanwhile is owed its share of what is being used; once that is more than
 * a short patience, the lighter lane collects. So a burst of the heavier lane waits for nobody, and over time each has
 * what its weight says, however much the other asks for.
 */

export type LaneTurns<Lane> = {
  /** One of those that wait; undefined where none does. */
  readonly pick: (waiting: readonly Lane[]) => Lane | undefined;
  /** What a turn of the lane took, while those others waited. */
  readonly charge: (lane: Lane, seconds: number, waiting: readonly Lane[]) => void;
};

export type LaneTurnsOptions<Lane> = {
  readonly weightOf: (lane: Lane) => number;
  /** So much may a lane be owed before it goes before a heavier one. */
  readonly patienceSeconds: number;
};

export function createLaneTurns<Lane>({ weightOf, patienceSeconds }: LaneTurnsOptions<Lane>): LaneTurns<Lane> {
  const owed = new Map<Lane, number>();
  const owedTo = (lane: Lane): number => owed.get(lane) ?? 0;
  const heavier = (one: Lane, other: Lane): Lane => (weightOf(other) > weightOf(one) ? other : one);
  const shareOf = (lane: Lane, beside: Lane): number => weightOf(lane) / (weightOf(lane) + weightOf(beside));

  return {
    pick: (waiting) => {
      // Who asks for nothing is owed nothing: a share is not saved up.
      for (const lane of owed.keys()) if (!waiting.includes(lane)) owed.delete(lane);
      if (waiting.length === 0) return undefined;
      const collecting = waiting.filter((lane) => owedTo(lane) > patienceSeconds);
      if (collecting.length > 0) return collecting.reduce((most, lane) => (owedTo(lane) > owedTo(most) ? lane : most));
      return waiting.reduce(heavier);
    },
    charge: (lane, seconds, waiting) => {
      const others = waiting.filter((other) => other !== lane);
      for (const other of others) {
        if (weightOf(other) < weightOf(lane)) owed.set(other, owedTo(other) + seconds * shareOf(other, lane));
      }
      const heaviest = others.length === 0 ? lane : others.reduce(heavier);
      if (weightOf(heaviest) > weightOf(lane)) owed.set(lane, Math.max(0, owedTo(lane) - seconds * shareOf(heaviest, lane)));
    },
  };
}
