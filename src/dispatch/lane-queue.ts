/**
 * Who waits for a worker, lane by lane. Lanes take turns by weight. Inside a lane, who is being spoken to and would soon
 * fall silent goes first; then who has not begun to hear, the caller who has had least before the others; then the rest
 * by when it is needed. When those who have not begun wait for long, there is more than can be served: then the newest
 * of them goes first, since somebody who has just asked is still there, and the oldest is about to give up anyway.
 */
import type { LaneId } from '../caller.ts';
import { createLaneTurns } from '../lane-turns.ts';

/** Jobs have no lane of their own among callers: nobody waits for them. */
export type WorkLane = LaneId | 'jobs';

export type Place = {
  readonly lane: WorkLane;
  /** Of whom: a key, or an address. Callers of one lane get alike. */
  readonly asker: string;
  /** The first work of a request: nobody hears anything of it yet. */
  readonly opens: boolean;
  /** Clock time at which it is needed. */
  readonly deadlineMs: number;
  /** Of a worker, by what such work took before. */
  readonly costSeconds: number;
};

export type LaneQueue<Item> = {
  readonly add: (item: Item, place: Place) => { readonly remove: () => void };
  /** Takes the item that is to be served next, of the lanes that there is room for. */
  readonly take: (hasRoom: (lane: WorkLane) => boolean) => Item | undefined;
  readonly size: () => number;
  /** Requests of a lane that have not begun. */
  readonly waitingToBegin: (lane: WorkLane) => number;
  /** Work that waits in a lane. */
  readonly costSeconds: (lane: WorkLane) => number;
};

export type LaneQueueOptions = {
  readonly weights: Readonly<Record<WorkLane, number>>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

type Entry<Item> = Place & { readonly item: Item; readonly arrivedMs: number; readonly order: number };

/** Somebody who would fall silent within this time goes before anybody who only begins. */
const soonMs = 500;
/** Whoever has waited so long to begin shows that there are more than can be served. */
const overloadMs = 1_500;
/** A lane collects what it is owed once that is more than this. */
const patienceSeconds = 0.5;

export function createLaneQueue<Item>({ weights, now }: LaneQueueOptions): LaneQueue<Item> {
  const waiting = new Map<WorkLane, Set<Entry<Item>>>();
  const turns = createLaneTurns<WorkLane>({ weightOf: (lane) => weights[lane], patienceSeconds });
  const shares = new Map<WorkLane, AskerShares>();
  let arrivals = 0;

  const entriesOf = (lane: WorkLane): Set<Entry<Item>> => waiting.get(lane) ?? waiting.set(lane, new Set()).get(lane)!;
  const sharesOf = (lane: WorkLane): AskerShares => shares.get(lane) ?? shares.set(lane, createAskerShares()).get(lane)!;

  function leave(entry: Entry<Item>): void {
    const entries = entriesOf(entry.lane);
    entries.delete(entry);
    if (entries.size === 0) sharesOf(entry.lane).forget();
  }

  function choose(lane: WorkLane): Entry<Item> | undefined {
    const all = [...entriesOf(lane)];
    const running = firstBy(all.filter(({ opens }) => !opens), ({ deadlineMs }) => deadlineMs);
    if (running !== undefined && running.deadlineMs <= now() + soonMs) return running;
    return chooseNewcomer(lane, all.filter(({ opens }) => opens)) ?? running;
  }

  function chooseNewcomer(lane: WorkLane, newcomers: readonly Entry<Item>[]): Entry<Item> | undefined {
    const tag = sharesOf(lane).of;
    const isOverloaded = newcomers.some(({ arrivedMs }) => now() - arrivedMs > overloadMs);
    return firstBy(newcomers, ({ asker }) => tag(asker), ({ order }) => (isOverloaded ? -order : order));
  }

  return {
    add: (item, place) => {
      const entry = { ...place, item, arrivedMs: now(), order: arrivals++ };
      entriesOf(place.lane).add(entry);
      return { remove: () => leave(entry) };
    },
    take: (hasRoom) => {
      const lanes = [...waiting.keys()].filter((lane) => entriesOf(lane).size > 0 && hasRoom(lane));
      const lane = turns.pick(lanes);
      const chosen = lane === undefined ? undefined : choose(lane);
      if (lane === undefined || chosen === undefined) return undefined;
      turns.charge(lane, chosen.costSeconds, lanes);
      sharesOf(lane).charge(chosen);
      leave(chosen);
      return chosen.item;
    },
    size: () => [...waiting.values()].reduce((sum, entries) => sum + entries.size, 0),
    waitingToBegin: (lane) => [...entriesOf(lane)].filter(({ opens }) => opens).length,
    costSeconds: (lane) => [...entriesOf(lane)].reduce((sum, { costSeconds }) => sum + costSeconds, 0),
  };
}

type AskerShares = {
  /** What an asker has had, counted from when he last had least. */
  readonly of: (asker: string) => number;
  readonly charge: (place: Place) => void;
  /** Nobody waits any more: all are alike again. */
  readonly forget: () => void;
};

/** Start-time fair queueing (Goyal, Vin, Cheng 1996): whoever comes anew begins where the others are, not at nothing, so that a new name every time gains nothing. */
function createAskerShares(): AskerShares {
  const had = new Map<string, number>();
  let level = 0;
  const of = (asker: string): number => Math.max(level, had.get(asker) ?? 0);
  return {
    of,
    charge: ({ asker, opens, costSeconds }) => {
      const before = of(asker);
      had.set(asker, before + costSeconds);
      // Who goes on was not chosen by his share, so his says nothing of where the others are.
      if (opens) level = before;
    },
    forget: () => {
      had.clear();
      level = 0;
    },
  };
}

/** The least by the first measure, of those alike by the second; undefined of none. */
function firstBy<Value>(values: readonly Value[], ...measures: readonly ((value: Value) => number)[]): Value | undefined {
  const before = (one: Value, other: Value): boolean => {
    for (const measure of measures) {
      const difference = measure(one) - measure(other);
      if (difference !== 0) return difference < 0;
    }
    return false;
  };
  return values.reduce<Value | undefined>((best, one) => (best === undefined || before(one, best) ? one : best), undefined);
}
