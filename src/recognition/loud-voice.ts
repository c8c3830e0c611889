/** Voice activity without a model, for tests: what is loud is speech. */
import { vadFrameSamples } from '../engines/kinds.ts';
import type { VoiceActivityStream } from '../engines/kinds.ts';

export type LoudVoice = VoiceActivityStream & { readonly framesHeard: () => number };

export function createLoudVoice(): LoudVoice {
  let heard = 0;
  return {
    framesHeard: () => heard,
    async push(samples) {
      const frames = samples.length / vadFrameSamples;
      if (!Number.isInteger(frames)) throw new Error('Not whole frames.');
      heard += frames;
      return Float32Array.from({ length: frames }, (_, i) => (Math.abs(samples[i * vadFrameSamples + vadFrameSamples / 2]!) > 0.05 ? 0.95 : 0.02));
    },
    close() {},
  };
}
