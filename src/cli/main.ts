/** The `antiphon` command: one file a subcommand, listed here. */
import { Command } from 'commander';
import { createRequire } from 'node:module';
import { registerCacheCommand } from './cache.ts';
import { registerCheckCommand } from './check.ts';
import { registerCleanUpCommand } from './cleanup.ts';
import { exitCodeHelp, exitCodes, reportError, type CommandContext } from './command.ts';
import { registerConfigCommand } from './config.ts';
import { registerDoctorCommand } from './doctor.ts';
import { registerKeysCommand, registerUsersCommand } from './keys.ts';
import { registerModelsCommand } from './models.ts';
import { registerPronounceCommand } from './pronounce.ts';
import { registerProvidersCommand } from './providers.ts';
import { registerReadCommand } from './read.ts';
import { registerSayCommand } from './say.ts';
import { registerServeCommand } from './serve.ts';
import { registerSwitchCommands } from './switches.ts';
import { registerTranscribeCommand } from './transcribe.ts';
import { registerUsageCommand } from './usage.ts';
import { registerVoicesCommand } from './voices.ts';
import { registerWorkerCommand } from './worker.ts';

const orphanCheckMs = 500;
const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** A terminal signals its whole process group, and npm and our own launcher pass on what they got: one wish, several signals. */
const sameWishMs = 400;

const context: CommandContext = {
  environment: process.env,
  input: process.stdin,
  output: process.stdout,
  errorOutput: process.stderr,
  interrupted: interruption(),
};

const program = new Command('antiphon')
  .description('A self-hosted voice server: speaks, listens and converses on your own machine, for the clients you already have.')
  .version(version)
  .addHelpText('after', exitCodeHelp)
  .showHelpAfterError('(add --help for examples)')
  // Before the commands are added, because they and theirs inherit it.
  .exitOverride();
for (const register of [registerSayCommand, registerReadCommand, registerTranscribeCommand, registerPronounceCommand, registerVoicesCommand, registerModelsCommand, registerProvidersCommand, registerKeysCommand, registerUsersCommand, registerUsageCommand, registerSwitchCommands, registerCacheCommand, registerCleanUpCommand, registerCheckCommand, registerServeCommand, registerWorkerCommand, registerConfigCommand, registerDoctorCommand]) {
  register(program, context);
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, context, process.argv.includes('--json'));
}

/** The first signal asks for an orderly end; who sends a second has no patience left. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstAtMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!controller.signal.aborted) firstAtMs = performance.now();
      else if (performance.now() - firstAtMs > sameWishMs) process.exit(exitCodes.interrupted);
      controller.abort();
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) onceOrphaned(() => controller.abort());
  // A reader that has seen enough (`antiphon voices | head`) is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failed));
  return controller.signal;
}

/**
 * npm puts a shell between itself and us and, when it is told to end, ends the shell only. A server whose `npm start`
 * is gone must not stay behind, so the loss of that parent counts as the wish to stop.
 */
function onceOrphaned(stop: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, orphanCheckMs);
  watch.unref();
}
