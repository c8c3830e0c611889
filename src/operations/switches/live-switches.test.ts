import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../store/database.ts';
import { openRevisions, type Revisions } from '../../store/live-snapshot.ts';
import { createSwitchChanges } from '../../store/switch-changes.ts';
import { createLiveSwitches, type LiveSwitches } from './live-switches.ts';
import { applyStartUpValues } from './start-up-values.ts';
import { createSwitchGate } from './switch-gate.ts';
import { switchList } from './switch-list.ts';

let dataDir: string;
let database: Database;
let revisions: Revisions;
let atMs: number;
const now = () => new Date(atMs);

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'antiphon-switches-'));
  database = await openDatabase({ dataDir });
  revisions = openRevisions({ dataDir });
  atMs = Date.parse('2026-12-01T08:00:00Z');
});
afterEach(async () => {
  revisions.close();
  await database.destroy();
  await rm(dataDir, { recursive: true });
});

const open = (): LiveSwitches => createLiveSwitches({ changes: createSwitchChanges(database), revisions, now });
const turn = { who: 'anna', why: 'p95 over 6 s' };
const speech = { works: true, writes: false, clones: false, lane: 'free' as const };

describe('live switches', () => {
  it('stand at their usual values until somebody turns one', async () => {
    const values = await open().values();
    expect(values).toEqual(Object.fromEntries(Object.entries(switchList).map(([name, { usual }]) => [name, usual])));
  });

  it('a turn is known to everybody at once, and says who, when and why', async () => {
    const [one, other] = [open(), open()];
    await other.values();
    await one.turn({ name: 'free-lane', value: 'closed', ...turn });
    expect(await other.values()).toMatchObject({ 'free-lane': 'closed' });
    expect(other.lastValues()).toMatchObject({ 'free-lane': 'closed' });
    expect(await other.history(5)).toEqual([{ name: 'free-lane', value: 'closed', at: now().toISOString(), ...turn, expiresAt: undefined }]);
  });

  it('one with a time ends by itself, and stays in the history', async () => {
    const switches = open();
    await switches.turn({ name: 'small-model', value: 'on', ...turn, forMs: 1_800_000 });
    atMs += 1_799_000;
    expect((await switches.values())['small-model']).toBe('on');
    atMs += 1_000;
    expect((await switches.values())['small-model']).toBe('off');
    expect(await switches.history(5)).toHaveLength(1);
  });

  it('refuses what no switch has', async () => {
    const switches = open();
    await expect(switches.turn({ name: 'lane', value: 'closed', ...turn })).rejects.toMatchObject({ code: 'switch_unknown', message: expect.stringContaining('free-lane') });
    await expect(switches.turn({ name: 'free-lane', value: 'shut', ...turn })).rejects.toMatchObject({ code: 'input_invalid', param: 'value', message: expect.stringContaining('open or throttled or closed') });
    await expect(switches.turn({ name: 'free-lane', value: 'closed', ...turn, forMs: 0 })).rejects.toMatchObject({ param: 'expires_in_seconds' });
    expect(await switches.history(5)).toEqual([]);
  });
});

describe('values for the start', () => {
  const off = [{ name: 'cloning' as const, value: 'off', because: 'DISABLE_VOICE_CLONING' }];

  it('turn a switch, and the next start without them turns it back', async () => {
    const switches = open();
    await applyStartUpValues(switches, off);
    await applyStartUpValues(switches, off);
    expect(await switches.values()).toMatchObject({ cloning: 'off' });
    await applyStartUpValues(switches, []);
    expect(await switches.values()).toMatchObject({ cloning: 'on' });
    expect((await switches.history(9)).map(({ who, why }) => [who, why])).toEqual([['start-up', 'DISABLE_VOICE_CLONING is no longer set'], ['start-up', 'DISABLE_VOICE_CLONING']]);
  });

  it('leave alone what a person turned', async () => {
    const switches = open();
    await switches.turn({ name: 'cloning', value: 'off', ...turn });
    await applyStartUpValues(switches, []);
    expect(await switches.values()).toMatchObject({ cloning: 'off' });
  });
});

describe('the gate', () => {
  it.each([
    ['new-work', 'refused', speech, { ...speech, works: false }],
    ['free-lane', 'closed', speech, { ...speech, lane: 'priority' as const }],
    ['read-only', 'on', { ...speech, writes: true }, speech],
    ['cloning', 'off', { ...speech, clones: true }, speech],
  ])('%s %s refuses what it is for, and nothing else', async (name, value, refused, taken) => {
    const switches = open();
    const gate = createSwitchGate({ switches, now });
    await gate(refused);
    await switches.turn({ name, value, ...turn, forMs: 90_000 });
    await expect(gate(refused)).rejects.toMatchObject({ code: 'switched_off', retryAfterSeconds: 90 });
    await gate(taken);
  });
});
