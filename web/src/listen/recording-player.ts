/** Plays the recording from the page's own copy of it, and says where it is. The page subscribes to it. */

export type PlayerView = {
  /** none: no recording · unplayable: the browser does not know this kind of file. */
  readonly state: 'none' | 'paused' | 'playing' | 'unplayable';
  /** Tenths of a second; the exact position is read while drawing. */
  readonly positionSeconds: number;
  readonly durationSeconds: number;
};

export type RecordingPlayer = {
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => PlayerView;
  /** Takes the place of what was there; undefined: of nothing. */
  readonly load: (recording: Blob | undefined) => void;
  readonly togglePlay: () => void;
  readonly pause: () => void;
  readonly seek: (seconds: number) => void;
  /** Plays from there. Must be called from a user's gesture. */
  readonly playFrom: (seconds: number) => void;
  readonly positionSeconds: () => number;
};

const nothing: PlayerView = { state: 'none', positionSeconds: 0, durationSeconds: 0 };
/** Later than any recording ends: to look for this place makes the browser find out where the end is. */
const beyondEverySecond = 1e101;

export function createRecordingPlayer(): RecordingPlayer {
  const listeners = new Set<() => void>();
  const element = new Audio();
  element.preload = 'auto';
  let view = nothing;
  let url: string | undefined;
  let isMeasuring = false;

  function change(part: Partial<PlayerView>): void {
    view = { ...view, ...part };
    listeners.forEach((listener) => listener());
  }
  function tellPosition(): void {
    if (url === undefined || isMeasuring) return;
    const positionSeconds = Math.floor(element.currentTime * 10) / 10;
    if (positionSeconds !== view.positionSeconds) change({ positionSeconds });
  }
  function measure(): void {
    if (url === undefined || Number.isNaN(element.duration)) return;
    if (Number.isFinite(element.duration)) {
      if (isMeasuring) element.currentTime = 0;
      isMeasuring = false;
      return change({ durationSeconds: element.duration });
    }
    // What a browser has recorded does not tell its own length.
    isMeasuring = true;
    element.currentTime = beyondEverySecond;
  }

  element.addEventListener('durationchange', measure);
  element.addEventListener('timeupdate', tellPosition);
  element.addEventListener('seeked', tellPosition);
  element.addEventListener('playing', () => change({ state: 'playing' }));
  element.addEventListener('pause', () => { if (url !== undefined) change({ state: 'paused' }); });
  element.addEventListener('error', () => { if (url !== undefined) change({ state: 'unplayable' }); });

  function play(): void {
    element.play().catch(() => { if (url !== undefined && view.state === 'playing') change({ state: 'paused' }); });
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => view,
    load: (recording) => {
      element.pause();
      if (url !== undefined) URL.revokeObjectURL(url);
      url = recording === undefined ? undefined : URL.createObjectURL(recording);
      isMeasuring = false;
      if (url === undefined) element.removeAttribute('src');
      else element.src = url;
      element.load();
      change(url === undefined ? nothing : { ...nothing, state: 'paused' });
    },
    togglePlay: () => {
      if (view.state === 'playing') element.pause();
      else play();
    },
    pause: () => element.pause(),
    seek: (seconds) => {
      element.currentTime = Math.max(0, seconds);
      change({ positionSeconds: Math.floor(seconds * 10) / 10 });
    },
    playFrom: (seconds) => {
      element.currentTime = Math.max(0, seconds);
      play();
    },
    positionSeconds: () => (url === undefined || isMeasuring ? 0 : element.currentTime),
  };
}
