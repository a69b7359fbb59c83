import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createDatabricks,
  DatabricksConflictError,
  DatabricksNotFoundError,
  succeeded,
  type Databricks,
} from '@tributary/databricks';
import { waitUntil } from '../processes/wait-until.ts';
import { startMinilake, type Minilake } from './minilake.ts';
import { collect } from './test-collect.ts';

/**
 * Every call of our client against a stand-in that others wrote, within what that one can do. It has no OAuth, no paging,
 * no Range, no name filter for jobs, no idempotency token for run-now (the test says so where it matters), no uploads
 * into folders that do not exist (it makes them) and no volumes that do not exist (any path is one): those are shown by
 * Databricks' own SDK against our stand-in, and by our client against servers of its own tests.
 */
let minilake: Minilake;
let databricks: Databricks;

beforeAll(async () => {
  minilake = await startMinilake();
  databricks = createDatabricks({
    host: minilake.url,
    auth: { kind: 'pat', token: 'dapi-any' },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
  });
}, 180_000);

afterAll(async () => {
  databricks.close();
  await minilake.stop();
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

  it('claims and lists files of any name', async () => {
    const folder = `${root}/odd names`;
    const names = [
      '100% sure.csv',
      'a b.csv',
      'a%20b.csv',
      'a+b.csv',
      "it's #1?&=.csv",
      'Zürich.csv',
      '表 𝒳.csv',
    ];
    await databricks.files.mkdirs(folder);
    for (const [index, name] of names.entries()) {
      await databricks.files.upload(`${folder}/${name}`, Buffer.from([index]), { overwrite: false });
      const again = databricks.files.upload(`${folder}/${name}`, Buffer.from('x'), { overwrite: false });
      await expect(again).rejects.toBeInstanceOf(DatabricksConflictError);
    }
    const listed = await collect(databricks.files.list(folder, { pageSize: 2 }));
    expect(listed.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const [index, { name, path }] of names
      .map((each) => ({ name: each, path: `${folder}/${each}` }))
      .entries()) {
      expect([name, ...(await databricks.files.download(path))]).toEqual([name, index]);
      await databricks.files.delete(path);
    }
    expect(await collect(databricks.files.list(folder))).toEqual([]);
  });

  it('replaces a file where that is asked for, also by an empty one', async () => {
    const path = `${root}/replaced.csv`;
    await databricks.files.upload(path, Buffer.from('first'), { overwrite: false, createParents: true });
    await databricks.files.upload(path, new Uint8Array(), { overwrite: true });
    expect(await databricks.files.head(path)).toMatchObject({ size: 0, lastModified: expect.any(String) });
    expect(await databricks.files.download(path)).toEqual(Buffer.alloc(0));
  });

  it('makes, lists and removes folders', async () => {
    await databricks.files.mkdirs(`${root}/deep/er/est`);
    await databricks.files.mkdirs(`${root}/deep/er/est`);
    await databricks.files.upload(`${root}/deep/file`, Buffer.from('x'), { overwrite: false });
    const entries = await collect(databricks.files.list(`${root}/deep`));
    expect(entries.map(({ name, isDirectory, size }) => [name, isDirectory, size])).toEqual([
      ['er', true, 0],
      ['file', false, 1],
    ]);
    await expect(databricks.files.deleteFolder(`${root}/deep/er`)).rejects.toMatchObject({ kind: 'user' });
    await databricks.files.deleteFolder(`${root}/deep/er/est`);
    await databricks.files.deleteFolder(`${root}/deep/er`);
    await expect(collect(databricks.files.list(`${root}/deep/er`))).rejects.toBeInstanceOf(
      DatabricksNotFoundError,
    );
    await expect(databricks.files.deleteFolder(`${root}/none`)).rejects.toBeInstanceOf(
      DatabricksNotFoundError,
    );
  });

  it('finds no file where there is none, whatever it does with it', async () => {
    for (const call of [
      databricks.files.head(`${root}/none`),
      databricks.files.download(`${root}/none`),
      databricks.files.delete(`${root}/none`),
      collect(databricks.files.list(`${root}/none`)),
    ])
      await expect(call).rejects.toBeInstanceOf(DatabricksNotFoundError);
  });

  it('carries a file of tens of megabytes as it is', async () => {
    const bytes = randomBytes(24 * 1024 * 1024);
    await databricks.files.upload(`${root}/large`, bytes, { overwrite: false });
    expect((await databricks.files.download(`${root}/large`)).equals(bytes)).toBe(true);
    await databricks.files.delete(`${root}/large`);
  });

  it('imports plain files beside notebooks, replaces them, and removes all of a folder', async () => {
    await databricks.workspace.mkdirs('/Shared/beside');
    const source = '# Databricks notebook source\nprint(2)\n';
    const options = { format: 'SOURCE', language: 'PYTHON', overwrite: false } as const;
    await databricks.workspace.import('/Shared/beside/n', source, options);
    await expect(databricks.workspace.import('/Shared/beside/n', source, options)).rejects.toBeInstanceOf(
      DatabricksConflictError,
    );
    await databricks.workspace.importVerified('/Shared/beside/n', `${source}print(3)\n`, {
      ...options,
      overwrite: true,
    });
    await databricks.workspace.importVerified('/Shared/beside/ü 100% #1', source, {
      ...options,
      overwrite: true,
    });
    const objects = await databricks.workspace.list('/Shared/beside');
    expect(objects.map(({ path, objectType }) => [path, objectType]).toSorted()).toEqual([
      ['/Shared/beside/n', 'NOTEBOOK'],
      ['/Shared/beside/ü 100% #1', 'NOTEBOOK'],
    ]);
    expect(
      (await databricks.workspace.export('/Shared/beside/n', { format: 'SOURCE' })).toString(),
    ).toContain('print(3)');
    await expect(databricks.workspace.delete('/Shared/beside')).rejects.toMatchObject({ kind: 'user' });
    await databricks.workspace.delete('/Shared/beside', { recursive: true });
    await expect(databricks.workspace.list('/Shared/beside')).rejects.toBeInstanceOf(DatabricksNotFoundError);
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
    // The token is taken and not heeded there.
    const run = await databricks.jobs.runNow(job, { idempotencyToken: 'one', queue: true });
    const done = await waitUntil(
      async () => {
        const now = await databricks.jobs.getRun(run);
        return now.termination === undefined ? undefined : now;
      },
      { what: 'the run to end', timeoutMs: 30_000 },
    );
    expect(succeeded(done)).toBe(true);
    expect(done).toMatchObject({ jobId: job, runId: run, tasks: [{ taskKey: 'a' }] });
    expect(done.endTime).toBeGreaterThanOrEqual(done.startTime);
    expect(done.pageUrl).toContain(String(run));
    expect(await databricks.jobs.getRunOutput(done.tasks[0]?.runId ?? run)).toMatchObject({
      error: undefined,
    });
    await databricks.jobs.cancelRun(run); // one that has ended may be cancelled
    expect((await collect(databricks.jobs.listRuns({ jobId: job }))).map((each) => each.runId)).toEqual([
      run,
    ]);
    await databricks.jobs.delete(job);
    await expect(databricks.jobs.get(job)).rejects.toBeInstanceOf(DatabricksNotFoundError);
    await expect(databricks.jobs.getRun(999_999)).rejects.toBeInstanceOf(DatabricksNotFoundError);
    await expect(databricks.jobs.reset(999_999, { name: 'x', tasks })).rejects.toBeInstanceOf(
      DatabricksNotFoundError,
    );
  }, 60_000);
});

