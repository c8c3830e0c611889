/** What the server's thread and the thread that hosts Silero say to each other. */
import type { ErrorCode } from '../../errors.ts';
import type { ExitGuard } from './exit-guard.ts';

/** `samples` is handed over, not copied. `call` comes back with the answer. */
export type ToSileroThread =
  | { readonly type: 'push'; readonly stream: number; readonly call: number; readonly samples: Float32Array<ArrayBuffer> }
  | { readonly type: 'close_stream'; readonly stream: number }
  /** The thread frees the model and ends. */
  | { readonly type: 'end' };

export type FromSileroThread =
  | { readonly type: 'told'; readonly call: number; readonly probabilities: Float32Array }
  | { readonly type: 'failed'; readonly call: number; readonly code: ErrorCode; readonly message: string };

export type SileroThreadData = { readonly modelPath: string; readonly guard: ExitGuard };
