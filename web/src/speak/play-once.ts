/** Speaks a few words aside, without the player: how a word sounds as it is, or would with another pronunciation. */
import { ApiFailure, isAbort, requestSpeech, type SpeechRequest } from '../api.ts';
import { createTake } from '../audio/take.ts';
import { toWavFile } from '../audio/wav-file.ts';

export type OncePlayer = {
  /** Ends what it spoke before. Resolves when it begins to be heard, with what went wrong where it does not. */
  readonly play: (request: SpeechRequest) => Promise<string | undefined>;
  readonly stop: () => void;
};

export function createOncePlayer({ beforePlay }: { readonly beforePlay: () => void }): OncePlayer {
  const element = new Audio();
  let current: AbortController | undefined;
  let url: string | undefined;

  function stop(): void {
    current?.abort();
    element.pause();
    if (url !== undefined) URL.revokeObjectURL(url);
    url = undefined;
  }

  return {
    stop,
    play: async (request) => {
      stop();
      const own = new AbortController();
      current = own;
      try {
        const { sampleRateHz, bytes } = await requestSpeech({ ...request, response_format: 'pcm' }, own.signal);
        const take = createTake(sampleRateHz);
        for await (const part of bytes) take.append(part);
        own.signal.throwIfAborted();
        beforePlay();
        url = URL.createObjectURL(toWavFile(take.toBytes(), sampleRateHz));
        element.src = url;
        await element.play();
        return undefined;
      } catch (thrown) {
        if (own.signal.aborted || isAbort(thrown)) return undefined;
        return thrown instanceof ApiFailure ? thrown.message : 'The browser could not play it.';
      }
    },
  };
}