describe('Unity Catalog of minilake', () => {
  it('removes a volume and a schema', async () => {
    await databricks.unityCatalog.createSchema('lab', 'going');
    await databricks.unityCatalog.createVolume('lab', 'going', 'soon');
    await expect(databricks.unityCatalog.createVolume('lab', 'going', 'soon')).rejects.toBeInstanceOf(
      DatabricksConflictError,
    );
    expect(await databricks.unityCatalog.getSchema('lab', 'going')).toEqual({
      catalog: 'lab',
      name: 'going',
    });
    await databricks.unityCatalog.deleteVolume('lab', 'going', 'soon');
    await databricks.unityCatalog.deleteSchema('lab', 'going');
    await expect(databricks.unityCatalog.getSchema('lab', 'going')).rejects.toBeInstanceOf(
      DatabricksNotFoundError,
    );
  });
});

describe('SQL by minilake', () => {
  const query = (statement: string) => databricks.sql.query(statement, { warehouseId: minilake.warehouseId });

  it('answers every cell as text, through all chunks', async () => {
    expect(await query("SELECT CAST(1 AS BIGINT), 'a', NULL, CAST(9223372036854775807 AS STRING)")).toEqual([
      ['1', 'a', null, '9223372036854775807'],
    ]);
    const rows = await query('SELECT range FROM range(250000) ORDER BY range');
    expect([rows.length, rows[0], rows.at(-1)]).toEqual([250_000, ['0'], ['249999']]);
  }, 30_000);

  it('says what is wrong with a statement', async () => {
    await expect(query('SELECT nothing FROM nowhere')).rejects.toMatchObject({
      kind: expect.stringMatching(/user|notFound/),
    });
  });
});
