/** GET /v1/models and GET /v1/audio/voices: what a client of OpenAI's API, or of one that has its bodies, may ask for here. */
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config/schema.ts';
import { AntiphonError } from '../../errors.ts';
import type { CatalogModel, VoiceCatalog } from '../../speech/voice-catalog.ts';
import type { HearingModel } from '../../transcription/choose-model.ts';

export type OpenAiCatalogOptions = {
  readonly catalog: VoiceCatalog;
  readonly speech: Config['speech'];
  readonly transcription: Config['transcription'];
  /** Those that could hear now. */
  readonly hearing: () => Promise<readonly HearingModel[]>;
  /** Names under which somebody answers or turns texts into vectors now, aliases included. */
  readonly language: () => Promise<readonly string[]>;
  readonly startedAt: Date;
  /** `/openai/v1` for Groq's clients. */
  readonly prefix?: string;
};

export function registerOpenAiCatalog(app: FastifyInstance, { catalog, speech, transcription, hearing, language, startedAt, prefix = '/v1' }: OpenAiCatalogOptions): void {
  const created = Math.floor(startedAt.getTime() / 1000);
  const toModel = (id: string) => ({ id, object: 'model', created, owned_by: 'antiphon' });

  async function modelNames(): Promise<string[]> {
    const models = [...(await catalog.models()), ...(await hearing())];
    const aliases = [...Object.keys(speech.models), ...Object.keys(transcription.models)].filter(isForOpenAi);
    return [...new Set([...aliases, ...models.map(({ engine }) => engine), ...models.map(({ modelId }) => modelId), ...(await language())])];
  }

  app.get(`${prefix}/models`, async () => ({ object: 'list', data: (await modelNames()).map(toModel) }));

  app.get<{ Params: { '*': string } }>(`${prefix}/models/*`, async (request) => {
    const id = request.params['*'];
    if (!(await modelNames()).includes(id)) throw new AntiphonError('model_unknown', `The model "${id}" does not exist.`, { param: 'model' });
    return toModel(id);
  });

  app.get(`${prefix}/audio/voices`, async () => {
    const models = await catalog.models();
    return { object: 'list', data: [...models.flatMap(toVoices), ...aliases(speech, models)] };
  });
}

function toVoices(model: CatalogModel) {
  return model.voices.map((voice) => ({
    id: voice.id,
    object: 'voice',
    name: voice.name,
    language: voice.language,
    gender: voice.gender,
    model: model.engine,
  }));
}

/** ElevenLabs' names work here too, but are listed in its own dialect: to a person they say nothing. */
function isForOpenAi(name: string): boolean {
  return !/^(?:eleven|scribe)_/u.test(name) && !/^[A-Za-z0-9]{20}$/u.test(name);
}

/** A preset is listed once, with the voice behind it in each engine that is here. */
function aliases(speech: Config['speech'], models: readonly CatalogModel[]) {
  const engines = new Set(models.map(({ engine }) => engine));
  return Object.entries(speech.voices).filter(([id]) => isForOpenAi(id)).map(([id, targets]) => ({
    id,
    object: 'voice',
    name: id,
    alias_of: Object.fromEntries(Object.entries(targets).filter(([engine]) => engines.has(engine))),
  }));
}
