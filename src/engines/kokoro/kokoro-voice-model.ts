/** A loaded Kokoro: from a sentence to sound, window by window. */
import { amplify } from '../../audio/gain.ts';
import { AntiphonError } from '../../errors.ts';
import type { LoadedSpeechModel, SpeechChunk, SpeechModelInfo, SpeechRequest } from '../kinds.ts';
import { parseBlend } from './kokoro-blend.ts';
import type { EnglishReader } from './kokoro-english.ts';
import { voiceGain } from './kokoro-levels.ts';
import { kokoroSampleRateHz } from './kokoro-model.ts';
import type { KokoroModel, Prosody } from './kokoro-model.ts';
import { join, joinSamples } from './kokoro-sound.ts';
import type { KokoroStyles } from './kokoro-styles.ts';
import { kokoroTimings } from './kokoro-timings.ts';
import { kokoroTokens } from './kokoro-tokens.ts';
import type { TokenSource } from './kokoro-tokens.ts';
import type { DecoderPace } from './decoder-pace.ts';
import type { KokoroLanguage } from './kokoro-voices.ts';
import { contextFrames, createWindowPlan } from './window-plan.ts';
import type { WindowPlan } from './window-plan.ts';

export type LoadedKokoroOptions = {
  readonly info: SpeechModelInfo;
  readonly residentBytes: number;
  readonly model: KokoroModel;
  readonly styles: KokoroStyles;
  readonly text: Pick<TokenSource, 'phonemizer' | 'vocabulary'>;
  /** The dictionary of a dialect, where it is here. */
  readonly english: (dialect: KokoroLanguage['dialect']) => Promise<EnglishReader | undefined>;
  /** Called as each inference step begins. */
  readonly onStep: () => void;
  /** How long steps take decides how long they may be. */
  readonly pace: DecoderPace;
};

const warmUpText = 'Hello.';

export function createLoadedKokoro({ info, residentBytes, model, styles, text, english, onStep, pace }: LoadedKokoroOptions): LoadedSpeechModel {
  const voiceIds = new Set(info.voices.map((voice) => voice.id));

  async function* synthesise(request: SpeechRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    signal.throwIfAborted();
    const blend = parseBlend(request.voice, voiceIds);
    checkSpeed(request.speed);
    const pitchFactor = pitchFactorOf(request.pitchSemitones ?? 0);
    const { language } = blend;
    const utterances = kokoroTokens(request.text, { ...text, language, english: await english(language.dialect), pronunciations: request.pronunciations });
    let samplesBefore = 0;
    for (const tokens of utterances) {
      const style = await styles.row(blend, tokens.length);
      signal.throwIfAborted();
      onStep();
      const prosody = await model.prosody({ tokenIds: tokens.map((token) => token.id), style, speed: request.speed, pitchFactor });
      const plan = createWindowPlan({ energy: prosody.energy, pace: pace.now, listener: request.listener });
      let timings: SpeechChunk['timings'] = kokoroTimings(tokens, { prosody, range: plan.range, samplesBefore });
      for await (const chunk of speakWindows({ prosody, plan, gain: voiceGain(blend) }, signal)) {
        samplesBefore += chunk.samples.length;
        yield timings === undefined ? chunk : { ...chunk, timings };
        timings = undefined;
      }
    }
  }

  async function* speakWindows({ prosody, plan, gain }: { prosody: Prosody; plan: WindowPlan; gain: number }, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    let before: Float32Array = new Float32Array(0);
    for (let window = plan.next(); window !== undefined; window = plan.next()) {
      signal.throwIfAborted();
      // The first window belongs to the step that the prosody began.
      if (window.from > plan.range.from) onStep();
      const isLast = window.to === plan.range.to;
      const startedMs = performance.now();
      const { samples, following } = await model.sound(prosody, window, isLast ? 0 : joinSamples);
      pace.observe(window.to - window.from + 2 * contextFrames, performance.now() - startedMs);
      join(before, samples);
      before = following;
      const isHeld = !plan.mayBeHeard();
      yield { samples: amplify(samples, gain), sampleRateHz: kokoroSampleRateHz, ...(isHeld ? { isHeld } : {}) };
    }
  }

  return {
    info,
    residentBytes,
    executionProvider: model.executionProvider,
    synthesise,
    async warmUp() {
      const voice = info.voices[0]?.id ?? '';
      for await (const _ of synthesise({ text: warmUpText, voice, speed: 1 }, new AbortController().signal)) void _;
    },
    close: () => model.close(),
  };
}

function checkSpeed(speed: number): void {
  if (!(speed >= 0.25 && speed <= 4)) throw new AntiphonError('input_invalid', `The speed must be 0.25 to 4, not ${speed}.`, { param: 'speed' });
}

function pitchFactorOf(semitones: number): number {
  if (!(Math.abs(semitones) <= 12)) throw new AntiphonError('input_invalid', `The pitch must be -12 to 12 semitones, not ${semitones}.`, { param: 'pitch' });
  return 2 ** (semitones / 12);
}
