/** Plays a reply while it is still being made: the browser reads its address as it grows. */
import { openAddress } from '../access/access-api.ts';
import { toWavFile } from '../audio/wav-file.ts';

export type ReplyPlayer = {
  /** Must be called inside a user's gesture, before anything is awaited: browsers let sound start only there. */
  readonly unlock: () => void;
  readonly play: (url: string) => void;
  readonly stop: () => void;
};

export type ReplyPlayerEvents = {
  readonly onPlaying: (isPlaying: boolean) => void;
  /** Once a reply, by `performance.now()`. */
  readonly onFirstSound: (atMs: number) => void;
};

/** A tenth of a second: enough for a browser to take a later sound of the same element as wanted. */
const silenceRateHz = 8_000;
const silenceBytes = 1_600;

export function createReplyPlayer({ onPlaying, onFirstSound }: ReplyPlayerEvents): ReplyPlayer {
  const element = new Audio();
  let told = true;
  let silence: string | undefined;
  let wanted = new AbortController();

  const rest = () => onPlaying(false);
  for (const name of ['pause', 'ended', 'error', 'emptied'] as const) element.addEventListener(name, rest);
  element.addEventListener('playing', () => {
    if (element.src === silence) return;
    onPlaying(true);
    if (told) return;
    told = true;
    onFirstSound(performance.now());
  });

  const start = () => {
    // Refused where the gesture is too long ago: the button beside the reply is then the next one.
    element.play().catch(rest);
  };

  return {
    unlock: () => {
      if (silence !== undefined) return;
      silence = URL.createObjectURL(toWavFile(new Uint8Array(silenceBytes), silenceRateHz));
      element.src = silence;
      start();
    },
    play: (url) => {
      told = false;
      wanted.abort();
      wanted = new AbortController();
      const { signal } = wanted;
      openAddress(url, signal).then((address) => {
        if (signal.aborted) return;
        element.src = address;
        start();
      }).catch(() => { if (!signal.aborted) rest(); });
    },
    stop: () => {
      wanted.abort();
      element.pause();
      // Closes the connection of a reply that is still coming.
      element.removeAttribute('src');
      element.load();
    },
  };
}
