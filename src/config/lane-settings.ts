/** The settings of the two lanes: their ports, what each is worth where there is not enough for both, how long one waits in it. */
import { z } from 'zod';

type LaneDefaults = { readonly port: number; readonly weight: number; readonly maxWaiting: number; readonly waitTimeoutMs: number; readonly speechPerMinute: number };

const lane = (defaults: LaneDefaults, name: string) => z.object({
  port: z.number().int().min(0).max(65_535).default(defaults.port).meta({ description: `Port of the ${name} lane: every HTTP API, /whoami, /health and /metrics as JSON. Taken: a warning. 0 turns it off.` }),
  weight: z.number().min(1).max(1_000).default(defaults.weight).meta({ description: 'Share of the workers beside the other lane\'s while both have work that waits.' }),
  maxWaiting: z.number().int().min(1).max(100_000).default(defaults.maxWaiting).meta({ description: 'Requests of this lane that may wait for their first sound; more are refused at once with 429, before their body is read.' }),
  waitTimeoutMs: z.number().int().min(1).max(86_400_000).default(defaults.waitTimeoutMs).meta({ description: 'A request of this lane for which no worker could be had for this long is refused. Under overload the newest goes first, so that those who are served were not waiting for long.', unit: 'ms' }),
  speechPerMinute: z.number().int().min(1).max(1_000_000).default(defaults.speechPerMinute).meta({ description: 'Requests for speech a minute for each key, and for each address without one.' }),
});

export const lanesSchema = z.object({
  priority: lane({ port: 8000, weight: 4, maxWaiting: 64, waitTimeoutMs: 30_000, speechPerMinute: 120 }, 'priority').prefault({}),
  free: lane({ port: 8001, weight: 1, maxWaiting: 64, waitTimeoutMs: 10_000, speechPerMinute: 30 }, 'free').prefault({}),
});
