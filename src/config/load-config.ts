/** Reads the configuration once, at start: defaults, then the YAML file, then the environment, then flags. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { AntiphonError } from '../errors.ts';
import { createKeySource, type KeySource } from './key-source.ts';
import { configSchema, type Config } from './schema.ts';
import { listSettings, type Setting } from './settings-list.ts';

export type ConfigSources = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values from the command line by dotted path; strings are read like environment values. */
  readonly flags?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** YAML file. Named but missing is an error; unnamed, `antiphon.yaml` in the working directory is read if there. */
  readonly file?: string | undefined;
};

export type LoadedConfig = {
  readonly config: Config;
  /** Where each setting's value came from, by dotted path: `default`, `file …`, `ANTIPHON_…`, `flag --…`. */
  readonly origins: ReadonlyMap<string, string>;
  /** Providers' keys, by the provider's id; they are in no setting. */
  readonly keys: ReadonlyMap<string, KeySource>;
};

/** Variables that steer the program without being settings of it. */
const otherVariables = new Set(['ANTIPHON_CONFIG']);

/** Names by which runbooks of the house that this one replaced know a setting. */
const olderVariables: Readonly<Record<string, readonly string[]>> = { 'switches.cloningOff': ['DISABLE_VOICE_CLONING'], 'switches.smallModel': ['DIA_USE_BNB'] };

const olderNames = (path: string): readonly string[] => olderVariables[path] ?? [];

/** Errors: config_invalid, naming the key, its value and where it was set. */
export function loadConfig({ environment, flags = {}, file }: ConfigSources): LoadedConfig {
  const origins = new Map<string, string>();
  const values: Record<string, unknown> = {};
  const fromFile = readConfigFile(file ?? environment['ANTIPHON_CONFIG']);
  for (const setting of listSettings()) {
    const given = [
      { origin: `flag --${setting.path}`, value: readText(setting, flags[setting.path], `--${setting.path}`) },
      { origin: setting.variable, value: readText(setting, environment[setting.variable], setting.variable) },
      ...olderNames(setting.path).map((variable) => ({ origin: variable, value: readText(setting, environment[variable], variable) })),
      { origin: `file ${fromFile.name}`, value: atPath(fromFile.content, setting.path) },
    ].find(({ value }) => value !== undefined);
    origins.set(setting.path, given?.origin ?? 'default');
    if (given) setPath(values, setting.path, given.value);
  }
  refuseUnknown(fromFile, environment);
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const path = settingPath(issue.path.map(String));
    throw new AntiphonError('config_invalid', `${path}: ${issue.message} (set by ${origins.get(path) ?? 'the file'}).`, { param: path });
  }
  const config = deepFreeze(withPaths(parsed.data));
  const keys = new Map(Object.entries(config.providers).map(([id, { keyVariable, keyFile }]) => [id, createKeySource({ id, keyVariable, keyFile: keyFile === '' ? '' : resolve(keyFile), environment })]));
  return { config, origins, keys };
}

function withPaths(config: Config): Config {
  const dataDir = resolve(config.dataDir);
  return { ...config, dataDir, modelsDir: resolve(config.modelsDir), voicesDir: config.voicesDir === '' ? join(dataDir, 'voices') : resolve(config.voicesDir), whisperDir: config.whisperDir === '' ? join(dataDir, 'whisper') : resolve(config.whisperDir), language: { ...config.language, ggufDir: config.language.ggufDir === '' ? join(dataDir, 'gguf') : resolve(config.language.ggufDir) } };
}

type ConfigFile = { readonly name: string; readonly content: Record<string, unknown> };

function readConfigFile(named: string | undefined): ConfigFile {
  const name = named ?? 'antiphon.yaml';
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (cause) {
    if (named === undefined) return { name, content: {} };
    throw new AntiphonError('config_invalid', `The configuration file ${named} cannot be read.`, { param: 'ANTIPHON_CONFIG', cause });
  }
  let content: unknown;
  try {
    content = parseYaml(text) ?? {};
  } catch (cause) {
    throw new AntiphonError('config_invalid', `${name} is not valid YAML: ${cause instanceof Error ? cause.message.split('\n')[0] : 'unreadable'}.`, { cause });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new AntiphonError('config_invalid', `${name} must hold keys and values.`);
  }
  return { name, content: content as Record<string, unknown> };
}

function readText(setting: Setting, given: string | number | boolean | undefined, origin: string): unknown {
  if (given === undefined || typeof given !== 'string') return given;
  if (setting.type === 'string') return given;
  if (setting.type === 'number') return readNumber(given, origin);
  if (setting.type === 'boolean') return readBoolean(given, origin);
  if (setting.type === 'list' && !given.trimStart().startsWith('[')) return given.split(',').map((part) => part.trim()).filter((part) => part !== '');
  try {
    return JSON.parse(given);
  } catch (cause) {
    throw new AntiphonError('config_invalid', `${origin} must be JSON, for example ${JSON.stringify(setting.defaultValue).slice(0, 60)}`, { param: origin, cause });
  }
}

function readNumber(given: string, origin: string): number {
  const value = Number(given);
  if (given.trim() === '' || !Number.isFinite(value)) throw new AntiphonError('config_invalid', `${origin} must be a number, not "${given}".`, { param: origin });
  return value;
}

function readBoolean(given: string, origin: string): boolean {
  const word = given.trim().toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['0', 'false', 'no', 'off', ''].includes(word)) return false;
  throw new AntiphonError('config_invalid', `${origin} must be true or false, not "${given}".`, { param: origin });
}

function refuseUnknown(file: ConfigFile, environment: ConfigSources['environment']): void {
  const paths = listSettings().map(({ path }) => path);
  const walk = (value: unknown, path: string): void => {
    if (paths.includes(path)) return;
    const isGroup = path === '' || paths.some((known) => known.startsWith(`${path}.`));
    if (!isGroup) throw new AntiphonError('config_invalid', `${file.name}: unknown setting "${path}".${nearest(path, paths)}`, { param: path });
    if (typeof value !== 'object' || value === null) throw new AntiphonError('config_invalid', `${file.name}: "${path}" holds settings, not a value.`, { param: path });
    for (const [key, child] of Object.entries(value)) walk(child, path === '' ? key : `${path}.${key}`);
  };
  walk(file.content, '');
  const variables = listSettings().map(({ variable }) => variable);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('ANTIPHON_') || otherVariables.has(name) || variables.includes(name)) continue;
    throw new AntiphonError('config_invalid', `Unknown variable ${name}.${nearest(name, variables)}`, { param: name });
  }
}

/** " Did you mean …?" for a name that shares most letters with a known one, else nothing. */
function nearest(name: string, known: readonly string[]): string {
  const last = (text: string) => text.toLowerCase().split(/[._]/).at(-1)!;
  const match = known.find((candidate) => last(candidate) === last(name)) ?? known.find((candidate) => candidate.toLowerCase().startsWith(name.toLowerCase().slice(0, -2)));
  return match === undefined ? ' `antiphon config` lists them all.' : ` Did you mean ${match}?`;
}

function settingPath(parts: readonly string[]): string {
  const full = parts.join('.');
  return listSettings().find(({ path }) => full === path || full.startsWith(`${path}.`))?.path ?? full;
}

function atPath(content: Record<string, unknown>, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined), content);
}

function setPath(target: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  let level = target;
  for (const key of keys) level = (level[key] ??= {}) as Record<string, unknown>;
  level[last] = value;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
