/**
 * What variables say at the start is a turn of a switch like any other, told and kept with its reason. A start without
 * the variable takes back what the start before had turned, and nothing that a person did.
 */
import type { LiveSwitches } from './live-switches.ts';
import { switchList, type SwitchName } from './switch-list.ts';

export type StartUpValue = { readonly name: SwitchName; readonly value: string; /** The setting or variable that says so. */ readonly because: string };

const who = 'start-up';

export async function applyStartUpValues(switches: Pick<LiveSwitches, 'states' | 'turn'>, given: readonly StartUpValue[]): Promise<void> {
  for (const { name, value, change } of await switches.states()) {
    const wanted = given.find((one) => one.name === name);
    if (wanted !== undefined && wanted.value !== value) await switches.turn({ name, value: wanted.value, who, why: wanted.because });
    if (wanted === undefined && change?.who === who) await switches.turn({ name, value: switchList[name].usual, who, why: `${change.why} is no longer set` });
  }
}
