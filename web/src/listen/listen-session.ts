/** One recording at a time: sends it, or opens the microphone, and keeps what is heard. Knows nothing of React. */
import { ApiFailure, isAbort } from '../api.ts';
import { idleRun, type ListenRun } from './listen-run.ts';
import { hearLive, type LiveHearing } from './live-hearing.ts';
import { createRecordingPlayer, type RecordingPlayer } from './recording-player.ts';
import { requestTranscript, type ListenOptions } from './transcription-api.ts';
import { withSegments, withUtterance } from './transcript-words.ts';

export type ListenSession = {
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => ListenRun;
  readonly player: RecordingPlayer;
  /** Ends what is in work. */
  readonly transcribe: (file: File, options: ListenOptions) => void;
  /** The same recording anew; nothing where there is none. */
  readonly again: (options: ListenOptions) => void;
  /** From the microphone, while it is spoken. */
  readonly listenLive: (microphone: MediaStream, options: ListenOptions) => void;
  /** Closes the microphone; what was said is heard to its end. */
  readonly finishLive: () => void;
  /** Cancels what is in work; what was heard is kept. */
  readonly stop: () => void;
  readonly clear: () => void;
};

/** Nobody speaks any more. */
const atRest = { pending: undefined, isSpeech: false } as const;

export function createListenSession(): ListenSession {
  const listeners = new Set<() => void>();
  const player = createRecordingPlayer();
  let run = idleRun;
  let recording: File | undefined;
  let current: AbortController | undefined;
  let live: LiveHearing | undefined;

  function change(part: Partial<ListenRun>): void {
    run = { ...run, ...part };
    listeners.forEach((listener) => listener());
  }

  async function hearFile(file: File, options: ListenOptions, signal: AbortSignal): Promise<void> {
    const { model, insteadOf, expectedSeconds, events } = await requestTranscript(file, options, signal);
    const beganMs = performance.now();
    change({ phase: 'hearing', model, insteadOf, expectedSeconds });
    for await (const event of events) {
      signal.throwIfAborted();
      if (event.type === 'part') {
        const speed = event.doneSeconds / ((performance.now() - beganMs) / 1000);
        change({ passages: withSegments(run.passages, event.segments), doneSeconds: event.doneSeconds, speed: Number.isFinite(speed) ? speed : undefined });
      } else {
        const { language, duration_seconds: durationSeconds, speech_seconds: speechSeconds, captions } = event.done;
        change({ phase: 'complete', language: language ?? undefined, durationSeconds, speechSeconds, doneSeconds: durationSeconds, captions });
      }
    }
  }

  async function hearMicrophone(microphone: MediaStream, options: ListenOptions, signal: AbortSignal): Promise<void> {
    live = await hearLive({
      microphone,
      options,
      signal,
      onEvent: (event) => {
        switch (event.type) {
          case 'speech_started': return change({ isSpeech: true });
          case 'speech_ended': return change({ isSpeech: false });
          case 'started': return change({ model: event.model });
          case 'words': return change({ passages: withUtterance(run.passages, event.utterance, event.final), pending: { utterance: event.utterance, text: event.pending.map(({ text }) => text).join('') } });
          case 'utterance': return change({ passages: withUtterance(run.passages, event.utterance, event), pending: undefined, language: event.language ?? run.language });
        }
      },
      onSeconds: (doneSeconds) => change({ doneSeconds }),
    });
    recording = new File([await live.ended], 'live.wav', { type: 'audio/wav' });
    player.load(recording);
    change({ ...atRest, phase: 'complete' });
  }

  function begin(name: string, phase: 'sending' | 'live', work: (signal: AbortSignal) => Promise<void>): void {
    current?.abort();
    const own = new AbortController();
    current = own;
    live = undefined;
    player.pause();
    change({ ...idleRun, phase, name });
    work(own.signal).catch((thrown: unknown) => {
      if (current === own) settle(thrown);
    });
  }

  function settle(thrown: unknown): void {
    if (isAbort(thrown)) return change({ ...atRest, phase: 'stopped' });
    const failure = thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The page failed in a way it did not foresee.');
    change({ ...atRest, phase: run.passages.length > 0 ? 'cut' : 'failed', failure });
  }

  function transcribe(file: File, options: ListenOptions): void {
    if (file !== recording) player.load(file);
    recording = file;
    begin(file.name, 'sending', (signal) => hearFile(file, options, signal));
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => run,
    player,
    transcribe,
    again: (options) => { if (recording !== undefined) transcribe(recording, options); },
    listenLive: (microphone, options) => {
      recording = undefined;
      player.load(undefined);
      begin('', 'live', (signal) => hearMicrophone(microphone, options, signal));
    },
    finishLive: () => {
      if (live === undefined) current?.abort();
      else live.finish();
    },
    stop: () => current?.abort(),
    clear: () => {
      current?.abort();
      current = undefined;
      recording = undefined;
      player.load(undefined);
      change(idleRun);
    },
  };
}
