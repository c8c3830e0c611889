/** Where a provider's key comes from: a file or a variable. The key itself goes to whoever calls it and nowhere else. */
import { readFile, stat } from 'node:fs/promises';
import { AntiphonError } from '../errors.ts';

export type KeySource = {
  /** Asked at every call: a file that changed is read anew, so a rotated key works at once. Undefined: none is needed. Errors: provider_key_refused where it is missing or no key. */
  readonly read: () => Promise<string | undefined>;
  readonly status: () => Promise<KeyStatus>;
};

export type KeyStatus = {
  /** `unneeded`: neither a variable nor a file is configured. */
  readonly state: 'present' | 'missing' | 'unneeded';
  /** What to do about it, never the key. */
  readonly message?: string;
};

export type KeySourceOptions = {
  readonly id: string;
  readonly keyVariable: string;
  readonly keyFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

type Known = { readonly version: string; readonly key: string };

export function createKeySource({ id, keyVariable, keyFile, environment }: KeySourceOptions): KeySource {
  let known: Known | undefined;

  /** Undefined where the file is not there or cannot be read. */
  async function readKeyFile(): Promise<string | undefined> {
    try {
      const { mtimeMs, ctimeMs, size, ino } = await stat(keyFile);
      const version = `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
      if (known?.version !== version) known = { version, key: (await readFile(keyFile, 'utf8')).trim() };
      return known.key === '' ? undefined : known.key;
    } catch {
      known = undefined;
      return undefined;
    }
  }

  async function find(): Promise<string | undefined> {
    const fromFile = keyFile === '' ? undefined : await readKeyFile();
    if (fromFile !== undefined) return fromFile;
    const fromVariable = keyVariable === '' ? undefined : environment[keyVariable]?.trim();
    return fromVariable === '' ? undefined : fromVariable;
  }

  const isNeeded = keyVariable !== '' || keyFile !== '';
  const wanted = keyFile === '' ? `set ${keyVariable}` : `providers.${id}.keyFile names a file that is not there, is empty or cannot be read${keyVariable === '' ? '' : `, and ${keyVariable} is not set`}`;

  return {
    read: async () => {
      const key = await find();
      if (key === undefined && isNeeded) throw new AntiphonError('provider_key_refused', `There is no key for ${id}: ${wanted}.`);
      // Such a key would end a header and begin another.
      if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) throw new AntiphonError('provider_key_refused', `What is configured as the key of ${id} is none: it has blanks, lines or letters that a header cannot carry.`);
      return key;
    },
    status: async () => {
      if (!isNeeded) return { state: 'unneeded' };
      if ((await find()) === undefined) return { state: 'missing', message: `There is no key: ${wanted}.` };
      const isOpen = keyFile !== '' && process.platform !== 'win32' && await stat(keyFile).then(({ mode }) => (mode & 0o077) !== 0, () => false);
      return isOpen ? { state: 'present', message: `Others on this machine can read providers.${id}.keyFile; chmod 600 keeps them out.` } : { state: 'present' };
    },
  };
}
