import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMisbehavingProvider, type MisbehavingProvider } from '../support/misbehaving-provider.ts';
import { runAntiphon } from '../support/run-antiphon.ts';

const key = 'cli-key-9a8b7c6d';
let provider: MisbehavingProvider;
let env: Record<string, string>;

beforeAll(async () => {
  provider = await startMisbehavingProvider({ keys: [key] });
  env = {
    MINE_KEY: key,
    ANTIPHON_DATA_DIR: mkdtempSync(join(tmpdir(), 'antiphon-cli-')),
    ANTIPHON_PROVIDERS: JSON.stringify({
      mine: { type: 'openai', baseUrl: provider.baseUrl('openai'), keyVariable: 'MINE_KEY', models: { chat: 'talks', embeddings: 'embeds' } },
      voices: { type: 'elevenlabs', baseUrl: provider.baseUrl('elevenlabs'), keyVariable: 'MINE_KEY', models: { speech: 'speaks' }, defaultVoice: 'anna' },
    }),
    ANTIPHON_CHAINS_CHAT: 'mine,local',
    ANTIPHON_CHAINS_SPEECH: 'voices,local',
  };
});
afterAll(() => provider.stop());
beforeEach(() => {
  provider.forget();
  provider.acceptKeys([key]);
});

const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await runAntiphon(args, { env });
  const text = `${String(stdout)}${stderr}`;
  expect(text).not.toContain(key);
  return { code, text, json: () => JSON.parse(String(stdout)) as Record<string, never> };
};

describe('antiphon providers', () => {
  it('lists who is configured and who is asked in which order', async () => {
    const { code, text } = await run('providers');
    expect(code).toBe(0);
    expect(text).toMatch(/chat +mine → local/);
    expect(text).toMatch(/mine \(openai, .*\)\n {4}key: present; in the chain of chat/);
    expect(text).toMatch(/groq .*\n {4}key: missing; in no chain/);
  });

  it('tests those in a chain without cost: there, key valid, quota', async () => {
    const { code, text } = await run('providers', 'test');
    expect(code).toBe(0);
    expect(text).toMatch(/✓ mine: connected in \d+ ms, key valid, 2 models/);
    expect(text).toMatch(/✓ voices: connected in \d+ ms, key valid, 8800 of 10000 characters left/);
    expect(provider.requests.map(({ route }) => route)).toEqual(['check', 'check']);
  });

  it('makes a tiny call of each kind where that is asked for', async () => {
    const { code, json } = await run('providers', 'test', 'mine', '--calls', '--json');
    expect(code).toBe(0);
    expect(json()).toMatchObject({ providers: [{ id: 'mine', status: 'ok', calls: [{ kind: 'chat', ok: true }, { kind: 'embeddings', ok: true }] }] });
  });

  it('says what to do where the key is refused, the quota is low, or there is a page for people', async () => {
    provider.acceptKeys(['another']);
    expect(await run('providers', 'test', 'mine')).toMatchObject({ code: 3, text: expect.stringMatching(/✗ mine: .*refused the key.*\n {4}→ .*providers\.mine\.keyVariable/) });
    provider.acceptKeys(undefined);
    provider.content.quota = { used: 9_990, limit: 10_000 };
    expect(await run('providers', 'test', 'voices')).toMatchObject({ code: 0, text: expect.stringMatching(/! voices: .* 10 of 10000 characters left\n {4}→ Little of the quota is left/) });
    provider.otherwise({ kind: 'html' });
    expect(await run('providers', 'test', 'mine')).toMatchObject({ code: 3, text: expect.stringMatching(/✗ mine: .*\n {4}→ Is providers\.mine\.baseUrl right/) });
  });

  it('does not know whom nobody configured', async () => {
    expect(await run('providers', 'test', 'grok')).toMatchObject({ code: 2, text: expect.stringContaining('There is no provider "grok"') });
  });
});

describe('antiphon doctor', () => {
  it('asks the providers too, and minds little where another member stands behind them', async () => {
    provider.script({ kind: 'status', status: 500, route: 'check' });
    const { json } = await run('doctor', '--json', '--set', 'workers.count=1');
    const findings = (json() as unknown as { findings: { check: string; status: string; detail: string }[] }).findings;
    expect(findings.filter(({ check }) => check.startsWith('provider ')).toSorted((a, b) => a.check.localeCompare(b.check))).toMatchObject([
      { check: 'provider mine', status: 'warning', detail: expect.stringContaining('in the chain of chat') },
      { check: 'provider voices', status: 'ok', detail: expect.stringContaining('8800 of 10000 characters left') },
    ]);
    // What it tells of speech is what this machine does by itself.
    expect(findings.find(({ check }) => check === 'speech')).toMatchObject({ status: 'ok', detail: expect.stringContaining('en_US-joe-medium') });
    expect(provider.requests.every(({ route }) => route === 'check')).toBe(true);
  });
});

describe('antiphon config', () => {
  it('shows where a key comes from and never the key', async () => {
    const { code, text } = await run('config', '--json');
    expect(code).toBe(0);
    expect(text).toContain('"keyVariable": "MINE_KEY"');
  });
});
