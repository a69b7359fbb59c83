import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startDatabricks, type DatabricksStandIn } from '@tributary/local/testing';
import {
  createDatabricks,
  DatabricksError,
  DatabricksNotFoundError,
  type Databricks,
  type Job,
} from '@tributary/databricks';
import { cleanUp } from './cleanup.ts';
import { planJob, type AnalysisFeed } from './job-settings.ts';
import { syncJob } from './job-sync.ts';
import { ensureVolume } from './landing-place.ts';
import { loadNotebooks, syncNotebooks, type NotebookSet } from './notebooks.ts';

const stop = new AbortController();
const { signal } = stop;
let folder: string;
let standIn: DatabricksStandIn;
let databricks: Databricks;
let notebooks: NotebookSet;

const feed: AnalysisFeed = {
  namespace: 'markets',
  name: 'sp500',
  uid: 'uid-1',
  topicId: 'topic-1',
  schema: 1,
  series: { frequency: '1d', availableAfter: '16h', provisional: 'last', whole: true },
  suspended: false,
  databricks: {
    connection: { secretRef: { name: 'databricks' }, serviceAccountName: 'default' },
    volume: { catalog: 'main', schema: 'landing', volume: 'feeds' },
    schedule: { cron: '0 6 * * MON-FRI', timeZone: 'Europe/Paris' },
    analyses: [{ name: 'outlook', notebook: 'forecast', parameters: [{ name: 'horizon', value: '4' }] }],
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-databricks-'));
  const sources = join(folder, 'notebooks');
  await mkdir(join(sources, 'tributary'), { recursive: true });
  await writeFile(join(sources, 'overview.py'), '# Databricks notebook source\nprint("overview")\n');
  await writeFile(join(sources, 'forecast.py'), '# Databricks notebook source\nprint("forecast")\n');
  await writeFile(join(sources, 'setup.py'), 'print("no notebook")\n');
  await writeFile(join(sources, 'tributary', '__init__.py'), '');
  await writeFile(join(sources, 'tributary', 'words.py'), 'GREETING = "hello"\n');
  notebooks = await loadNotebooks(sources);
  standIn = await startDatabricks({ workDir: join(folder, 'workspace'), python: 'python3', signal });
  databricks = createDatabricks({
    host: standIn.url,
    auth: { kind: 'pat', token: standIn.token },
    userAgent: 'test/1.0',
    allowInsecureLoopback: true,
  });
}, 60_000);

afterAll(async () => {
  databricks?.close();
  await standIn?.stop();
  stop.abort();
  await rm(folder, { recursive: true, force: true });
});

async function jobs(): Promise<Job[]> {
  const found: Job[] = [];
  for await (const job of databricks.jobs.list()) found.push(job);
  return found;
}

describe('the landing place', () => {
  it('is made with its schema where it is missing, and left alone after that', async () => {
    await ensureVolume(databricks.unityCatalog, feed.databricks.volume, signal);
    await ensureVolume(databricks.unityCatalog, feed.databricks.volume, signal);
    expect(await readdir(join(standIn.volumesDir, 'main', 'landing'))).toEqual(['feeds']);
  });

  it('is never made in a catalog that does not exist', async () => {
    const missing = { catalog: 'absent', schema: 'landing', volume: 'feeds' };
    await expect(ensureVolume(databricks.unityCatalog, missing, signal)).rejects.toThrow(DatabricksError);
  });
});

describe('the notebooks', () => {
  const path = '/Shared/tributary/markets.sp500';

  it('are imported once, with the package beside them', async () => {
    expect(notebooks.names).toEqual(new Set(['overview', 'forecast']));
    const first = await syncNotebooks(databricks.workspace, path, notebooks, signal);
    expect(first).toEqual(['forecast', 'overview', 'tributary/__init__.py', 'tributary/words.py']);
    expect(await syncNotebooks(databricks.workspace, path, notebooks, signal)).toEqual([]);
    const overview = await databricks.workspace.getStatus(`${path}/overview`);
    expect(overview.objectType).toBe('NOTEBOOK');
    expect((await databricks.workspace.getStatus(`${path}/tributary/words.py`)).objectType).toBe('FILE');
  });

  it('are repaired when somebody changed or removed one', async () => {
    await databricks.workspace.import(`${path}/overview`, '# Databricks notebook source\n', {
      format: 'SOURCE',
      language: 'PYTHON',
      overwrite: true,
    });
    await databricks.workspace.delete(`${path}/tributary/words.py`);
    const repaired = await syncNotebooks(databricks.workspace, path, notebooks, signal);
    expect(repaired).toEqual(['overview', 'tributary/words.py']);
  });
});

