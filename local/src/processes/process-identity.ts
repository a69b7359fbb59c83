import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process for good: the kernel gives a pid again, but never with the same start time. */
export type ProcessIdentity = { pid: number; startTime: string };

type Stat = { group: number; startTime: string; state: string };

function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // gone, or a system without /proc
  }
  // The command name, in parentheses, may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', group: Number(fields[2]), startTime: fields[19] ?? '' };
}

function startTimeByPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The start time of a live process, in whatever unit the system has; undefined once it is gone. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startTimeByPs(pid);
  const stat = readStat(pid);
  return stat === undefined || stat.state === 'Z' ? undefined : stat.startTime;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' };
}

export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return startTimeOf(pid) === startTime;
}

/**
 * Sends a signal to the group that `leader` led, if any of it is left. A leader whose pid was given to
 * another process is left alone; a group whose leader died first is found by its members.
 */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  const now = startTimeOf(leader.pid);
  if (now !== undefined && now !== leader.startTime) return false;
  if (now === undefined && !hasMembers(leader)) return false;
  try {
    process.kill(-leader.pid, signal);
    return true;
  } catch {
    return false; // went away meanwhile
  }
}

/** Whether any process of the group is left (zombies do not count). */
export function groupIsAlive(leader: ProcessIdentity): boolean {
  const now = startTimeOf(leader.pid);
  if (now === leader.startTime) return true;
  return now === undefined && hasMembers(leader);
}

function hasMembers(leader: ProcessIdentity): boolean {
  if (process.platform !== 'linux') {
    try {
      process.kill(-leader.pid, 0);
      return true;
    } catch {
      return false;
    }
  }
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readStat(Number(entry));
    if (stat === undefined || stat.state === 'Z' || stat.group !== leader.pid) continue;
    if (Number(stat.startTime) >= Number(leader.startTime)) return true;
  }
  return false;
}
