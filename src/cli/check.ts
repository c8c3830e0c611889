/** `antiphon check`: the two checklists of the day, each point with its figure and what to do. */
import { Argument, type Command } from 'commander';
import { buildHouseFigures } from '../build-checks.ts';
import { buildHousekeeping } from '../build-housekeeping.ts';
import { dayTimes, type CheckPoint, type DayTime } from '../operations/checks/daily-check.ts';
import { createLiveSwitches } from '../operations/switches/live-switches.ts';
import { createSwitchChanges } from '../store/switch-changes.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import { exitCodes, readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';
import { withAccess } from './open-access.ts';

export function registerCheckCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('check').description('the daily checklist: lanes, faults, cache and storage in the morning; clean-up, figures and alerts in the evening').addArgument(new Argument('<time>', 'of the day').choices(dayTimes)))
    .addHelpText('after', '\nExamples:\n  antiphon check morning\n  antiphon check evening --json\n\nIt ends with code 1 where a point failed.')
    .action(async (time: DayTime, flags: GlobalOptions) => {
      const { config } = readConfig(context, flags);
      const points = await withAccess(config, ({ database, revisions, keys }) => buildHouseFigures({
        config, database, keys,
        switches: createLiveSwitches({ changes: createSwitchChanges(database), revisions, now: () => new Date() }),
        housekeeping: buildHousekeeping({ config, database, log: createSilentLogger() }),
      }).check(time));
      if (points.some(({ state }) => state === 'fail')) process.exitCode = exitCodes.failed;
      if (flags.json === true) return void context.output.write(`${JSON.stringify({ points }, null, 2)}\n`);
      for (const point of points) context.output.write(lineOf(point));
      const count = (state: CheckPoint['state']) => points.filter((point) => point.state === state).length;
      context.output.write(`${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail\n`);
    });
}

function lineOf({ what, state, figure, remedy }: CheckPoint): string {
  return `${state}  ${what}: ${figure}\n${remedy === undefined ? '' : `      ${remedy}\n`}`;
}
