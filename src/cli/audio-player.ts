/** Plays WAV through whatever player this machine has. */
import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Writable } from 'node:stream';
import { AntiphonError } from '../errors.ts';

export type AudioPlayer = {
  readonly name: string;
  /** Takes a WAV stream as it is made. */
  readonly input: Writable;
  /** Resolves when the last sound has been played. */
  readonly finished: Promise<void>;
  readonly stop: () => void;
};

/** Each reads WAV of unknown length from standard input. */
const players: readonly { readonly command: string; readonly args: readonly string[] }[] = [
  { command: 'pw-cat', args: ['--playback', '-'] },
  { command: 'paplay', args: ['--file-format=wav'] },
  { command: 'aplay', args: ['-q', '-'] },
  { command: 'ffplay', args: ['-nodisp', '-autoexit', '-loglevel', 'error', '-i', '-'] },
  { command: 'play', args: ['-q', '-t', 'wav', '-'] },
];

/** undefined where there is none on the path. */
export async function findPlayer(searchPath: string): Promise<(typeof players)[number] | undefined> {
  for (const player of players) {
    for (const folder of searchPath.split(delimiter)) {
      const found = await access(join(folder, player.command), constants.X_OK).then(() => true, () => false);
      if (found) return player;
    }
  }
  return undefined;
}

/** Errors: input_invalid when this machine has no player. */
export async function openPlayer(searchPath: string): Promise<AudioPlayer> {
  const player = await findPlayer(searchPath);
  if (!player) throw new AntiphonError('input_invalid', `No audio player is here (looked for ${players.map(({ command }) => command).join(', ')}); write a file with -o instead.`, { param: '--play' });
  const child = spawn(player.command, player.args, { stdio: ['pipe', 'ignore', 'inherit'] });
  // A player that ends early closes the pipe; its exit code says whether that is a failure.
  child.stdin.on('error', () => undefined);
  return {
    name: player.command,
    input: child.stdin,
    finished: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => (code === 0 || code === null ? resolve() : reject(new AntiphonError('engine_failed', `${player.command} could not play the sound (exit code ${code}); write a file with -o instead.`))));
    }),
    stop: () => void child.kill(),
  };
}
