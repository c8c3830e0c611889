/** The engines that think, registered by name; a new adapter is added here and nowhere else. */
import type { EmbeddingEngine } from './kinds.ts';
import { createLlamaEngine, type LlamaEngine } from './llama/llama-engine.ts';
import { createMiniLmEngine } from './minilm/minilm-engine.ts';
import type { ProviderFallback } from './onnx-session.ts';

export type CreateLanguageEnginesOptions = {
  readonly modelsDir: string;
  /** Where users drop GGUF models of their own. */
  readonly ggufDir: string;
  readonly threads: number;
  readonly contextTokens: number;
  readonly conversations: number;
  readonly executionProviders: readonly string[];
  readonly onProviderFallback: (fallback: ProviderFallback) => void;
};

export type LanguageEngines = { readonly chatEngines: readonly LlamaEngine[]; readonly embeddingEngines: readonly EmbeddingEngine[] };

/** Loads nothing. */
export function createLanguageEngines({ modelsDir, ggufDir, threads, contextTokens, conversations, executionProviders, onProviderFallback }: CreateLanguageEnginesOptions): LanguageEngines {
  return {
    chatEngines: [createLlamaEngine({ modelsDir, ggufDir, threads, contextTokens, conversations })],
    embeddingEngines: [createMiniLmEngine({ modelsDir, onnx: { executionProviders, threads, onProviderFallback } })],
  };
}
