import { describe, expect, it } from 'vitest';
import { plansSchema } from '../config/plan-settings.ts';
import { admitCaller, type Credential, type Door } from './admit-caller.ts';
import type { Key } from './key-ring.ts';

const plans = plansSchema.parse({});
const atHome: Door = { needsKey: false, lane: undefined, plans };
const abroad: Door = { ...atHome, needsKey: true };
const user = { id: 'user_1', name: 'anna', role: 'user', createdAt: '', disabledAt: undefined } as const;
const key = (changed: Partial<Key> = {}): Key => ({ id: 'key_1', user, label: '', preview: 'ant_…', plan: 'pro', createdAt: '', expiresAt: undefined, revokedAt: undefined, replacedBy: undefined, state: 'active', ...changed });
const sent = (text: string, place: Credential['place'] = 'authorization'): Credential => ({ text, place });
const admit = (door: Door, given?: Credential, found?: Key) => admitCaller({ door, given, key: found, address: '10.0.0.7' });

describe('whoever comes without a good key', () => {
  it('is the owner of a machine that asks for none', () => {
    expect(admit(atHome)).toEqual({ owner: 'local', role: 'owner', keyId: undefined, plan: undefined, lane: 'priority', address: '10.0.0.7' });
    expect(admit({ ...atHome, lane: 'free' })).toMatchObject({ owner: 'local', lane: 'free' });
  });

  it('is told what to send where one is needed', () => {
    expect(() => admit(abroad)).toThrow(expect.objectContaining({ code: 'key_missing', message: expect.stringContaining('X-API-Key') }));
  });

  it.each<[string, Door, Credential, boolean]>([
    ['any word, where clients must send one', atHome, sent('none'), true],
    ['any word in the header that ElevenLabs\' clients must send', atHome, sent('none', 'xi-api-key'), true],
    ['any word on a lane, from OpenAI\'s clients', { ...atHome, lane: 'free' }, sent('none'), true],
    ['a word as X-API-Key on a lane', { ...atHome, lane: 'priority' }, sent('invalid-key', 'x-api-key'), false],
    ['what looks like a key of ours', atHome, sent('ant_wrong'), false],
    ['any word where keys are needed', abroad, sent('none'), false],
  ])('with %s', (_name, door, given, isLetIn) => {
    if (isLetIn) expect(admit(door, given).owner).toBe('local');
    else expect(() => admit(door, given)).toThrow(expect.objectContaining({ code: 'key_refused' }));
  });
});

describe('whoever has a key', () => {
  it('is its user, in the first lane of its plan', () => {
    expect(admit(abroad, sent('ant_x'), key())).toEqual({ owner: 'user_1', role: 'user', keyId: 'key_1', plan: { ...plans['pro'], id: 'pro' }, lane: 'priority', address: '10.0.0.7' });
    expect(admit(abroad, sent('ant_x'), key({ plan: 'free' })).lane).toBe('free');
  });

  it('is served in the lane of the port, if its plan has that', () => {
    expect(admit({ ...abroad, lane: 'free' }, sent('ant_x'), key()).lane).toBe('free');
    expect(() => admit({ ...abroad, lane: 'priority' }, sent('ant_x'), key({ plan: 'free' }))).toThrow(expect.objectContaining({ code: 'forbidden', message: expect.stringMatching(/"free".*priority lane.*free lane/) }));
  });

  it.each([['revoked', 'key_refused'], ['expired', 'key_refused']] as const)('that is %s is refused even at home', (state, code) => {
    expect(() => admit(atHome, sent('ant_x'), key({ state }))).toThrow(expect.objectContaining({ code, message: expect.stringContaining(state) }));
  });

  it('that will expire works until then', () => {
    expect(admit(abroad, sent('ant_x'), key({ state: 'expiring' })).keyId).toBe('key_1');
  });

  it('whose plan is gone from the configuration is told so', () => {
    expect(() => admit(abroad, sent('ant_x'), key({ plan: 'gold' }))).toThrow(expect.objectContaining({ code: 'forbidden', message: expect.stringContaining('gold') }));
  });
});
