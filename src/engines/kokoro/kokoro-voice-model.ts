/** A loaded Kokoro: from a sentence to sound, window by window. */
import type { PcmChunk } from '../../audio/pcm.ts';
import { AntiphonError } from '../../errors.ts';
import type { LoadedSpeechModel, SpeechModelInfo, SpeechRequest } from '../kinds.ts';
import { parseBlend } from './kokoro-blend.ts';
import { voiceGain } from './kokoro-levels.ts';
import { kokoroSampleRateHz } from './kokoro-model.ts';
import type { KokoroModel, Prosody } from './kokoro-model.ts';
import { join, joinSamples, level } from './kokoro-sound.ts';
import type { KokoroStyles } from './kokoro-styles.ts';
import { kokoroTokens } from './kokoro-tokens.ts';
import type { TokenSource } from './kokoro-tokens.ts';
import { planWindows } from './window-plan.ts';

export type LoadedKokoroOptions = {
  readonly info: SpeechModelInfo;
  readonly residentBytes: number;
  readonly model: KokoroModel;
  readonly styles: KokoroStyles;
  readonly text: Omit<TokenSource, 'language'>;
  /** Called as each inference step begins. */
  readonly onStep: () => void;
};

const warmUpText = 'Hello.';

export function createLoadedKokoro({ info, residentBytes, model, styles, text, onStep }: LoadedKokoroOptions): LoadedSpeechModel {
  const voiceIds = new Set(info.voices.map((voice) => voice.id));

  async function* synthesise(request: SpeechRequest, signal: AbortSignal): AsyncGenerator<PcmChunk, void, undefined> {
    signal.throwIfAborted();
    const blend = parseBlend(request.voice, voiceIds);
    checkSpeed(request.speed);
    const utterances = kokoroTokens(request.text, { ...text, language: blend.language });
    for (const tokens of utterances) {
      const style = await styles.row(blend, tokens.length);
      signal.throwIfAborted();
      onStep();
      const prosody = await model.prosody({ tokenIds: tokens.map((token) => token.id), style, speed: request.speed });
      yield* speakWindows({ prosody, gain: voiceGain(blend) }, signal);
    }
  }

  async function* speakWindows({ prosody, gain }: { prosody: Prosody; gain: number }, signal: AbortSignal): AsyncGenerator<PcmChunk, void, undefined> {
    const windows = planWindows(prosody.energy);
    let before: Float32Array = new Float32Array(0);
    for (const [index, window] of windows.entries()) {
      signal.throwIfAborted();
      // The first window belongs to the step that the prosody began.
      if (index > 0) onStep();
      const isLast = index === windows.length - 1;
      const { samples, following } = await model.sound(prosody, window, isLast ? 0 : joinSamples);
      join(before, samples);
      before = following;
      yield { samples: level(samples, gain), sampleRateHz: kokoroSampleRateHz };
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
