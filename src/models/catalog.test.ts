import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

import { catalog } from './catalog.ts';

describe('the catalog', () => {
  it('names every artefact once, in words that are safe as a folder', () => {
    const ids = catalog.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
  });

  it('keeps every file inside its folder, under one name, with a whole digest and its size', () => {
    for (const { files, totalBytes } of catalog) {
      expect(new Set(files.map((file) => file.path)).size).toBe(files.length);
      for (const file of files) {
        expect(file.path).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/);
        // Empty: the hub declares it.
        expect(file.sha256).toMatch(/^([0-9a-f]{64})?$/);
        expect(file.bytes).toBeGreaterThan(0);
      }
      expect(totalBytes).toBe(files.reduce((sum, file) => sum + file.bytes, 0));
    }
  });

  it('has a second source for every file whose digest it knows, after the hub', () => {
    for (const file of catalog.flatMap(({ files }) => files)) {
      expect(file.sources.length).toBeGreaterThanOrEqual(file.sha256 === '' ? 1 : 2);
      expect(file.sources.findIndex(({ kind }) => kind === 'hub')).toBeLessThanOrEqual(0);
      for (const source of file.sources) if (source.kind === 'hub') expect(new URL(source.path, `${source.base}/`).protocol).toBe('https:');
    }
  });

  it('lets the hub declare a digest only for models to converse with, and says what each of those is fit for', () => {
    const declared = catalog.filter(({ files }) => files.some(({ sha256 }) => sha256 === ''));
    expect(declared.length).toBeGreaterThan(0);
    for (const { converses, licence, files } of declared) {
      expect(converses?.fitFor).toMatch(/\w/);
      expect(converses!.memoryBytes).toBeGreaterThan(files[0]!.bytes);
      expect(licence).toBe('Apache-2.0');
      expect(files[0]!.sources[0]!.kind).toBe('hub');
    }
    for (const { converses } of catalog) if (converses) expect(/not for a companion/.test(converses.fitFor)).toBe(converses.parameters < 1e9);
  });

  it('holds the 54 voices of Kokoro, each other than the rest', () => {
    const voices = catalog.find(({ id }) => id === 'kokoro-voices')?.files ?? [];
    expect(voices).toHaveLength(54);
    expect(new Set(voices.map(({ sha256 }) => sha256)).size).toBe(54);
  });

  it('has the digests of the files that lie in the repository', async () => {
    for (const file of catalog.flatMap(({ files }) => files)) {
      for (const source of file.sources) {
        if (source.kind !== 'bundled') continue;
        const bytes = await readFile(new URL(source.name, import.meta.url));
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
      }
    }
  });
});
