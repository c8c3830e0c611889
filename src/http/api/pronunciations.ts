/** The user's own pronunciations: list, add or change, remove, and import of a lexicon (W3C PLS 1.0). */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { checkEntry, type DictionaryEntry, type StoredEntry } from '../../text/pronunciation/dictionary-entry.ts';
import { callerOf } from '../request-context.ts';
import { parseBody } from '../validation.ts';

type OwnDictionary = {
  readonly list: () => Promise<readonly StoredEntry[]>;
  readonly upsert: (entry: DictionaryEntry) => Promise<StoredEntry>;
  /** False where there is no such entry. */
  readonly remove: (id: string) => Promise<boolean>;
  /** How many words the lexicon had. */
  readonly importPls: (xml: string) => Promise<number>;
};

export type PronunciationRoutesOptions = { readonly dictionaryOf: (owner: string) => Promise<OwnDictionary> };

const path = '/api/v1/pronunciations';
const maxImportBytes = 1_048_576;
const plsTypes = ['application/pls+xml', 'application/xml', 'text/xml'];

const entrySchema = z.strictObject({
  word: z.string(),
  language: z.string().nullable().optional(),
  case_sensitive: z.boolean().default(false),
  respelling: z.string().optional(),
  ipa: z.string().optional(),
});

export async function registerPronunciationRoutes(app: FastifyInstance, { dictionaryOf }: PronunciationRoutesOptions): Promise<void> {
  const own = (request: FastifyRequest): Promise<OwnDictionary> => dictionaryOf(callerOf(request).owner);
  app.get(path, async (request) => ({ pronunciations: (await (await own(request)).list()).map(toWire) }));

  app.put(path, async (request) => toWire(await (await own(request)).upsert(toEntry(parseBody(entrySchema, request.body)))));

  app.delete<{ Params: { id: string } }>(`${path}/:id`, async (request, reply) => {
    if (!(await (await own(request)).remove(request.params.id))) throw new AntiphonError('route_unknown', `There is no pronunciation of that id; GET ${path} lists them.`);
    return reply.code(204).send();
  });

  // In a scope of its own: elsewhere XML stays a body of the wrong type.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(plsTypes, { parseAs: 'string', bodyLimit: maxImportBytes }, (_request, body, done) => done(null, body));
    scope.addContentTypeParser('*', (_request, _payload, done) => done(wrongType()));
    scope.post(`${path}/import`, { bodyLimit: maxImportBytes }, async (request) => {
      if (typeof request.body !== 'string') throw wrongType();
      return { imported: await (await own(request)).importPls(request.body) };
    });
  });
}

function wrongType(): AntiphonError {
  return new AntiphonError('media_type_unsupported', `A lexicon comes as ${plsTypes[0]} or ${plsTypes.at(-1)}.`);
}

/** Errors: input_invalid naming the field. */
function toEntry({ word, language, case_sensitive: caseSensitive, respelling, ipa }: z.infer<typeof entrySchema>): DictionaryEntry {
  if ((respelling === undefined) === (ipa === undefined)) {
    throw new AntiphonError('input_invalid', 'Give either respelling, as "sequel", or ipa, as "ˈsiːkwəl".', { param: respelling === undefined ? 'respelling' : 'ipa' });
  }
  const says = ipa === undefined ? { kind: 'respelling' as const, text: respelling! } : { kind: 'ipa' as const, ipa };
  return checkEntry({ word, ...(language === undefined || language === null ? {} : { language }), caseSensitive, says });
}

function toWire({ id, word, language, caseSensitive = false, says, createdAt }: StoredEntry): Record<string, unknown> {
  return {
    id,
    word,
    language: language ?? null,
    case_sensitive: caseSensitive,
    ...(says.kind === 'ipa' ? { ipa: says.ipa } : { respelling: says.text }),
    created_at: createdAt,
  };
}
