/** Processes as Linux' /proc shows them: who descends from whom, what is open, how much memory. */
import { readFileSync, readdirSync } from 'node:fs';

export type ProcessEntry = { readonly pid: number; readonly parent: number; readonly group: number; readonly state: string };

/** Zombies included: their state is `Z`. */
function listProcesses(): readonly ProcessEntry[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => readEntry(Number(name)));
}

/** The living worker processes of a server, oldest first. */
export function workersOf(server: number): readonly number[] {
  return childrenOf(server, 'worker/process.ts');
}

/** Living children of a process whose command has these words in it. */
export function childrenOf(pid: number, command: string): readonly number[] {
  return listProcesses().filter((entry) => entry.parent === pid && entry.state !== 'Z' && commandOf(entry.pid).includes(command)).map((entry) => entry.pid);
}

/** Living members of a process group, orphans included. */
export function groupMembers(group: number): readonly number[] {
  return listProcesses().filter((entry) => entry.group === group && entry.state !== 'Z').map((entry) => entry.pid);
}

export function isAlive(pid: number): boolean {
  return readEntry(pid).some(({ state }) => state !== 'Z');
}

export function openFileCount(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** proc_pid_stat(5): the name stands in brackets and may hold anything, so fields are counted from behind it. */
function readEntry(pid: number): readonly ProcessEntry[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid, parent: Number(parent), group: Number(group), state }];
  } catch {
    return [];
  }
}
