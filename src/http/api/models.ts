/** What the catalog offers, what of it is here, and how far a fetch has come; plus all voices with what a chooser needs. */
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config/schema.ts';
import type { VoiceCatalog } from '../../speech/voice-catalog.ts';

/** One artefact of the catalog as the page shows it. */
export type ArtefactStatus = {
  readonly id: string;
  readonly description: string;
  readonly licence: string;
  readonly bytes: number;
  readonly state: 'absent' | 'partial' | 'ready' | 'fetching';
  readonly receivedBytes?: number | undefined;
  /** Of models to converse with: what for, how much memory it takes, and whether that is free now. */
  readonly fit?: { readonly for: string; readonly memoryBytes: number; readonly isFree: boolean } | undefined;
};

export type ModelRoutesOptions = {
  readonly catalog: VoiceCatalog;
  readonly speech: Config['speech'];
  readonly artefacts: () => Promise<readonly ArtefactStatus[]>;
};

export function registerModelRoutes(app: FastifyInstance, { catalog, speech, artefacts }: ModelRoutesOptions): void {
  app.get('/api/v1/models', async () => ({
    models: (await artefacts()).map(({ receivedBytes, fit, ...artefact }) => ({
      ...artefact,
      received_bytes: receivedBytes ?? null,
      fit: fit === undefined ? null : { for: fit.for, memory_bytes: fit.memoryBytes, is_free: fit.isFree },
    })),
  }));

  app.get('/api/v1/voices', async () => ({
    default_voices: speech.defaultVoices,
    models: (await catalog.models()).map((model) => ({
      id: model.modelId,
      engine: model.engine,
      sample_rate_hz: model.sampleRateHz,
      execution_provider: model.executionProvider === '' ? null : model.executionProvider,
      voices: model.voices,
    })),
  }));
}
