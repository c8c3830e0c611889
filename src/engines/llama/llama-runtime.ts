/** llama.cpp, brought into the process when the first model is loaded: nobody who never converses pays for it. */
import type * as NodeLlamaCpp from 'node-llama-cpp';
import { AntiphonError } from '../../errors.ts';

export type LlamaModule = typeof NodeLlamaCpp;

export type LlamaRuntime = { readonly library: LlamaModule; readonly llama: NodeLlamaCpp.Llama; /** What it last complained of, for the log. */ readonly complaint: () => string };

let opening: Promise<LlamaRuntime> | undefined;

/** One for the process; `threads` of the first caller count. Errors: engine_failed, and it is tried anew. */
export function openLlama(threads: number): Promise<LlamaRuntime> {
  opening ??= open(threads).catch((cause: unknown) => {
    opening = undefined;
    throw new AntiphonError('engine_failed', 'llama.cpp cannot run on this machine; the log has the cause.', { cause });
  });
  return opening;
}

async function open(threads: number): Promise<LlamaRuntime> {
  const library = await import('node-llama-cpp');
  let complaint = '';
  const llama = await library.getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    maxThreads: threads,
    logLevel: library.LlamaLogLevel.error,
    logger: (_level, message) => { complaint = message.trim(); },
  });
  return { library, llama, complaint: () => complaint };
}
