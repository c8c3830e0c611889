/** `antiphon serve`: the server, until it is told to stop. */
import type { Command } from 'commander';
import { once } from 'node:events';
import { createProgressBar } from '../models/progress-bar.ts';
import { serve, type RunningServer } from '../serve.ts';
import { createLogger } from '../telemetry/logger.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';

type ServeFlags = GlobalOptions & { readonly port?: string; readonly host?: string };

export function registerServeCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('serve'))
    .description('start the server: web page, HTTP APIs, health and metrics')
    .option('-p, --port <port>', 'main port (server.port)')
    .option('--host <address>', 'address to listen on (server.host)')
    .addHelpText('after', '\nExamples:\n  antiphon serve\n  antiphon serve --port 9000\n  ANTIPHON_LOG_LEVEL=debug antiphon serve --set workers.count=1')
    .action(async (flags: ServeFlags) => run(flags, context));
}

async function run(flags: ServeFlags, context: CommandContext): Promise<void> {
  const { output, interrupted } = context;
  const loaded = readConfig(context, flags, { 'server.port': flags.port, 'server.host': flags.host });
  const log = createLogger({ ...loaded.config.log, output });
  const bar = createProgressBar({ output: context.errorOutput });
  const starting = serve({ loaded, log, onProgress: bar.update, signal: interrupted });
  const server = await untilInterrupted(starting, interrupted);
  bar.close();
  if (!server) {
    // Interrupted while starting: whatever comes up is taken down again.
    await starting.then((late) => late.close(), () => undefined);
    return;
  }
  try {
    output.write(banner(server));
    if (!interrupted.aborted) await once(interrupted, 'abort');
    output.write(farewell(server));
  } finally {
    await server.close();
  }
}

function farewell({ runtime }: RunningServer): string {
  const inFlight = runtime.requests.list().length;
  if (inFlight === 0) return '\nStopping.\n';
  return `\nStopping: ${inFlight} ${inFlight === 1 ? 'request' : 'requests'} may finish first (at most ${runtime.config.server.drainTimeoutMs / 1000} s; Ctrl-C again to stop at once).\n`;
}

async function untilInterrupted(starting: Promise<RunningServer>, interrupted: AbortSignal): Promise<RunningServer | undefined> {
  const stop = once(interrupted, 'abort').then(() => undefined);
  return Promise.race([starting, stop]);
}

function lanes({ runtime, lanePorts: { priority, free } }: RunningServer): string {
  const { host } = runtime.config.server;
  const both = [priority === undefined ? undefined : `priority http://${host}:${priority}`, free === undefined ? undefined : `free http://${host}:${free}`].filter((one) => one !== undefined);
  return both.length === 0 ? '' : `  Lanes:    ${both.join('   ')}\n`;
}

function banner(server: RunningServer): string {
  const { config } = server.runtime;
  const voice = server.fastVoiceReady ? '' : '\n  ! The fast voice could not be fetched, so the built-in voice (flite) speaks for now.\n    Antiphon keeps trying; /health and `antiphon doctor` say why.\n';
  return `
  Antiphon speaks at ${server.address}
${voice}
  Try it:   curl ${server.address}/v1/audio/speech -H 'content-type: application/json' \\
              -d '{"model":"tts-1","voice":"alloy","input":"Hello from your own machine."}' -o hello.mp3
${lanes(server)}  Models:   ${config.modelsDir}
  Data:     ${config.dataDir}
  Voices:   ${config.voicesDir} (drop Piper voices here)
  Health:   ${server.address}/health${server.healthPort === undefined ? '' : ` and port ${server.healthPort}`}   Metrics: ${server.address}/metrics${server.metricsPort === undefined ? '' : ` and port ${server.metricsPort}`}
  Stop with Ctrl-C.

`;
}
