/** The engines that hear, registered by name; a new adapter is added here and nowhere else. */
import { join } from 'node:path';
import type { TranscriptionEngine, VoiceActivityModel } from './kinds.ts';
import type { ProviderFallback } from './onnx-session.ts';
import { createSileroVad } from './silero/silero-vad.ts';
import { createWhisperEngine } from './whisper/whisper-engine.ts';

export type CreateListeningEnginesOptions = {
  readonly modelsDir: string;
  /** Where users drop Whisper models of their own. */
  readonly whisperDir: string;
  readonly executionProviders: readonly string[];
  readonly threads: number;
  readonly onProviderFallback: (fallback: ProviderFallback) => void;
};

export type ListeningEngines = {
  readonly transcriptionEngines: readonly (TranscriptionEngine & { readonly problems: () => Promise<readonly string[]> })[];
  /** Loaded at the first call, for good. Errors: model_not_ready, model_file_invalid; then it is tried anew. */
  readonly voiceActivity: () => Promise<VoiceActivityModel>;
};

/** Where the voice activity model lies; the server's own thread reads it, too. */
export function sileroPath(modelsDir: string): string {
  return join(modelsDir, 'silero-vad', 'silero-vad-16k.onnx');
}

/** Where the graphs of Whisper models are kept. */
export function graphsDir(modelsDir: string): string {
  return join(modelsDir, 'whisper-graphs');
}

/** Loads nothing. */
export function createListeningEngines({ modelsDir, whisperDir, executionProviders, threads, onProviderFallback }: CreateListeningEnginesOptions): ListeningEngines {
  const whisper = createWhisperEngine({ modelDirs: [modelsDir, whisperDir], graphsDir: graphsDir(modelsDir), onnx: { executionProviders, threads, onProviderFallback } });
  let loading: Promise<VoiceActivityModel> | undefined;
  return {
    transcriptionEngines: [{ ...whisper, problems: async () => (await whisper.problems()).map(({ modelId, reason }) => `${modelId}: ${reason}`) }],
    voiceActivity: () => {
      loading ??= createSileroVad({ modelPath: sileroPath(modelsDir) }).catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
  };
}
