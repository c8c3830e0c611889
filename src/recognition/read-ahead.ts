/** Reads sound before it is asked for: whoever makes it works on while what it made before is looked at. */
import { joinSamples } from '../audio/silence.ts';

export type ReadAheadOptions = {
  /** It reads no further while it holds so many: what is held then is at most one chunk more. */
  readonly maxSamples: number;
};

/**
 * What has come since the last time, in one chunk. An error of `audio` comes behind what was read before it. A reader
 * that leaves lets `audio` go without waiting for sound that is still to come; whoever owns it ends that.
 */
export async function* readAhead(audio: AsyncIterable<Float32Array>, { maxSamples }: ReadAheadOptions): AsyncGenerator<Float32Array, void, undefined> {
  const source = audio[Symbol.asyncIterator]();
  let held: Float32Array[] = [];
  let heldSamples = 0;
  let reading: Promise<void> | undefined;
  let end: { readonly error?: unknown } | undefined;

  function readOn(): void {
    if (reading !== undefined || end !== undefined || heldSamples >= maxSamples) return;
    reading = source.next().then(({ done, value }) => {
      if (done === true) return void (end ??= {});
      held.push(value);
      heldSamples += value.length;
    }, (error: unknown) => { end ??= { error }; }).then(() => {
      reading = undefined;
      readOn();
    });
  }

  try {
    for (;;) {
      readOn();
      if (held.length > 0) {
        const chunk = joinSamples(held);
        held = [];
        heldSamples = 0;
        yield chunk;
      } else if (reading !== undefined) await reading;
      else if (end !== undefined && 'error' in end) throw end.error;
      else return;
    }
  } finally {
    end ??= {};
    source.return?.().catch(() => undefined);
  }
}
