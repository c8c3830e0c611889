/** The live switches: what they stand at and who turned them; operators turn them. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Caller } from '../../caller.ts';
import type { LiveSwitches, SwitchChange, SwitchState } from '../../operations/switches/live-switches.ts';
import { switchList } from '../../operations/switches/switch-list.ts';
import { callerOf } from '../request-context.ts';
import { parseBody } from '../validation.ts';

export type SwitchRoutesOptions = {
  readonly switches: Pick<LiveSwitches, 'states' | 'turn' | 'history'>;
  /** By which people know whoever asks. */
  readonly nameOf: (caller: Caller) => Promise<string>;
};

const historyLimit = 50;
const turnSchema = z.strictObject({ value: z.string(), why: z.string().default(''), expires_in_seconds: z.number().positive().optional() });

export function registerSwitchRoutes(app: FastifyInstance, { switches, nameOf }: SwitchRoutesOptions): void {
  app.get('/api/v1/switches', async (_request, reply) => reply.header('cache-control', 'no-store').send({
    switches: (await switches.states()).map(toWire),
    history: (await switches.history(historyLimit)).map(toWireChange),
  }));

  app.put<{ Params: { name: string } }>('/api/v1/switches/:name', async (request) => {
    const { value, why, expires_in_seconds: seconds } = parseBody(turnSchema, request.body);
    return toWire(await switches.turn({ name: request.params.name, value, why, who: await nameOf(callerOf(request)), forMs: seconds === undefined ? undefined : seconds * 1_000 }));
  });
}

function toWire({ name, value, isUsual, change }: SwitchState) {
  const { values, usual, description } = switchList[name];
  return { name, value, usual_value: usual, is_usual: isUsual, values, description, change: change === undefined ? null : toWireChange(change) };
}

function toWireChange({ name, value, at, who, why, expiresAt }: SwitchChange) {
  return { name, value, at, who, why, expires_at: expiresAt ?? null };
}
