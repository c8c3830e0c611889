/** When each symbol of an utterance is heard, from the durations that the voice itself predicted. */
import type { PiperConfig } from './piper-config.ts';
import type { PiperSymbol } from './piper-phonemes.ts';

export type SymbolTiming = {
  readonly symbol: string;
  /** UTF-16 offsets into the request's text of the stretch that the symbol came from. */
  readonly textStart: number;
  readonly textEnd: number;
  /** Samples since the beginning of the stream; the end is not included. */
  readonly startSample: number;
  readonly endSample: number;
};

export type TimedIds = {
  readonly symbols: readonly PiperSymbol[];
  /** Durations of all ids of the utterance in samples, ends and pads included, in the order of idsOf. */
  readonly samplesPerId: readonly number[];
  /** Where in the stream the utterance begins. */
  readonly originSample: number;
};

/** A symbol lasts as long as its ids and the pad behind them. */
export function symbolTimings({ symbols, samplesPerId, originSample }: TimedIds, config: Pick<PiperConfig, 'phonemeIds'>): SymbolTiming[] {
  const countOf = (symbol: string): number => config.phonemeIds.get(symbol)?.length ?? 0;
  let next = 0;
  let at = originSample;
  const advance = (idCount: number): number => {
    for (const end = next + idCount; next < end; next++) at += samplesPerId[next] ?? 0;
    return Math.round(at);
  };
  advance(countOf('^') + countOf('_'));
  return symbols.map(({ symbol, ids, textStart, textEnd }) => {
    const startSample = Math.round(at);
    return { symbol, textStart, textEnd, startSample, endSample: advance(ids.length + countOf('_')) };
  });
}
