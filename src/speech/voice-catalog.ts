/** What can speak right now: the models and voices that the workers see, remembered so that asking costs nothing. */
import type { Clock } from '../clock.ts';
import { createWorkerCatalog, type WorkerCatalog } from '../dispatch/worker-catalog.ts';
import type { ModelInfo } from '../worker/protocol.ts';

export type CatalogVoice = { readonly id: string; readonly name: string; readonly language: string; readonly gender: string };

export type CatalogModel = {
  /** As the workers name it: `kokoro`, `piper/en_US-joe-medium`. */
  readonly modelId: string;
  readonly engine: string;
  readonly sampleRateHz: number;
  readonly voices: readonly CatalogVoice[];
  /** cpu, cuda, wasm; empty while not loaded. */
  readonly executionProvider: string;
  /** Can speak higher or lower without speaking faster. */
  readonly changesPitch: boolean;
  /** Says when each sound is heard. */
  readonly tellsTimings: boolean;
  /** Sounds can be given to it in IPA. */
  readonly takesPronunciations: boolean;
  /** Another one wherever the model's files are. */
  readonly revision: string;
};

export type VoiceCatalog = WorkerCatalog<CatalogModel>;

export type VoiceCatalogOptions = {
  /** Asks any worker that serves; rejects when none does. */
  readonly listModels: () => Promise<readonly ModelInfo[]>;
  readonly clock: Clock;
};

export function createVoiceCatalog({ listModels, clock }: VoiceCatalogOptions): VoiceCatalog {
  return createWorkerCatalog({ list: async () => (await listModels()).map(toCatalogModel), clock });
}

function toCatalogModel(info: ModelInfo): CatalogModel {
  return {
    modelId: info.model_id,
    engine: info.engine,
    sampleRateHz: info.sample_rate,
    voices: info.voice_details,
    executionProvider: info.execution_provider,
    changesPitch: info.changes_pitch,
    tellsTimings: info.tells_timings,
    takesPronunciations: info.takes_pronunciations,
    revision: info.revision,
  };
}
