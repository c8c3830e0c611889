/** When each symbol of an utterance is heard, from the durations that the voice itself predicted. */
import type { SoundTiming } from '../kinds.ts';
import type { PiperConfig } from './piper-config.ts';
import type { PiperSymbol } from './piper-phonemes.ts';

export type TimedIds = {
  readonly symbols: readonly PiperSymbol[];
  /** Durations of all ids of the utterance in samples, ends and pads included, in the order of idsOf. */
  readonly samplesPerId: readonly number[];
  /** Where in the stream the utterance begins; negative where its beginning is not made. */
  readonly originSample: number;
  /** Samples of the stream up to its end. */
  readonly endSample: number;
};

/** A symbol lasts as long as its ids and the pad behind them. */
export function symbolTimings({ symbols, samplesPerId, originSample, endSample: end }: TimedIds, config: Pick<PiperConfig, 'phonemeIds'>): SoundTiming[] {
  const countOf = (symbol: string): number => config.phonemeIds.get(symbol)?.length ?? 0;
  const inStream = (sample: number): number => Math.max(0, Math.min(end, Math.round(sample)));
  let next = 0;
  let at = originSample;
  const advance = (idCount: number): number => {
    for (const last = next + idCount; next < last; next++) at += samplesPerId[next] ?? 0;
    return inStream(at);
  };
  advance(countOf('^') + countOf('_'));
  return symbols.map(({ symbol, ids, textStart, textEnd }) => {
    const startSample = inStream(at);
    return { symbol, textStart, textEnd, startSample, endSample: advance(ids.length + countOf('_')) };
  });
}
