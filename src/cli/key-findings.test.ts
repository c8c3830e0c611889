import { describe, expect, it } from 'vitest';
import type { Key } from '../access/key-ring.ts';
import { configSchema } from '../config/schema.ts';
import { findingsOf } from './key-findings.ts';

const now = new Date('2026-12-01T12:00:00Z');
const key = (changed: Partial<Key> & { role?: 'owner' | 'user' }): Key => ({
  id: 'key_1', label: '', preview: 'ant_…', plan: 'pro', createdAt: '', expiresAt: undefined, revokedAt: undefined, replacedBy: undefined, state: 'active', ...changed,
  user: { id: 'user_1', name: 'anna', role: changed.role ?? 'user', createdAt: '', disabledAt: undefined },
});
const find = (keys: readonly Key[], { host = '127.0.0.1', needed = false } = {}) => {
  const config = configSchema.parse({});
  return [...findingsOf(keys, { config: { ...config, server: { ...config.server, host } }, needed, now })].map(({ check, status, detail }) => [check, status, detail]);
};

describe('what the doctor says of keys', () => {
  it.each<[string, readonly Key[], object, [string, string]]>([
    ['at home', [], {}, ['ok', 'none is needed on 127.0.0.1; 0 keys work, 0 of an owner']],
    ['abroad without an owner\'s', [key({})], { host: '0.0.0.0', needed: true }, ['error', 'everybody needs one on 0.0.0.0, and no owner has one: the server does not start']],
    ['abroad with an owner\'s that was revoked', [key({ role: 'owner', state: 'revoked' })], { host: '0.0.0.0', needed: true }, ['error', 'everybody needs one on 0.0.0.0, and no owner has one: the server does not start']],
    ['abroad with an owner\'s', [key({ role: 'owner' }), key({})], { host: '0.0.0.0', needed: true }, ['ok', '2 keys work, 1 of an owner']],
    ['abroad where nobody needs one', [], { host: '0.0.0.0' }, ['warning', '0.0.0.0 can be reached by others, and whoever reaches it is the owner']],
  ])('%s', (_name, keys, circumstances, [status, detail]) => {
    expect(find(keys, circumstances)).toEqual([['keys', status, detail]]);
  });

  it('names keys whose plan is gone, and those that end within a week and have no successor', () => {
    const soon = '2026-12-05T12:00:00Z';
    expect(find([key({ plan: 'gold' }), key({ id: 'key_2', state: 'expiring', expiresAt: soon }), key({ id: 'key_3', state: 'expiring', expiresAt: soon, replacedBy: 'key_2' }), key({ id: 'key_4', state: 'expiring', expiresAt: '2027-01-01T00:00:00Z' })]).slice(1)).toEqual([
      ['plans of keys', 'warning', 'key_1 has "gold", which the configuration does not know: refused with 403'],
      ['keys that end', 'warning', 'key_2 of anna on 2026-12-05'],
    ]);
  });
});
