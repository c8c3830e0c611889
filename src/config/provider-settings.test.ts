import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createKeySource } from './key-source.ts';
import { loadConfig } from './load-config.ts';
import { isPrivateHost } from './private-address.ts';

const load = (settings: Readonly<Record<string, unknown>>) => loadConfig({ environment: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])) }).config;
const refusal = (message: RegExp, param: string) => expect.objectContaining({ code: 'config_invalid', param, message: expect.stringMatching(message) });

describe('providers in the configuration', () => {
  it('are presets that stand in no chain: nothing leaves this machine unless somebody says so', () => {
    const { providers, chains } = load({});
    expect(Object.keys(providers)).toEqual(['groq', 'openai', 'elevenlabs', 'anthropic']);
    expect(chains).toEqual({ speech: ['local'], transcription: ['local'], chat: ['local'], embeddings: ['local'] });
  });

  it('keep everything of a preset but the field that is named', () => {
    const before = load({}).providers['groq']!;
    const { providers } = load({ ANTIPHON_PROVIDERS: { groq: { models: { chat: 'mine' } } } });
    expect(providers['groq']).toEqual({ ...before, models: { ...before.models, chat: 'mine' } });
    expect(Object.keys(providers)).toHaveLength(4);
  });

  it('may be of one\'s own, with and without a key', () => {
    const { providers } = load({ ANTIPHON_PROVIDERS: { ollama: { type: 'openai', baseUrl: 'http://ollama:11434/v1/', models: { chat: 'llama3' } } }, ANTIPHON_CHAINS_CHAT: 'ollama,local' });
    expect(providers['ollama']).toMatchObject({ baseUrl: 'http://ollama:11434/v1', keyVariable: '', keyFile: '', models: { chat: 'llama3' } });
  });

  it.each([
    [{ mine: { baseUrl: 'https://host/v1' } }, /mine is no preset, so its type/],
    [{ mine: { type: 'openai' } }, /baseUrl must be given/],
    [{ mine: { type: 'openai', baseUrl: 'http://example.com/v1' } }, /must begin with https/],
    [{ mine: { type: 'openai', baseUrl: 'https://me:secret@example.com/v1' } }, /must hold neither a user/],
    [{ mine: { type: 'openai', baseUrl: 'ftp://example.com' } }, /must be an address/],
    [{ anthropic: { models: { speech: 'x' } } }, /of type anthropic does no speech/],
    [{ groq: { key: 'gsk_secret' } }, /a key does not belong here; name the variable/],
    [{ groq: { keyVariable: 'gsk-not/a-name' } }, /must be the name of an environment variable/],
    [{ groq: { modls: {} } }, /modls/],
    [{ local: { type: 'openai', baseUrl: 'https://host/v1' } }, /not a name that a provider may have/],
  ])('are refused with what is wrong, and without a secret: %j', (given, message) => {
    expect(() => load({ ANTIPHON_PROVIDERS: given })).toThrow(refusal(message, 'providers'));
    expect(() => load({ ANTIPHON_PROVIDERS: given })).toThrow(expect.not.objectContaining({ message: expect.stringMatching(/secret|gsk/) }));
  });

  it('may be asked without TLS on this machine, its network, or where it is allowed', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]', '10.1.2.3', '172.20.0.1', '192.168.1.4', '[fd00::1]', 'ollama', 'box.local', 'api.internal']) expect([host, isPrivateHost(host)]).toEqual([host, true]);
    for (const host of ['example.com', '8.8.8.8', '172.32.0.1', '[2001:db8::1]', 'local.example.com', 'internal.com']) expect([host, isPrivateHost(host)]).toEqual([host, false]);
    expect(load({ ANTIPHON_PROVIDERS: { mine: { type: 'openai', baseUrl: 'http://example.com/v1', allowHttp: true } } }).providers['mine']).toBeDefined();
  });
});

describe('chains in the configuration', () => {
  it.each([
    ['ANTIPHON_CHAINS_CHAT', 'grok,local', 'chains.chat', /no provider "grok"; known are local, groq/],
    ['ANTIPHON_CHAINS_EMBEDDINGS', 'groq', 'chains.embeddings', /groq does no embeddings: providers\.groq\.models\.embeddings/],
    ['ANTIPHON_CHAINS_SPEECH', 'local,local', 'chains.speech', /twice/],
  ])('are refused where %s is %s', (variable, value, param, message) => {
    expect(() => load({ [variable]: value })).toThrow(refusal(message, param));
  });

  it('hold local and providers in the order given', () => {
    expect(load({ ANTIPHON_CHAINS_SPEECH: 'elevenlabs, local, openai' }).chains.speech).toEqual(['elevenlabs', 'local', 'openai']);
  });
});

describe('a provider\'s key', () => {
  const inFolder = (name: string) => join(mkdtempSync(join(tmpdir(), 'antiphon-key-')), name);

  it('comes from its variable, and none is needed where none is configured', async () => {
    const source = (keyVariable: string) => createKeySource({ id: 'groq', keyVariable, keyFile: '', environment: { GROQ_API_KEY: ' gsk_1 \n' } });
    expect(await source('GROQ_API_KEY').read()).toBe('gsk_1');
    expect(await source('GROQ_API_KEY').status()).toEqual({ state: 'present' });
    expect(await source('').read()).toBeUndefined();
    expect(await source('').status()).toEqual({ state: 'unneeded' });
  });

  it('is missing with a sentence that says where it belongs', async () => {
    const source = createKeySource({ id: 'groq', keyVariable: 'GROQ_API_KEY', keyFile: '', environment: {} });
    await expect(source.read()).rejects.toMatchObject({ code: 'provider_key_refused', message: 'There is no key for groq: set GROQ_API_KEY.' });
    expect(await source.status()).toMatchObject({ state: 'missing' });
  });

  it('is read anew when its file changes, and the variable stands in while there is no file', async () => {
    const keyFile = inFolder('key');
    const source = createKeySource({ id: 'groq', keyVariable: 'GROQ_API_KEY', keyFile, environment: { GROQ_API_KEY: 'from-variable' } });
    expect(await source.read()).toBe('from-variable');
    writeFileSync(keyFile, 'first\n', { mode: 0o600 });
    expect(await source.read()).toBe('first');
    writeFileSync(keyFile, 'other\n');
    expect(await source.read()).toBe('other');
    rmSync(keyFile);
    expect(await source.read()).toBe('from-variable');
  });

  it('is not hidden well enough where others can read its file', async () => {
    const keyFile = inFolder('key');
    writeFileSync(keyFile, 'secret-one', { mode: 0o600 });
    const source = createKeySource({ id: 'mine', keyVariable: '', keyFile, environment: {} });
    expect(await source.status()).toEqual({ state: 'present' });
    chmodSync(keyFile, 0o644);
    expect(await source.status()).toMatchObject({ state: 'present', message: expect.stringContaining('chmod 600') });
    expect(JSON.stringify(await source.status())).not.toContain('secret-one');
  });

  it('is none where a header could not carry it, and the refusal does not repeat it', async () => {
    const source = createKeySource({ id: 'mine', keyVariable: 'KEY', keyFile: '', environment: { KEY: 'two\r\nlines' } });
    await expect(source.read()).rejects.toMatchObject({ code: 'provider_key_refused', message: expect.not.stringContaining('two') });
  });
});
