/** What a worker process needs to know; crosses the process boundary, so it is a schema. */
import { z } from 'zod';

export const workerOptionsSchema = z.strictObject({
  /** For people and logs: `worker-0`. */
  name: z.string().min(1),
  /** What it does; only the code for that is loaded. */
  hosts: z.enum(['speech', 'language']),
  /** `unix:/path/to.sock` or `host:port`. */
  listen: z.string().min(1),
  modelsDir: z.string().min(1),
  voicesDir: z.string().min(1),
  whisperDir: z.string().min(1),
  ggufDir: z.string().min(1),
  /** Of one conversation with a language model, and how many of them are remembered. */
  contextTokens: z.number().int().positive(),
  conversations: z.number().int().positive(),
  residentBytes: z.number().int().positive(),
  maxSessions: z.number().int().positive(),
  executionProviders: z.array(z.string()).min(1),
  threads: z.number().int().positive(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
  logFormat: z.enum(['auto', 'json', 'text']),
});

export type WorkerOptions = z.infer<typeof workerOptionsSchema>;

/** From the supervisor to its child, over the IPC channel. */
export const workerCommandSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('worker.start'), options: workerOptionsSchema }),
  z.strictObject({ type: z.literal('worker.drain') }),
]);
export type WorkerCommand = z.infer<typeof workerCommandSchema>;

/** From a child to its supervisor. */
export const workerReportSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('worker.ready'), address: z.string() }),
  z.strictObject({ type: z.literal('worker.failed'), message: z.string() }),
]);
export type WorkerReport = z.infer<typeof workerReportSchema>;
