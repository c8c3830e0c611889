/** `antiphon keys` and `antiphon users`: who may use the server, and with which plan. */
import type { Command } from 'commander';
import type { Key, ListedKey, NewKey } from '../access/key-ring.ts';
import type { Role } from '../caller.ts';
import { AntiphonError } from '../errors.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';
import { withAccess } from './open-access.ts';

type CreateFlags = GlobalOptions & { readonly user: string; readonly plan: string; readonly label: string; readonly days?: string };
type RotateFlags = GlobalOptions & { readonly grace?: string };
type UserFlags = GlobalOptions & { readonly role: string };

const hourMs = 3_600_000;

export function registerKeysCommand(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('keys of those who may use the server')
    .addHelpText('after', '\nExamples:\n  antiphon keys create --user anna --plan pro --label "her laptop"\n  antiphon keys list\n  antiphon keys rotate key_0123456789abcdef --grace 48\n  antiphon keys revoke key_0123456789abcdef');

  withGlobalOptions(keys.command('create').description('make a key; it is shown this once'))
    .requiredOption('--user <name>', 'whose it is; see `antiphon users`')
    .requiredOption('--plan <plan>', 'what it may use, as the setting plans names it: free, pro, business, enterprise')
    .option('--label <text>', 'what it is for', '')
    .option('--days <days>', 'it expires after so many days (default: never)')
    .action(async (flags: CreateFlags) => {
      const made = await withAccess(readConfig(context, flags).config, ({ keys: ring }) => ring.create({ userName: flags.user, plan: flags.plan, label: flags.label, days: flags.days === undefined ? undefined : numberOf(flags.days, '--days') }));
      printNew(made, flags, context);
    });

  withGlobalOptions(keys.command('list', { isDefault: true }).description('all keys, newest first; never the keys themselves'))
    .action(async (flags: GlobalOptions) => {
      const all = await withAccess(readConfig(context, flags).config, ({ keys: ring }) => ring.list());
      if (flags.json === true) return void context.output.write(`${JSON.stringify({ keys: all.map(toJson) }, null, 2)}\n`);
      if (all.length === 0) return void context.output.write('There are no keys. On this machine none is needed; `antiphon keys create` makes one for somebody else.\n');
      for (const key of all) context.output.write(`${key.id}  ${key.preview}  ${key.state.padEnd(8)}  ${key.plan.padEnd(10)}  ${key.user.name} (${key.user.role})${key.label === '' ? '' : `  ${key.label}`}${key.expiresAt === undefined ? '' : `  until ${minuteOf(key.expiresAt)} UTC`}${key.lastUsedAt === undefined ? '  never used' : `  used ${minuteOf(key.lastUsedAt)} UTC`}\n`);
    });

  withGlobalOptions(keys.command('rotate').description('make a key in the place of another, which goes on working for a while').argument('<id>'))
    .option('--grace <hours>', 'how long the old one goes on working (default: access.rotateGraceHours)')
    .action(async (id: string, flags: RotateFlags) => {
      const { config } = readConfig(context, flags);
      const hours = flags.grace === undefined ? config.access.rotateGraceHours : numberOf(flags.grace, '--grace');
      printNew(await withAccess(config, ({ keys: ring }) => ring.rotate(id, hours * hourMs)), flags, context);
    });

  withGlobalOptions(keys.command('revoke').description('make a key useless, from the next request on').argument('<id>'))
    .action(async (id: string, flags: GlobalOptions) => {
      const key = await withAccess(readConfig(context, flags).config, ({ keys: ring }) => ring.revoke(id));
      context.output.write(flags.json === true ? `${JSON.stringify(toJson(key))}\n` : `${key.id} (${key.preview}) of ${key.user.name} is revoked.\n`);
    });
}

export function registerUsersCommand(program: Command, context: CommandContext): void {
  const users = program.command('users').description('who may have keys')
    .addHelpText('after', '\nExamples:\n  antiphon users create anna --role operator\n  antiphon users disable anna');

  withGlobalOptions(users.command('create').description('add somebody').argument('<name>'))
    .option('--role <role>', 'owner (everything), operator (keeps it running) or user (what is his own)', 'user')
    .action(async (name: string, flags: UserFlags) => {
      if (!['owner', 'operator', 'user'].includes(flags.role)) throw new AntiphonError('input_invalid', `--role is owner, operator or user, not "${flags.role}".`, { param: '--role' });
      const user = await withAccess(readConfig(context, flags).config, ({ keys: ring }) => ring.createUser({ name, role: flags.role as Role }));
      context.output.write(flags.json === true ? `${JSON.stringify(user)}\n` : `${user.name} is here as ${user.role}. A key: antiphon keys create --user ${JSON.stringify(user.name)} --plan ${user.role === 'user' ? 'free' : 'enterprise'}\n`);
    });

  withGlobalOptions(users.command('list', { isDefault: true }).description('everybody'))
    .action(async (flags: GlobalOptions) => {
      const all = await withAccess(readConfig(context, flags).config, ({ keys: ring }) => ring.users());
      if (flags.json === true) return void context.output.write(`${JSON.stringify({ users: all }, null, 2)}\n`);
      for (const { name, role, disabledAt } of all) context.output.write(`${name.padEnd(24)} ${role}${disabledAt === undefined ? '' : '  disabled'}\n`);
    });

  for (const [word, disabled] of [['disable', true], ['enable', false]] as const) {
    withGlobalOptions(users.command(word).description(disabled ? 'none of his keys works any more' : 'his keys work again').argument('<name>'))
      .action(async (name: string, flags: GlobalOptions) => {
        await withAccess(readConfig(context, flags).config, ({ keys: ring }) => ring.disableUser(name, disabled));
        if (flags.json !== true) context.output.write(`${name} is ${word}d.\n`);
      });
  }
}

function printNew({ key, entry }: NewKey, flags: GlobalOptions, { output, errorOutput }: CommandContext): void {
  if (flags.json === true) return void output.write(`${JSON.stringify({ ...toJson(entry), key }, null, 2)}\n`);
  // The key alone on its line and on stdout, so that a script can take it.
  output.write(`${key}\n`);
  errorOutput.write(`${entry.id} for ${entry.user.name}, plan ${entry.plan}. It is shown this once: only its digest is kept.\n`);
}

function toJson({ id, user, label, preview, plan, state, createdAt, expiresAt, revokedAt, replacedBy, lastUsedAt }: Key & Partial<ListedKey>) {
  return { id, user: user.name, role: user.role, label, preview, plan, state, created_at: createdAt, expires_at: expiresAt ?? null, revoked_at: revokedAt ?? null, replaced_by: replacedBy ?? null, last_used_at: lastUsedAt ?? null };
}

/** `2026-12-01 12:00` of an instant in ISO 8601. */
function minuteOf(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}

function numberOf(text: string, flag: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new AntiphonError('input_invalid', `${flag} must be a number, not "${text}".`, { param: flag });
  return value;
}
