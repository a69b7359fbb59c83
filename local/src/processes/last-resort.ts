import { signalGroup } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

// Whatever way this process ends, short of SIGKILL (see registry.ts for that), its children end first.

const live = new Map<number, ProcessIdentity>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let installed = false;

function killAll(): void {
  for (const identity of live.values()) signalGroup(identity, 'SIGKILL');
  live.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // Where the program listens too, it stops its parts in order and exits by itself.
  if (process.listeners(signal).some((listener) => listener !== onSignal)) return;
  killAll();
  for (const each of signals) process.removeListener(each, onSignal);
  process.kill(process.pid, signal);
}

/**
 * To be called before a process is started and followed by `guard` or `release` without a pause: a signal in between
 * would otherwise end this process before it knows of its child.
 */
export function arm(): void {
  if (installed) return;
  installed = true;
  process.on('exit', killAll);
  // First in line, to see listeners that remove themselves when they are called.
  for (const signal of signals) process.prependListener(signal, onSignal);
}

/** From now on the group dies with this process, until `release` is called with its pid. */
export function guard(identity: ProcessIdentity): void {
  live.set(identity.pid, identity);
  arm();
}

/** Without a pid: what was armed for did not start. */
export function release(pid?: number): void {
  if (pid !== undefined) live.delete(pid);
  if (live.size > 0 || !installed) return;
  installed = false;
  process.removeListener('exit', killAll);
  for (const signal of signals) process.removeListener(signal, onSignal);
}
