import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupIsAlive, isAlive, ownIdentity, signalGroup } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { waitUntil } from './wait-until.ts';

type Entry = ProcessIdentity & { name: string; owner: ProcessIdentity };

/**
 * The list, on disk, of the process groups that a run started: what a later run kills when this one was
 * killed before it could clean up. One file per process, in `<workDir>/processes`.
 */
export class ProcessRegistry {
  readonly #folder: string;

  constructor(workDir: string) {
    this.#folder = join(workDir, 'processes');
  }

  add(name: string, identity: ProcessIdentity): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const entry: Entry = { ...identity, name, owner: ownIdentity() };
    const path = this.#path(identity.pid);
    writeFileSync(`${path}.new`, JSON.stringify(entry));
    renameSync(`${path}.new`, path);
  }

  remove(pid: number): void {
    rmSync(this.#path(pid), { force: true });
  }

  /** Live owners other than this process: someone else is using the work folder right now. */
  otherOwners(): ProcessIdentity[] {
    const owners = this.#entries().map((entry) => entry.owner);
    return owners.filter((owner) => owner.pid !== process.pid && isAlive(owner));
  }

  /** Kills what owners that are gone left running and resolves, with their names, when all of it has ended. */
  async killOrphans(): Promise<string[]> {
    const orphans = this.#entries().filter((entry) => !isAlive(entry.owner));
    const killed = orphans.filter((entry) => signalGroup(entry, 'SIGKILL'));
    for (const orphan of orphans) {
      await waitUntil(() => !groupIsAlive(orphan), {
        what: `the left-over ${orphan.name} (pid ${orphan.pid}) to end`,
        timeoutMs: 10_000,
        intervalMs: 10,
      });
      this.remove(orphan.pid);
    }
    return killed.map((entry) => entry.name);
  }

  #entries(): Entry[] {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return []; // no run has used this folder yet
    }
    return names
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => {
        const entry = parseEntry(join(this.#folder, name));
        return entry === undefined ? [] : [entry];
      });
  }

  #path(pid: number): string {
    return join(this.#folder, `${pid}.json`);
  }
}

function parseEntry(path: string): Entry | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined; // removed between listing and reading
  }
  const value: unknown = JSON.parse(text);
  if (!isIdentity(value) || !('name' in value) || !('owner' in value) || !isIdentity(value.owner)) {
    throw new Error(`${path} is not a process record; remove it`);
  }
  return { pid: value.pid, startTime: value.startTime, name: String(value.name), owner: value.owner };
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    Number.isInteger(value.pid) &&
    Number(value.pid) > 1 &&
    'startTime' in value &&
    typeof value.startTime === 'string'
  );
}
