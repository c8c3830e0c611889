/** The engines of this build, registered by name; a new adapter is added here and nowhere else. */
import { join } from 'node:path';
import { createFliteEngine } from './flite/flite-engine.ts';
import type { SpeechEngine } from './kinds.ts';
import { createKokoroEngine } from './kokoro/kokoro-engine.ts';
import type { ProviderFallback } from './onnx-session.ts';
import { createEspeakPhonemizer } from './phonemes/espeak.ts';
import { createPiperEngine } from './piper/piper-engine.ts';

export type CreateEnginesOptions = {
  readonly modelsDir: string;
  /** Where users drop Piper voices of their own. */
  readonly voicesDir: string;
  readonly executionProviders: readonly string[];
  readonly threads: number;
  readonly onProviderFallback: (fallback: ProviderFallback) => void;
};

/** An engine that also tells which files it cannot use and why. */
export type HostedEngine = SpeechEngine & { readonly problems?: () => Promise<readonly string[]> };

/** Loads the phonemiser (~0.2 s), no model. */
export async function createEngines({ modelsDir, voicesDir, executionProviders, threads, onProviderFallback }: CreateEnginesOptions): Promise<readonly HostedEngine[]> {
  const phonemizer = await createEspeakPhonemizer();
  const onnx = { executionProviders, threads, onProviderFallback };
  const kokoroFile = (name: string) => join(modelsDir, 'kokoro-82m-int8', name);
  const piper = createPiperEngine({ voiceDirs: [modelsDir, voicesDir], phonemizer, onnx });
  return [
    { ...piper, problems: async () => (await piper.problems()).map(({ modelId, reason }) => `${modelId}: ${reason}`) } satisfies HostedEngine,
    createKokoroEngine({ modelPath: () => kokoroFile('kokoro-v1.0.int8.onnx'), vocabPath: kokoroFile('vocab.json'), voicesDir: join(modelsDir, 'kokoro-voices'), lexiconDir: join(modelsDir, 'kokoro-lexicon'), phonemizer, onnx }),
    createFliteEngine(),
  ];
}
