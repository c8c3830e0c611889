/** `antiphon worker`: one worker alone, for other machines or for any gRPC client. */
import type { Command } from 'commander';
import { once } from 'node:events';
import { systemClock } from '../clock.ts';
import { createEngines } from '../engines/create-engines.ts';
import { createLanguageEngines } from '../engines/create-language-engines.ts';
import { createListeningEngines } from '../engines/create-listening-engines.ts';
import type { ProviderFallback } from '../engines/onnx-session.ts';
import { createLogger } from '../telemetry/logger.ts';
import { serveWorker } from '../worker/serve-worker.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';

type WorkerFlags = GlobalOptions & { readonly listen: string };

export function registerWorkerCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('worker'))
    .description('run one worker process on its own: tts.TTSService, stt.STTService and llm.LLMService over gRPC, with reflection and health')
    .option('-l, --listen <address>', 'host:port, or unix:/path', '127.0.0.1:7001')
    .addHelpText('after', '\nExamples:\n  antiphon worker --listen 127.0.0.1:7001\n  grpcurl -plaintext 127.0.0.1:7001 list\n  grpcurl -plaintext 127.0.0.1:7001 tts.TTSService/ListModels')
    .action(async ({ listen, ...flags }: WorkerFlags) => {
      const { config } = readConfig(context, flags);
      const log = createLogger({ ...config.log, output: context.output, base: { process: 'worker' } });
      const onProviderFallback = (event: ProviderFallback) => log.warn(event, 'execution provider fell back to cpu');
      const options = { ...config, ...config.inference, onProviderFallback };
      const speech = { engines: await createEngines(options), ...createListeningEngines(options) };
      const language = createLanguageEngines({ ...options, ...config.language });
      const worker = await serveWorker({ listen, speech, language, residentBytes: config.workers.residentBytes, maxSessions: config.workers.maxStreams, clock: systemClock, log });
      context.output.write(`Worker listens on ${worker.address}. Stop with Ctrl-C.\n`);
      if (!context.interrupted.aborted) await once(context.interrupted, 'abort');
      await worker.close(config.server.drainTimeoutMs);
    });
}
