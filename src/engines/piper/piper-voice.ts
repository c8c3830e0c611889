/** A loaded Piper voice as the house's speech contract sees it: sentences in, levelled PCM out, step by step. */
import { amplify } from '../../audio/gain.ts';
import { AntiphonError } from '../../errors.ts';
import type { LoadedSpeechModel, SpeechChunk, SpeechRequest } from '../kinds.ts';
import type { PiperVoiceFile } from './piper-catalog.ts';
import type { PiperModel, PiperUtterance } from './piper-model.ts';
import { idsOf, isPronounceable, splitSymbols, symbolsOf } from './piper-phonemes.ts';
import type { PiperPhonemizer, PiperSymbol } from './piper-phonemes.ts';
import { symbolTimings } from './symbol-timings.ts';
import { gainFor, speechRms } from './voice-gain.ts';

export type PiperVoiceParts = {
  readonly file: PiperVoiceFile;
  readonly model: PiperModel;
  readonly phonemizer: PiperPhonemizer;
};

/** About 35 s of speech: beyond it the encoder's attention takes more memory than a sentence deserves. */
const mostSymbols = 500;
/** Figures are read aloud in every language, so one text measures the level of every voice. */
const calibrationText = '1987, 345.';
/** The runtime's share beside the weights: session structures and buffers of the longest utterances, measured. */
const workingBytes = 75_000_000;
/** The runtime keeps weights as read and once more, packed for its kernels. */
const copiesOfWeights = 2;

/** Takes the model over: closing the voice closes it. */
export function createPiperVoice(parts: PiperVoiceParts): LoadedSpeechModel {
  const { file, model, phonemizer } = parts;
  const { config, info } = file;
  const speakerIds = new Map(config.speakers.map((speaker) => [`${info.id}:${speaker.name}`, speaker.id]));
  speakerIds.set(info.id, config.speakers[0]?.id ?? 0);
  const gains = new Map<number, Promise<number>>();
  let closing: Promise<void> | undefined;

  const idCount = (symbol: string): number => config.phonemeIds.get(symbol)?.length ?? 0;
  const leadingIds = idCount('^') + idCount('_');

  const encode = (symbols: readonly PiperSymbol[], { speakerId, speed, noise, isFirst }: Manner): Promise<PiperUtterance> =>
    model.encode({
      leadingIds: isFirst ? leadingIds : 0,
      ids: idsOf(symbols, config),
      speakerId,
      noiseScale: config.noiseScale * noise,
      lengthScale: config.lengthScale,
      speed,
      noiseW: config.noiseW * noise,
    });

  async function measureGain(speakerId: number): Promise<number> {
    // Without noise the level comes out the same in every process, so that workers agree.
    const utterance = await encode(calibrationSymbols(parts), { speakerId, speed: 1, noise: 0, isFirst: true });
    const pieces: number[] = [];
    for (const window of utterance.windows) for (const sample of await utterance.decode(window)) pieces.push(sample);
    return gainFor(speechRms(Float32Array.from(pieces), info.sampleRateHz));
  }

  /** Measured once a speaker: by warmUp for the first one, for others as part of the first step they ever speak. */
  function gainOf(speakerId: number): Promise<number> {
    const known = gains.get(speakerId);
    if (known !== undefined) return known;
    const measured = measureGain(speakerId);
    gains.set(speakerId, measured);
    measured.catch(() => gains.delete(speakerId));
    return measured;
  }

  async function* synthesise(request: SpeechRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    const mayStart = (): void => {
      signal.throwIfAborted();
      if (closing !== undefined) throw new AntiphonError('engine_failed', 'The voice was unloaded.');
    };
    mayStart();
    const speakerId = speakerIds.get(request.voice);
    if (speakerId === undefined) throw new AntiphonError('voice_unknown', 'The model has no voice of that name.', { param: 'voice' });
    if ((request.pitchSemitones ?? 0) !== 0) throw new AntiphonError('input_unsupported', 'Piper voices keep their own pitch; leave it at 0.', { param: 'pitch' });
    const symbols = symbolsOf(request.text, { config, phonemizer }, request.pronunciations);
    if (!isPronounceable(symbols)) throw new AntiphonError('input_empty', 'Nothing in the text can be spoken.', { param: 'input' });
    const gain = await gainOf(speakerId);
    let originSample = 0;
    for (const part of splitSymbols(symbols, mostSymbols)) {
      mayStart();
      const utterance = await encode(part, { speakerId, speed: request.speed, noise: 1, isFirst: originSample === 0 });
      let timings = timingsOf(part, { utterance, originSample });
      for (const window of utterance.windows) {
        mayStart();
        const samples = amplify(await utterance.decode(window), gain);
        originSample += samples.length;
        yield timings === undefined ? { samples, sampleRateHz: info.sampleRateHz } : { samples, sampleRateHz: info.sampleRateHz, timings };
        timings = undefined;
      }
    }
  }

  function timingsOf(symbols: readonly PiperSymbol[], { utterance, originSample }: { utterance: PiperUtterance; originSample: number }): SpeechChunk['timings'] {
    const { samplesPerId, skippedSamples } = utterance;
    if (samplesPerId === undefined) return undefined;
    const begin = originSample - skippedSamples;
    const endSample = Math.round(begin + samplesPerId.reduce((sum, samples) => sum + samples, 0));
    return symbolTimings({ symbols, samplesPerId, originSample: begin, endSample }, config);
  }

  return {
    info,
    residentBytes: model.weightBytes * copiesOfWeights + workingBytes,
    executionProvider: model.executionProvider,
    synthesise,
    async warmUp() {
      if (closing !== undefined) throw new AntiphonError('engine_failed', 'The voice was unloaded.');
      await gainOf(config.speakers[0]?.id ?? 0);
    },
    close() {
      closing ??= model.close();
      return closing;
    },
  };
}

type Manner = {
  readonly speakerId: number;
  readonly speed: number;
  /** 0 repeatable, 1 as the voice is configured. */
  readonly noise: 0 | 1;
  /** Nothing was said before: the silence at the beginning need not be made. */
  readonly isFirst: boolean;
};

/** Voices of letters may have no figures among them; then some of their own symbols have to do. */
function calibrationSymbols({ file: { config }, phonemizer }: PiperVoiceParts): PiperSymbol[] {
  const symbols = symbolsOf(calibrationText, { config, phonemizer });
  if (isPronounceable(symbols)) return symbols;
  const letters = [...config.phonemeIds].filter(([symbol]) => /\p{L}/u.test(symbol)).slice(0, 24);
  return letters.map(([symbol, ids]) => ({ symbol, ids, textStart: 0, textEnd: 0 }));
}