describe('the job', () => {
  it('is made once with its schedule in Quartz, and found again by tag', async () => {
    const id = await syncJob(databricks, feed, signal);
    expect(await syncJob(databricks, feed, signal)).toBe(id);
    const [job, ...others] = await jobs();
    expect(others).toEqual([]);
    expect(job?.settings).toMatchObject({
      name: 'tributary markets.sp500',
      tags: { 'tributary-uid': 'uid-1' },
      schedule: {
        quartz_cron_expression: '0 0 6 ? * MON-FRI',
        timezone_id: 'Europe/Paris',
        pause_status: 'UNPAUSED',
      },
    });
    expect(planJob(feed).tasks.map(({ task_key }) => task_key)).toEqual(['overview', 'outlook']);
  });

  it('tells every notebook what is known of the feed as a series', () => {
    const told = planJob(feed).tasks.map(({ notebook_task }) => notebook_task?.base_parameters?.['series']);
    const series = '{"frequency":"1d","availableAfter":"16h","provisional":"last","whole":true}';
    expect(told).toEqual([series, series]);
    const without = planJob({ ...feed, series: undefined }).tasks[0]?.notebook_task?.base_parameters;
    expect(Object.keys(without ?? {})).toEqual(['feed', 'volume_path', 'topic_id', 'schema']);
  });

  it("is not written while only Databricks' own defaults differ", async () => {
    const [before] = await jobs();
    let writes = 0;
    const counting = {
      ...databricks,
      jobs: Object.assign(Object.create(databricks.jobs), {
        list: databricks.jobs.list.bind(databricks.jobs),
        create: async () => ++writes,
        update: async () => void ++writes,
        reset: async () => void ++writes,
      }),
    };
    expect(await syncJob(counting, feed, signal)).toBe(before?.jobId);
    expect(writes).toBe(0);
  });

  it('gets its schedule back when that was removed by hand, and a task goes when it is no longer asked for', async () => {
    const id = await syncJob(databricks, feed, signal);
    await databricks.jobs.update(id, { remove: ['schedule'] });
    await syncJob(databricks, feed, signal);
    expect((await databricks.jobs.get(id)).settings['schedule']).toBeDefined();
    const fewer = { ...feed, databricks: { ...feed.databricks, analyses: [] } };
    await syncJob(databricks, fewer, signal);
    expect((await databricks.jobs.get(id)).settings['tasks']).toHaveLength(1);
    await syncJob(databricks, feed, signal);
    expect((await databricks.jobs.get(id)).settings['tasks']).toHaveLength(2);
  });

  it('loses its schedule when the spec no longer has one', async () => {
    const { schedule: _, ...unscheduled } = feed.databricks;
    const id = await syncJob(databricks, { ...feed, databricks: unscheduled }, signal);
    expect((await databricks.jobs.get(id)).settings['schedule']).toBeUndefined();
    await syncJob(databricks, feed, signal);
  });

  it('is paused while the feed is suspended', async () => {
    const id = await syncJob(databricks, { ...feed, suspended: true }, signal);
    expect((await databricks.jobs.get(id)).settings['schedule']).toMatchObject({ pause_status: 'PAUSED' });
    await syncJob(databricks, feed, signal);
  });

  it('is one again after a lost answer made two', async () => {
    const kept = await syncJob(databricks, feed, signal);
    await databricks.jobs.create(planJob(feed));
    expect(await jobs()).toHaveLength(2);
    expect(await syncJob(databricks, feed, signal)).toBe(kept);
    expect((await jobs()).map(({ jobId }) => jobId)).toEqual([kept]);
  });

  it('leaves jobs of others with the same name alone', async () => {
    const theirs = await databricks.jobs.create({ ...planJob(feed), tags: { owner: 'somebody' } });
    await syncJob(databricks, feed, signal);
    expect((await jobs()).map(({ jobId }) => jobId)).toContain(theirs);
    await databricks.jobs.delete(theirs);
  });
});

describe('the end of a feed', () => {
  const { namespace, name, uid } = feed;
  const end = (jobs: 'Retain' | 'Delete', files: 'Retain' | 'Delete'): Promise<void> =>
    cleanUp(databricks, { namespace, name, uid, databricks: feed.databricks, jobs, files }, signal);

  it('leaves a job behind without a schedule when it is to be retained, for the next feed of that name', async () => {
    const id = await syncJob(databricks, feed, signal);
    await end('Retain', 'Retain');
    const { settings } = await databricks.jobs.get(id);
    expect(settings['schedule']).toBeUndefined();
    const next = { ...feed, uid: 'uid-2' };
    expect(await syncJob(databricks, next, signal)).toBe(id);
    expect((await databricks.jobs.get(id)).settings['tags']).toEqual({ 'tributary-uid': 'uid-2' });
    await syncJob(databricks, next, signal);
    await cleanUp(databricks, { ...next, jobs: 'Delete', files: 'Retain' }, signal);
  });

  it('removes job, notebooks and files when that is asked for, and may be repeated', async () => {
    await syncJob(databricks, feed, signal);
    const root = '/Volumes/main/landing/feeds/markets.sp500';
    const file = `${root}/topic-1/schema-1/2026-01-01/0-0.csv`;
    await databricks.files.upload(file, Buffer.from('a\n1\n'), { overwrite: false, createParents: true });
    await end('Delete', 'Retain');
    expect(await readFile(join(standIn.volumesDir, file.replace('/Volumes/', '')), 'utf8')).toBe('a\n1\n');
    await end('Delete', 'Delete');
    expect(await jobs()).toEqual([]);
    expect(await readdir(join(standIn.volumesDir, 'main', 'landing', 'feeds'))).toEqual([]);
    await expect(databricks.workspace.getStatus('/Shared/tributary/markets.sp500')).rejects.toThrow(
      DatabricksNotFoundError,
    );
    await end('Delete', 'Delete');
  });
});
