/** Plays a take once it is complete, through an <audio> element: for pages that came over plain http, which have no AudioWorklet. */
import type { PlayerState } from './player-messages.ts';
import type { Take } from './take.ts';
import type { PlayerEvents, TakePlayer } from './take-player.ts';
import { toWavFile } from './wav-file.ts';

export function createElementPlayer({ onState, onProgress, onFirstSound }: PlayerEvents): TakePlayer {
  const element = new Audio();
  const listening = new AbortController();
  let take: Take | undefined;
  let url: string | undefined;
  let firstSoundTold = false;

  const on = (name: keyof HTMLMediaElementEventMap, state: PlayerState | undefined) =>
    element.addEventListener(name, () => {
      if (url === undefined) return;
      if (state !== undefined) onState(state);
      onProgress();
    }, { signal: listening.signal });
  on('pause', 'paused');
  on('ended', 'ended');
  on('timeupdate', undefined);
  on('seeked', undefined);
  on('playing', 'playing');
  element.addEventListener('playing', () => {
    if (firstSoundTold) return;
    firstSoundTold = true;
    onFirstSound(performance.now());
  }, { signal: listening.signal });

  function unload(): void {
    element.pause();
    if (url !== undefined) URL.revokeObjectURL(url);
    url = undefined;
  }

  function play(): void {
    // Refused where the gesture is too long ago; the play button is then the next one.
    element.play().catch(() => onState('paused'));
  }

  return {
    streams: false,
    unlock: () => undefined,
    start: async (next) => {
      unload();
      take = next;
      firstSoundTold = false;
      onState('buffering');
    },
    takeChanged: () => {
      if (!take?.finished() || url !== undefined || take.lengthSamples() === 0) return;
      url = URL.createObjectURL(toWavFile(take.toBytes(), take.sampleRateHz));
      element.src = url;
      play();
    },
    play,
    pause: () => element.pause(),
    seek: (seconds) => { if (url !== undefined) element.currentTime = Math.max(0, seconds); },
    positionSeconds: () => (url === undefined ? 0 : element.currentTime),
    close: () => {
      listening.abort();
      unload();
      take = undefined;
    },
  };
}
