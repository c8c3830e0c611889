/** Voice previews: one at a time, each asked for once and kept in memory. */
import { ApiFailure, isAbort, requestSpeech } from '../api.ts';
import { createTake } from '../audio/take.ts';
import { toWavFile } from '../audio/wav-file.ts';
import { previewSentence } from './preview-sentences.ts';
import type { VoiceChoice } from './voice-choices.ts';

export type PreviewState = {
  /** The voice that is being fetched or heard. */
  readonly key: string | undefined;
  readonly phase: 'idle' | 'fetching' | 'playing';
  readonly failure: { readonly key: string; readonly message: string } | undefined;
};

export type PreviewSession = {
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => PreviewState;
  /** Starts the voice's preview, or stops it where it is the one that is heard. */
  readonly toggle: (choice: VoiceChoice) => void;
  readonly stop: () => void;
};

export function createPreviewSession({ beforePlay }: { readonly beforePlay: () => void }): PreviewSession {
  const element = new Audio();
  const files = new Map<string, string>();
  const listeners = new Set<() => void>();
  let state: PreviewState = { key: undefined, phase: 'idle', failure: undefined };
  let current: AbortController | undefined;

  function change(next: PreviewState): void {
    state = next;
    listeners.forEach((listener) => listener());
  }

  function stop(): void {
    current?.abort();
    current = undefined;
    element.pause();
    if (state.phase !== 'idle') change({ key: undefined, phase: 'idle', failure: undefined });
  }

  async function play(choice: VoiceChoice, own: AbortController): Promise<void> {
    const url = files.get(choice.key) ?? await fetchPreview(choice, own.signal);
    files.set(choice.key, url);
    if (own.signal.aborted) return;
    beforePlay();
    element.src = url;
    await element.play();
    change({ key: choice.key, phase: 'playing', failure: undefined });
  }

  element.addEventListener('ended', stop);

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => state,
    toggle: (choice) => {
      const same = state.key === choice.key;
      stop();
      if (same) return;
      const own = new AbortController();
      current = own;
      change({ key: choice.key, phase: 'fetching', failure: undefined });
      play(choice, own).catch((thrown: unknown) => {
        if (own.signal.aborted || isAbort(thrown)) return;
        const message = thrown instanceof ApiFailure ? thrown.message : 'The browser could not play the preview.';
        change({ key: undefined, phase: 'idle', failure: { key: choice.key, message } });
      });
    },
    stop,
  };
}

/** A WAV file made here plays in every browser, with or without codecs of its own. */
async function fetchPreview({ model, voice, language }: VoiceChoice, signal: AbortSignal): Promise<string> {
  const request = { model, voice, input: previewSentence(language), response_format: 'pcm', speed: 1 } as const;
  const { sampleRateHz, bytes } = await requestSpeech(request, signal);
  const take = createTake(sampleRateHz);
  for await (const part of bytes) take.append(part);
  return URL.createObjectURL(toWavFile(take.toBytes(), sampleRateHz));
}
