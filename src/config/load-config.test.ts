import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';
import { listSettings } from './settings-list.ts';

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'antiphon-config-')), 'antiphon.yaml');
  writeFileSync(path, text);
  return path;
}

describe('configuration', () => {
  it('takes a flag before a variable, a variable before the file, the file before the default', () => {
    const path = file('server:\n  port: 1001\n  healthPort: 1002\n  metricsPort: 1003\n');
    const { config, origins } = loadConfig({ file: path, environment: { ANTIPHON_SERVER_PORT: '2001', ANTIPHON_SERVER_HEALTH_PORT: '2002' }, flags: { 'server.port': '3001' } });
    expect(config.server).toMatchObject({ port: 3001, healthPort: 2002, metricsPort: 1003, host: '127.0.0.1' });
    expect(['server.port', 'server.healthPort', 'server.metricsPort', 'server.host'].map((name) => origins.get(name))).toEqual(['flag --server.port', 'ANTIPHON_SERVER_HEALTH_PORT', `file ${path}`, 'default']);
  });

  it('gives every setting a variable of its own, a description and a default', () => {
    const settings = listSettings();
    expect(new Set(settings.map(({ variable }) => variable)).size).toBe(settings.length);
    for (const { variable, description, defaultValue } of settings) {
      expect(variable).toMatch(/^ANTIPHON_[A-Z0-9_]+$/);
      expect(description.length).toBeGreaterThan(15);
      expect(defaultValue).toBeDefined();
    }
  });

  it('reads lists with commas, maps as JSON, and words for true and false', () => {
    const { config } = loadConfig({ environment: { ANTIPHON_INFERENCE_EXECUTION_PROVIDERS: 'cuda, cpu', ANTIPHON_SPEECH_MODELS: '{"mine":"flite"}', ANTIPHON_MODELS_OFFLINE: 'yes' } });
    expect(config.inference.executionProviders).toEqual(['cuda', 'cpu']);
    expect(config.speech.models).toEqual({ mine: 'flite' });
    expect(config.models.offline).toBe(true);
  });

  it.each([
    ['a number that is none', { ANTIPHON_SERVER_PORT: 'many' }, 'ANTIPHON_SERVER_PORT'],
    ['a value out of range', { ANTIPHON_SERVER_PORT: '70000' }, 'server.port'],
    ['an unknown variable', { ANTIPHON_PROT: '1' }, 'ANTIPHON_PROT'],
    ['a map that is not JSON', { ANTIPHON_SPEECH_MODELS: 'tts-1=piper' }, 'ANTIPHON_SPEECH_MODELS'],
  ])('refuses %s and names it', (_, environment, name) => {
    expect(() => loadConfig({ environment })).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(name) }));
  });

  it('refuses an unknown key of the file and suggests the right one', () => {
    expect(() => loadConfig({ environment: {}, file: file('servr:\n  port: 1\n') })).toThrow(/unknown setting "servr"/);
    expect(() => loadConfig({ environment: {}, file: file('server:\n  prot: 1\n') })).toThrow(/server\.prot/);
  });

  it('refuses a file that is missing or is not YAML', () => {
    expect(() => loadConfig({ environment: {}, file: '/nowhere/antiphon.yaml' })).toThrow(/cannot be read/);
    expect(() => loadConfig({ environment: {}, file: file('a: [1') })).toThrow(/not valid YAML/);
  });

  it('cannot be changed afterwards', () => {
    const { config } = loadConfig({ environment: {} });
    expect(() => { (config.server as { port: number }).port = 1; }).toThrow(TypeError);
  });
});
