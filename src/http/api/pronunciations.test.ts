import fastify, { type FastifyInstance } from 'fastify';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toAntiphonError } from '../../errors.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import { createPronunciationDictionary } from '../../store/pronunciation-dictionary.ts';
import { parsePls } from '../../text/pronunciation/pls.ts';
import { registerPronunciationRoutes } from './pronunciations.ts';

const owner = 'local';
const path = '/api/v1/pronunciations';
let database: Database;
let app: FastifyInstance;
beforeEach(async () => {
  database = await openDatabase({ dataDir: mkdtempSync(join(tmpdir(), 'antiphon-routes-')) });
  const dictionary = createPronunciationDictionary({ database });
  app = fastify();
  app.setErrorHandler((thrown, _request, reply) => {
    const { status, code, message, param } = toAntiphonError(thrown);
    return reply.code(status).send({ code, message, param });
  });
  await registerPronunciationRoutes(app, {
    dictionaryOf: async () => ({
      list: () => dictionary.list({ owner }),
      upsert: (entry) => dictionary.upsert({ owner, entry }),
      remove: (id) => dictionary.remove({ owner, id }),
      importPls: async (xml) => {
        const entries = parsePls(xml);
        await dictionary.upsertAll({ owner, entries });
        return entries.length;
      },
    }),
  });
});
afterEach(async () => {
  await app.close();
  await database.destroy();
});
const put = (payload: object) => app.inject({ method: 'PUT', url: path, payload });
const send = (payload: string, type: string) => app.inject({ method: 'POST', url: `${path}/import`, payload, headers: { 'content-type': type } });
const list = async () => (await app.inject({ url: path })).json<{ pronunciations: Record<string, unknown>[] }>().pronunciations;

describe('the pronunciations of a user', () => {
  it('are added, changed, listed and removed', async () => {
    const added = await put({ word: 'SQL', respelling: 'sequel' });
    expect([added.statusCode, added.json()]).toEqual([200, { id: expect.any(String), word: 'SQL', language: null, case_sensitive: false, respelling: 'sequel', created_at: expect.any(String) }]);
    const changed = await put({ word: 'SQL', ipa: '/ˈsiːkwəl/', case_sensitive: true });
    expect(changed.json()).toMatchObject({ id: added.json<{ id: string }>().id, ipa: 'ˈsiːkwəl', case_sensitive: true });
    expect(await list()).toEqual([changed.json()]);
    const remove = () => app.inject({ method: 'DELETE', url: `${path}/${String(changed.json<{ id: string }>().id)}` });
    expect([(await remove()).statusCode, (await remove()).statusCode]).toEqual([204, 404]);
    expect(await list()).toEqual([]);
  });

  it.each([
    [{}, 'word'], [{ word: 'a' }, 'respelling'], [{ word: 'a', respelling: 'b', ipa: 'c' }, 'ipa'], [{ word: 'a', ipa: 'A7' }, 'ipa'], [{ word: '', respelling: 'b' }, 'word'], [{ word: 'a', respelling: 'b', language: '??' }, 'language'], [{ word: 'a', says: 'b' }, 'says'], [{ word: 1 }, 'word'],
  ])('are refused by field: %j', async (body, param) => {
    const answer = await put(body);
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'input_invalid', param }]);
  });

  it.each(['application/pls+xml', 'text/xml; charset=utf-8', 'application/xml'])('are imported as %s', async (type) => {
    const answer = await send('<lexicon alphabet="ipa"><lexeme><grapheme>Nguyễn</grapheme><phoneme>ŋwiən</phoneme></lexeme></lexicon>', type);
    expect([answer.statusCode, answer.json()]).toEqual([200, { imported: 1 }]);
    expect(await list()).toMatchObject([{ word: 'Nguyễn', ipa: 'ŋwiən' }]);
  });

  it('are imported all or not at all, and only from a lexicon', async () => {
    const wrong = await send('<lexicon>\n<lexeme><grapheme>a</grapheme><alias>b</alias></lexeme>\n<voice/></lexicon>', 'text/xml');
    expect([wrong.statusCode, wrong.json()]).toMatchObject([400, { code: 'input_invalid', message: 'Line 3, column 1: <voice> is not part of a pronunciation lexicon.' }]);
    expect((await send('{}', 'application/json')).json()).toMatchObject({ code: 'media_type_unsupported', message: expect.stringMatching(/application\/pls\+xml/u) });
    expect((await app.inject({ method: 'POST', url: `${path}/import` })).statusCode).toBe(415);
    expect((await app.inject({ method: 'PUT', url: path, payload: '<a/>', headers: { 'content-type': 'text/xml' } })).statusCode).not.toBe(200);
    expect(await list()).toEqual([]);
  });
});
