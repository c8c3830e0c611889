/** One speech at a time: asks, receives, plays, measures. Knows nothing of React; the page subscribes to it. */
import { ApiFailure, isAbort, requestTimedSpeech, type SpeechRequest } from '../api.ts';
import { createElementPlayer } from '../audio/element-player.ts';
import { canStreamAudio, createPcmPlayer } from '../audio/pcm-player.ts';
import { createTake, type Take } from '../audio/take.ts';
import { idleRun, type SpeechRun } from './speech-run.ts';

export type SpeechSession = {
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => SpeechRun;
  /** false on plain http: sound starts only when all of it is here. */
  readonly streams: boolean;
  /** Must be called from a user's gesture. Ends what is in work. */
  readonly speak: (request: Omit<SpeechRequest, 'response_format'> & Partial<Pick<SpeechRequest, 'response_format'>>) => void;
  /** Cancels what is being made and falls silent. */
  readonly stop: () => void;
  readonly togglePlay: () => void;
  readonly pause: () => void;
  readonly seek: (seconds: number) => void;
  /** For drawing, every frame. */
  readonly positionSeconds: () => number;
  readonly take: () => Take | undefined;
  readonly close: () => void;
};

export function createSpeechSession(): SpeechSession {
  const listeners = new Set<() => void>();
  let run: SpeechRun = idleRun;
  let take: Take | undefined;
  let current: AbortController | undefined;
  let clickedAtMs = 0;

  const createPlayer = canStreamAudio() ? createPcmPlayer : createElementPlayer;
  const player = createPlayer({
    // What still comes from a take that was given up is not about this run.
    onState: (playback) => { if (take !== undefined) change({ playback }); },
    onProgress: () => {
      if (take === undefined) return;
      const positionSeconds = Math.floor(player.positionSeconds() * 10) / 10;
      if (positionSeconds !== run.positionSeconds) change({ positionSeconds });
    },
    onFirstSound: (atMs) => change({ firstSoundMs: Math.max(0, atMs - clickedAtMs) }),
  });

  function change(part: Partial<SpeechRun>): void {
    run = { ...run, ...part };
    listeners.forEach((listener) => listener());
  }

  async function receive(request: SpeechRequest, own: AbortController): Promise<void> {
    const { speaker, sampleRateHz, parts } = await requestTimedSpeech(request, own.signal);
    const growing = createTake(sampleRateHz);
    for await (const { bytes, sentences, captions } of parts) {
      own.signal.throwIfAborted();
      growing.append(bytes);
      if (sentences.length > 0 || captions !== undefined) change({ sentences: [...run.sentences, ...sentences], captions });
      if (take !== growing) {
        take = growing;
        change({ phase: 'receiving', speaker, firstByteMs: performance.now() - clickedAtMs });
        await player.start(growing);
      }
      player.takeChanged();
      change({ receivedSeconds: growing.durationSeconds() });
    }
    growing.finish();
    player.takeChanged();
    const realTimeFactor = (performance.now() - clickedAtMs) / 1000 / growing.durationSeconds();
    change({ phase: 'complete', realTimeFactor: Number.isFinite(realTimeFactor) ? realTimeFactor : undefined });
  }

  function settle(thrown: unknown): void {
    take?.finish();
    player.takeChanged();
    if (isAbort(thrown)) return change({ phase: 'stopped' });
    const failure = thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The page failed in a way it did not foresee.');
    change({ phase: run.receivedSeconds > 0 ? 'cut' : 'failed', failure, ...(run.receivedSeconds > 0 ? {} : { playback: 'paused' }) });
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => run,
    streams: player.streams,
    speak: (given) => {
      current?.abort();
      player.pause();
      const own = new AbortController();
      current = own;
      clickedAtMs = performance.now();
      player.unlock();
      take = undefined;
      const request = { response_format: 'mp3' as const, ...given };
      change({ ...idleRun, phase: 'asking', playback: 'buffering', request });
      receive(request, own).catch((thrown: unknown) => {
        if (current === own) settle(thrown);
      });
    },
    stop: () => {
      current?.abort();
      player.pause();
      player.seek(0);
      change({ playback: 'paused', positionSeconds: 0 });
    },
    togglePlay: () => {
      if (run.playback === 'playing' || run.playback === 'buffering') player.pause();
      else player.play();
    },
    pause: player.pause,
    seek: (seconds) => {
      player.seek(seconds);
      change({ positionSeconds: Math.max(0, Math.min(seconds, run.receivedSeconds)) });
    },
    positionSeconds: () => (take === undefined ? 0 : player.positionSeconds()),
    take: () => take,
    close: () => {
      current?.abort();
      player.close();
    },
  };
}
