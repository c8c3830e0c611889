/** The live switches at the server. */
import * as z from 'zod/mini';
import { getJson, jsonBody, sendOk } from '../api.ts';

const changeSchema = z.object({ name: z.string(), value: z.string(), at: z.string(), who: z.string(), why: z.string(), expires_at: z.nullable(z.string()) });

const switchSchema = z.object({
  name: z.string(),
  value: z.string(),
  usual_value: z.string(),
  is_usual: z.boolean(),
  values: z.array(z.string()),
  description: z.string(),
  change: z.nullable(changeSchema),
});

const switchesSchema = z.object({ switches: z.array(switchSchema), history: z.array(changeSchema) });

export type Switch = z.infer<typeof switchSchema>;
export type SwitchChange = z.infer<typeof changeSchema>;
export type Switches = z.infer<typeof switchesSchema>;

const path = '/api/v1/switches';

export function fetchSwitches(signal: AbortSignal): Promise<Switches> {
  return getJson(path, switchesSchema, signal);
}

export type Turn = { readonly value: string; readonly why: string; /** undefined: until somebody turns it back. */ readonly seconds: number | undefined };

export async function turnSwitch({ name }: Switch, { value, why, seconds }: Turn, signal: AbortSignal): Promise<void> {
  await sendOk(`${path}/${encodeURIComponent(name)}`, jsonBody('PUT', { value, why, ...(seconds === undefined ? {} : { expires_in_seconds: seconds }) }, signal));
}
