/** Opens files of strangers, audio or video: each is decoded in a process of its own, and one stands ready for the next. */
import type { Clock } from '../../clock.ts';
import { AntiphonError } from '../../errors.ts';
import { spawnDecodeChild, type DecodeChild } from './decode-child.ts';
import { chooseDemuxer, decodeIn, type MediaLimits, type OpenMedia, type OpenMediaOptions } from './media-stream.ts';
import { createSlots } from './slots.ts';
import { createSpareChildren } from './spare-children.ts';

export type { OpenMedia } from './media-stream.ts';

export type MediaDecoder = {
  /**
   * Waits for its turn and resolves with the first samples at hand. Errors, all naming `file`: audio_unreadable (not
   * audio or video that is read here, damaged from the start, beyond the limits of memory or time), audio_missing,
   * audio_too_long (the file says so itself), and engine_failed where it is our fault. `samples` rejects with the same.
   */
  readonly open: (options: OpenMediaOptions) => Promise<OpenMedia>;
  /** Ends every process, those at work too, and resolves once they are gone. Idempotent. */
  readonly close: () => Promise<void>;
};

export type MediaDecoderOptions = {
  /**
   * Files open at once; more wait. Their processes sleep while nobody reads, so this bounds memory, not work: keep it
   * well above the number of cores, or a short clip waits for the end of somebody's long film.
   */
  readonly maxOpen?: number;
  /** Processes that stand ready behind a file, so that later callers do not wait for one to start; for a minute. */
  readonly spare?: number;
  readonly limits: MediaLimits;
  readonly clock: Clock;
};

/**
 * Each process decodes one file and is followed by a new one. Measured on two shared cores: first samples of a clip
 * after 170–260 ms where its process had to be started, after 10–17 ms where one was ready.
 */
export function createMediaDecoder({ maxOpen = 32, spare = 1, limits, clock }: MediaDecoderOptions): MediaDecoder {
  const slots = createSlots(maxOpen);
  const living = new Set<DecodeChild>();
  const closing = new AbortController();
  const spares = createSpareChildren({ count: spare, start: () => start({ rehearse: true }), signal: closing.signal, clock });

  function start(options: { readonly rehearse: boolean }): DecodeChild {
    const child = spawnDecodeChild(options);
    living.add(child);
    void child.exited.then(() => living.delete(child));
    return child;
  }

  function take(): DecodeChild {
    if (closing.signal.aborted) throw new AntiphonError('draining', 'The server is shutting down.');
    return spares.take() ?? start({ rehearse: false });
  }

  return {
    async open(options) {
      options.signal.throwIfAborted();
      const demuxer = await chooseDemuxer(options);
      await slots.take(options.signal);
      let child: DecodeChild;
      try {
        child = take();
      } catch (error) {
        slots.giveBack();
        throw error;
      }
      void child.exited.then(slots.giveBack);
      void spares.startBehind(child);
      return decodeIn({ ...options, ...demuxer, child, limits, clock });
    },
    async close() {
      closing.abort();
      await Promise.all([...living].map((child) => child.kill()));
    },
  };
}
