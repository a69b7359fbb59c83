import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hasCode } from './error-code.ts';
import { startTimeOf } from './process-identity.ts';
import { ProcessRegistry } from './registry.ts';
import { Supervisor } from './supervisor.ts';
import type { ProcessSpec } from './supervisor.ts';
import { waitUntil } from './wait-until.ts';

let workDir: string;
let supervisor: Supervisor;

beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), 'tributary-supervisor-'));
  supervisor = new Supervisor(workDir);
});

afterEach(async () => {
  await supervisor.stopAll();
  await rm(workDir, { recursive: true, force: true });
});

/** A shell script as a supervised process. */
function script(text: string, rest: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name: 'script',
    command: '/bin/sh',
    args: ['-c', text],
    env: { PATH: '/usr/bin:/bin' },
    cwd: workDir,
    logFile: join(workDir, 'log'),
    ...rest,
  };
}

/** The number that a process writes to a file of the work folder. */
async function pidFrom(name: string): Promise<number> {
  return await waitUntil(
    () => {
      try {
        return Number(readFileSync(join(workDir, name), 'utf8')) || undefined;
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return undefined;
        throw error;
      }
    },
    { what: `the file ${name}`, timeoutMs: 5000, intervalMs: 5 },
  );
}

async function gone(pid: number): Promise<void> {
  await waitUntil(() => startTimeOf(pid) === undefined, {
    what: `${pid} to end`,
    timeoutMs: 5000,
    intervalMs: 5,
  });
}

describe('a supervised process', () => {
  it('is ready when its condition says so, and not before', async () => {
    let asked = 0;
    await supervisor.start(script('exec sleep 60', { ready: async () => (asked += 1) === 3 }));
    expect(asked).toBe(3);
  });

  it('that ends before it is ready fails at once, with the end of its log', async () => {
    const spec = script('echo the disk is full >&2; exit 3', { ready: async () => false });
    await expect(supervisor.start(spec)).rejects.toThrow(/ended with code 3[^]*the disk is full/);
  });

  it('that cannot be started fails with the reason', async () => {
    await expect(supervisor.start(script('', { command: '/nowhere/program' }))).rejects.toThrow(/ENOENT/);
  });

  it('is gone, with its children, when the start is aborted', async () => {
    const abort = new AbortController();
    const spec = script('sleep 60 & echo $! > child; wait', { ready: async () => false });
    const start = supervisor.start(spec, abort.signal);
    const child = await pidFrom('child');
    abort.abort(new Error('enough'));
    await expect(start).rejects.toThrow('enough');
    expect(startTimeOf(child)).toBeUndefined();
    expect(supervisor.running).toHaveLength(0);
  });

  it('may clean up when it is stopped', async () => {
    const managed = await supervisor.start(
      script("trap 'echo bye; exit 0' TERM; echo $$ > up; while :; do sleep 0.01; done"),
    );
    await pidFrom('up');
    expect(await managed.stop()).toEqual({ code: 0, signal: null });
    expect(readFileSync(join(workDir, 'log'), 'utf8')).toContain('bye');
  });

  it('is killed, with its children, when it does not stop in time', async () => {
    const managed = await supervisor.start(
      script("trap '' TERM; sleep 60 & echo $! > child; while :; do sleep 0.01; done", { graceMs: 100 }),
    );
    const child = await pidFrom('child');
    expect((await managed.stop()).signal).toBe('SIGKILL');
    expect(startTimeOf(child)).toBeUndefined();
  });

  it('takes its children along when it ends by itself', async () => {
    const managed = await supervisor.start(script('sleep 60 & echo $! > child'));
    const child = await pidFrom('child');
    expect(await managed.exited).toEqual({ code: 0, signal: null });
    await gone(child);
  });
});

describe('what a program started', () => {
  const supervisorModule = join(import.meta.dirname, 'supervisor.ts');

  /** Another Node that supervises one `sleep`, whose pid it writes down, and then does as told. */
  function program(then: string): ReturnType<typeof spawn> {
    const text = `
      import { writeFileSync } from 'node:fs';
      import { Supervisor } from ${JSON.stringify(supervisorModule)};
      const supervisor = new Supervisor(${JSON.stringify(workDir)});
      const args = ['-c', 'echo $$ > child; exec sleep 60'];
      const cwd = ${JSON.stringify(workDir)};
      await supervisor.start({ name: 'sleeper', command: '/bin/sh', args, cwd, env: { PATH: '/usr/bin:/bin' }, logFile: cwd + '/log' });
      setTimeout(() => { ${then} }, 200);`;
    const env = { ...process.env, NODE_OPTIONS: '' };
    return spawn(process.execPath, ['--input-type=module-typescript', '-e', text], { env, stdio: 'ignore' });
  }

  it.each([
    ['by itself', 'process.exit(0)', 0],
    ['by an error', 'throw new Error("unforeseen")', 1],
  ])('ends when the program ends %s', async (_how, then, code) => {
    const owner = program(then);
    const child = await pidFrom('child');
    expect(await new Promise((resolve) => owner.once('exit', resolve))).toBe(code);
    await gone(child);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends when the program gets %s', async (signal) => {
    const owner = program('');
    const child = await pidFrom('child');
    owner.kill(signal);
    const endedBy = await new Promise((resolve) => owner.once('exit', (_code, by) => resolve(by)));
    expect(endedBy).toBe(signal);
    await gone(child);
  });

  it('is left to a program that listens for the signal itself, even once', async () => {
    const owner = program(
      'process.once("SIGTERM", () => supervisor.stopAll().then(() => process.exit(7))); writeFileSync(cwd + "/listens", "1")',
    );
    const child = await pidFrom('child');
    await pidFrom('listens');
    owner.kill('SIGTERM');
    expect(await new Promise((resolve) => owner.once('exit', resolve))).toBe(7);
    await gone(child);
  });

  it('is killed by the next run when the program was killed', async () => {
    const owner = program('');
    const child = await pidFrom('child');
    await waitUntil(() => new ProcessRegistry(workDir).otherOwners().length === 1, {
      what: 'the record of the child',
      timeoutMs: 5000,
    });
    expect(await supervisor.registry.killOrphans()).toEqual([]); // its owner lives
    owner.kill('SIGKILL');
    await new Promise((resolve) => owner.once('exit', resolve));
    expect(startTimeOf(child)).toBeDefined();
    expect(await supervisor.registry.killOrphans()).toEqual(['sleeper']);
    expect(startTimeOf(child)).toBeUndefined();
  });

  it('is not confused with a process that was given the same pid later', async () => {
    const bystander = await supervisor.start(script('exec sleep 60'));
    const registry = new ProcessRegistry(join(workDir, 'other'));
    registry.add('long gone', { pid: bystander.pid, startTime: '1' });
    const file = join(workDir, 'other', 'processes', `${bystander.pid}.json`);
    const record = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...record, owner: { pid: 2 ** 22 + 1, startTime: '1' } }));
    expect(await registry.killOrphans()).toEqual([]);
    expect(bystander.exit).toBeUndefined();
  });
});
