/** What the page and the player's audio thread tell each other. `generation` grows with every clear: late samples of an older one are dropped. */

export type PlayerCommand =
  | { readonly type: 'samples'; readonly generation: number; readonly samples: Float32Array<ArrayBuffer> }
  /** Nothing follows in this generation. */
  | { readonly type: 'end'; readonly generation: number }
  | { readonly type: 'clear'; readonly generation: number }
  | { readonly type: 'play' }
  | { readonly type: 'pause' }
  | { readonly type: 'close' };

/** buffering: waiting for enough samples to start; ended: the last sample was played. */
export type PlayerState = 'buffering' | 'playing' | 'paused' | 'ended';

export type PlayerReport = {
  readonly generation: number;
  readonly state: PlayerState;
  /** At the source's rate, since the last clear. */
  readonly playedSamples: number;
  readonly bufferedSamples: number;
  readonly underruns: number;
  /** The context's time at the end of the block that the report is about, in seconds. */
  readonly contextTime: number;
  /** When the first sample of this generation was played, by the context's clock. */
  readonly firstSampleAt: number | undefined;
};

export type PlayerOptions = {
  readonly sourceRateHz: number;
  readonly capacitySamples: number;
  readonly prebufferSamples: number;
};

export const playerProcessorName = 'antiphon-player';
