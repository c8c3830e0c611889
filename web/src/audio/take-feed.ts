/** Hands a growing take to the audio thread piece by piece: far enough ahead to be safe, never more than its ring can hold. */
import type { PlayerCommand, PlayerReport } from './player-messages.ts';
import type { Take } from './take.ts';

export type TakeFeed = {
  readonly take: Take;
  /** Sends what there is room for. To be called when the take has grown or some of it was played. */
  readonly feed: () => void;
  /** Everything handed over before is forgotten. In samples of the take; moved into what has come. */
  readonly restartAt: (sample: number) => void;
  /** false: the report is about what was cleared since. */
  readonly hear: (report: PlayerReport) => boolean;
  /** The sample of the take that the last report was about, and the context's time of it. */
  readonly played: () => { readonly sample: number; readonly contextTime: number | undefined };
  /** Where this generation began. */
  readonly startSample: () => number;
};

export function createTakeFeed({ take, aheadSamples, send }: { readonly take: Take; readonly aheadSamples: number; readonly send: (command: PlayerCommand) => void }): TakeFeed {
  let generation = 0;
  let base = 0;
  let fed = 0;
  let endSent = false;
  let last: PlayerReport | undefined;

  const playedSample = () => base + (last?.playedSamples ?? 0);

  function feed(): void {
    const samples = take.read(fed, aheadSamples - (fed - playedSample()));
    if (samples.length > 0) {
      fed += samples.length;
      send({ type: 'samples', generation, samples });
    }
    if (take.finished() && fed === take.lengthSamples() && !endSent) {
      endSent = true;
      send({ type: 'end', generation });
    }
  }

  return {
    take,
    feed,
    restartAt: (sample) => {
      generation++;
      base = Math.max(0, Math.min(sample, take.lengthSamples()));
      fed = base;
      endSent = false;
      last = undefined;
      send({ type: 'clear', generation });
      feed();
    },
    hear: (report) => {
      if (report.generation !== generation) return false;
      last = report;
      feed();
      return true;
    },
    played: () => ({ sample: playedSample(), contextTime: last?.contextTime }),
    startSample: () => base,
  };
}
