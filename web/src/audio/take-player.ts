/** What the page needs from a player, whichever way the sound comes out: PcmPlayer streams, ElementPlayer waits for the end. */
import type { PlayerState } from './player-messages.ts';
import type { Take } from './take.ts';

export type PlayerEvents = {
  readonly onState: (state: PlayerState) => void;
  /** Several times a second while sound comes out. */
  readonly onProgress: () => void;
  /** Once a take: when its first sample left the loudspeaker, by `performance.now()`. */
  readonly onFirstSound: (atMs: number) => void;
};

export type TakePlayer = {
  /** true: sound starts while the take is still growing. */
  readonly streams: boolean;
  /** Must be called inside a user's gesture, before anything is awaited: browsers let sound start only there. */
  readonly unlock: () => void;
  /** Starts a take from its beginning; what played before is silent at once. */
  readonly start: (take: Take) => Promise<void>;
  /** To be called whenever the take has grown or is finished. */
  readonly takeChanged: () => void;
  readonly play: () => void;
  readonly pause: () => void;
  /** Within what has come; later positions are moved to its end. */
  readonly seek: (seconds: number) => void;
  readonly positionSeconds: () => number;
  readonly close: () => void;
};
