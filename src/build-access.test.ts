import { describe, expect, it } from 'vitest';
import { needsKeys } from './build-access.ts';
import { configSchema } from './config/schema.ts';

describe('whether everybody needs a key', () => {
  it.each<['auto' | 'always' | 'never', boolean, boolean, boolean]>([
    ['auto', true, false, false],
    ['auto', false, false, true],
    ['auto', false, true, false],
    ['always', true, false, true],
    ['always', false, true, true],
    ['never', true, false, false],
    ['never', false, false, false],
  ])('%s, on loopback %s, with allowUnauthenticated %s: %s', (requireKeys, isLoopback, allowUnauthenticated, needed) => {
    const { access, server } = configSchema.parse({ access: { requireKeys }, server: { allowUnauthenticated } });
    expect(needsKeys({ access, server }, isLoopback)).toBe(needed);
  });
});
