import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createDatabricks,
  DatabricksConflictError,
  DatabricksNotFoundError,
  succeeded,
  type Databricks,
} from '@tributary/databricks';
import { freePorts } from '../processes/free-port.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { collect } from './test-collect.ts';

/** Our client against a stand-in that others wrote, within what that one can do (no OAuth, paging, Range, name filter, idempotency). */
let workDir = '';
let server: ChildProcess;
let databricks: Databricks;

beforeAll(async () => {
  const { minilakePython } = await ensureToolchain(['minilake']);
  workDir = await mkdtemp(join(tmpdir(), 'minilake-'));
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  server = spawn(minilakePython, ['-m', 'minilake', '--port', String(port)], {
    cwd: workDir,
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      HOME: workDir,
      MINILAKE_DATA_DIR: join(workDir, 'data'),
      MINILAKE_JOB_EXECUTOR: 'subprocess',
      MINILAKE_NOTEBOOK: '0',
    },
  });
  await waitUntil(async () => (await fetch(`${url}/api/2.0/preview/scim/v2/Me`)).ok, {
    what: 'minilake',
    timeoutMs: 60_000,
  });
  // `main` is reserved there, and catalogs are not ours to make.
  await fetch(`${url}/api/2.1/unity-catalog/catalogs`, {
    method: 'POST',
    headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'lab' }),
  });
  databricks = createDatabricks({
    host: url,
    auth: { kind: 'pat', token: 'dapi-any' },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
  });
}, 180_000);

afterAll(async () => {
  databricks.close();
  const gone = once(server, 'exit');
  server.kill('SIGKILL');
  await gone;
  await rm(workDir, { recursive: true, force: true });
});

describe('the client against minilake', () => {
  const root = '/Volumes/lab/landing/feeds';

  it('makes a schema and a volume once', async () => {
    await databricks.unityCatalog.createSchema('lab', 'landing');
    await expect(databricks.unityCatalog.createSchema('lab', 'landing')).rejects.toBeInstanceOf(
      DatabricksConflictError,
    );
    await databricks.unityCatalog.createVolume('lab', 'landing', 'feeds');
    expect(await databricks.unityCatalog.getVolume('lab', 'landing', 'feeds')).toEqual({
      catalog: 'lab',
      schema: 'landing',
      name: 'feeds',
      type: 'MANAGED',
    });
    await expect(databricks.unityCatalog.getVolume('lab', 'landing', 'none')).rejects.toBeInstanceOf(
      DatabricksNotFoundError,
    );
  });

  it('puts, claims, reads, lists and deletes files', async () => {
    const path = `${root}/a b/ü 1.csv`;
    await databricks.files.mkdirs(`${root}/a b`);
    await databricks.files.upload(path, Buffer.from('hello'), { overwrite: false });
    await expect(
      databricks.files.upload(path, Buffer.from('other'), { overwrite: false }),
    ).rejects.toBeInstanceOf(DatabricksConflictError);
    expect((await databricks.files.head(path)).size).toBe(5);
    expect((await databricks.files.download(path)).toString()).toBe('hello');
    expect((await databricks.files.download(path, { start: 1, end: 2 })).toString()).toBe('el');
    const entries = await collect(databricks.files.list(`${root}/a b`));
    expect(entries).toMatchObject([{ path, name: 'ü 1.csv', isDirectory: false, size: 5 }]);
    await databricks.files.delete(path);
    await expect(databricks.files.head(path)).rejects.toBeInstanceOf(DatabricksNotFoundError);
  });

  it('imports a notebook and reads it back', async () => {
    await databricks.workspace.mkdirs('/Shared/test');
    await databricks.workspace.importVerified('/Shared/test/n', '# Databricks notebook source\nprint(1)\n', {
      format: 'SOURCE',
      language: 'PYTHON',
      overwrite: true,
    });
    expect(await databricks.workspace.getStatus('/Shared/test/n')).toMatchObject({
      objectType: 'NOTEBOOK',
      language: 'PYTHON',
    });
    expect((await databricks.workspace.list('/Shared/test')).map((each) => each.path)).toEqual([
      '/Shared/test/n',
    ]);
    await expect(databricks.workspace.getStatus('/Shared/test/none')).rejects.toBeInstanceOf(
      DatabricksNotFoundError,
    );
  });

  it('makes, changes, runs and deletes a job', async () => {
    const tasks = [{ task_key: 'a', notebook_task: { notebook_path: '/Shared/test/n' } }];
    const schedule = {
      quartz_cron_expression: '0 0 6 * * ?',
      timezone_id: 'UTC',
      pause_status: 'PAUSED',
    } as const;
    const job = await databricks.jobs.create({
      name: 'one',
      tags: { 'tributary-uid': 'u' },
      tasks,
      schedule,
    });
    expect((await databricks.jobs.get(job)).settings).toMatchObject({
      name: 'one',
      tags: { 'tributary-uid': 'u' },
      schedule,
    });
    expect((await collect(databricks.jobs.list())).map((each) => each.jobId)).toEqual([job]);
    await databricks.jobs.update(job, { settings: { name: 'two' }, remove: ['schedule'] });
    const changed = (await databricks.jobs.get(job)).settings;
    expect(changed['name']).toBe('two');
    expect(changed['schedule'] ?? undefined).toBeUndefined();
    await databricks.jobs.reset(job, { name: 'three', tasks });
    expect((await databricks.jobs.get(job)).settings['name']).toBe('three');
    const run = await databricks.jobs.runNow(job);
    const done = await waitUntil(
      async () => {
        const now = await databricks.jobs.getRun(run);
        return now.termination === undefined ? undefined : now;
      },
      { what: 'the run to end', timeoutMs: 30_000 },
    );
    expect(succeeded(done)).toBe(true);
    expect((await collect(databricks.jobs.listRuns({ jobId: job }))).map((each) => each.runId)).toEqual([
      run,
    ]);
    await databricks.jobs.delete(job);
    await expect(databricks.jobs.get(job)).rejects.toBeInstanceOf(DatabricksNotFoundError);
  }, 60_000);
});
