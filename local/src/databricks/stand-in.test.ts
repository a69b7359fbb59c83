import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createDatabricks,
  DatabricksConflictError,
  succeeded,
  type Databricks,
  type JobRun,
} from '@tributary/databricks';
import { waitUntil } from '../processes/wait-until.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { collect } from './test-collect.ts';
import { startDatabricks, type DatabricksStandIn } from './index.ts';

const ROOT = '/Volumes/main/landing/feeds';

let workDir = '';
let standIn: DatabricksStandIn;
let databricks: Databricks;

async function start(): Promise<void> {
  const { python, java } = await ensureToolchain(['python', 'java']);
  standIn = await startDatabricks({ workDir, python, java, signal: new AbortController().signal });
  databricks = createDatabricks({
    host: standIn.url,
    auth: { kind: 'oauthM2M', clientId: standIn.clientId, clientSecret: standIn.clientSecret },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
  });
}

async function stop(): Promise<void> {
  databricks.close();
  await standIn.stop();
}

async function jobOf(source: string, settings: object = {}): Promise<number> {
  await databricks.workspace.mkdirs('/Shared/test');
  const name = `/Shared/test/n${Math.random().toString(36).slice(2)}`;
  await databricks.workspace.importVerified(name, `# Databricks notebook source\n${source}`, {
    format: 'SOURCE',
    language: 'PYTHON',
    overwrite: true,
  });
  return databricks.jobs.create({
    name,
    tasks: [{ task_key: 'only', notebook_task: { notebook_path: name } }],
    ...settings,
  });
}

const ended = (runId: number): Promise<JobRun> =>
  waitUntil(
    async () => {
      const run = await databricks.jobs.getRun(runId);
      return run.termination === undefined ? undefined : run;
    },
    { what: `run ${runId} to end`, timeoutMs: 90_000, intervalMs: 200 },
  );

beforeAll(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'databricks-'));
  await start();
  await databricks.unityCatalog.createSchema('main', 'landing');
  await databricks.unityCatalog.createVolume('main', 'landing', 'feeds');
}, 300_000);

afterAll(async () => {
  await stop();
  await rm(workDir, { recursive: true, force: true });
});

describe('files', () => {
  it('are claimed by exactly one of many writers of the same name', async () => {
    await databricks.files.mkdirs(`${ROOT}/claims`);
    const claims = await Promise.allSettled(
      Array.from({ length: 8 }, (_, writer) =>
        databricks.files.upload(`${ROOT}/claims/0-0.csv`, Buffer.from(`writer ${writer}`), {
          overwrite: false,
        }),
      ),
    );
    const losers = claims.flatMap((claim) => (claim.status === 'rejected' ? [claim.reason as unknown] : []));
    expect(losers).toHaveLength(7);
    for (const loser of losers) expect(loser).toBeInstanceOf(DatabricksConflictError);
    const winner = claims.findIndex((claim) => claim.status === 'fulfilled');
    expect((await databricks.files.download(`${ROOT}/claims/0-0.csv`)).toString()).toBe(`writer ${winner}`);
  });

  it('appear only when they are complete', async () => {
    const folder = join(standIn.volumesDir, 'main/landing/feeds/partial');
    await databricks.files.mkdirs(`${ROOT}/partial`);
    const { promise: broken, resolve } = Promise.withResolvers<void>();
    const upload = request(`${standIn.url}/api/2.0/fs/files${ROOT}/partial/a.csv`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${standIn.token}`, 'content-length': '1000' },
    });
    upload.on('error', () => resolve());
    upload.write(Buffer.alloc(500), () => upload.destroy());
    await broken;
    await waitUntil(async () => (await readdir(join(workDir, 'aside'))).length === 0, {
      what: 'the rest to be cleared',
      timeoutMs: 5_000,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['/../credentials.json', '/%2e%2e/%2e%2e/credentials.json', '/a%2f..%2f..%2fcredentials.json'])(
    'outside of the volume cannot be read by %s',
    async (path) => {
      // Written by hand: clients normalise such paths.
      const status = await new Promise((resolve, reject) => {
        const options = {
          path: `/api/2.0/fs/files${ROOT}${path}`,
          headers: { authorization: `Bearer ${standIn.token}` },
        };
        request(standIn.url, options, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
      expect(status).toBe(400);
    },
  );

  it('need credentials', async () => {
    expect((await fetch(`${standIn.url}/api/2.0/fs/directories${ROOT}`)).status).toBe(401);
    expect(
      (
        await fetch(`${standIn.url}/api/2.0/fs/directories${ROOT}`, {
          headers: { authorization: 'Bearer nonsense' },
        })
      ).status,
    ).toBe(403);
  });
});

describe('a run', () => {
  it('executes cells in order with what Databricks supplies, and keeps one page of them', async () => {
    await databricks.workspace.mkdirs('/Shared/test');
    await databricks.workspace.import('/Shared/test/shared_part.py', 'ANSWER = 42\n', {
      format: 'AUTO',
      overwrite: true,
    });
    await databricks.files.upload(`${ROOT}/seen.txt`, Buffer.from('from the volume'), { overwrite: true });
    const job = await jobOf(
      [
        '# MAGIC %md',
        '# MAGIC # A title with <script>alert(1)</script>',
        '# COMMAND ----------',
        'import os, sys, json, shared_part',
        'dbutils.widgets.text("unset", "default")',
        'print("<b>", shared_part.ANSWER, dbutils.widgets.get("unset"), open(dbutils.widgets.get("file")).read())',
        'displayHTML("<h4 onclick=\'x\'>shown</h4><script>alert(2)</script>")',
        'spark.range(3).createOrReplaceTempView("numbers")',
        'spark.conf.get("spark.sql.ansi.enabled")',
        '# COMMAND ----------',
        '# MAGIC %sql',
        '# MAGIC SELECT sum(id) AS total FROM numbers',
        '# COMMAND ----------',
        'import matplotlib.pyplot as plt',
        'figure = plt.figure()',
        '# COMMAND ----------',
        'dbutils.notebook.exit(json.dumps({"argv": sys.argv, "environment": dict(os.environ)}))',
      ].join('\n'),
    );
    const runId = await databricks.jobs.runNow(job, { notebookParams: { file: `${ROOT}/seen.txt` } });
    const run = await ended(runId);
    expect(run.termination).toMatchObject({ code: 'SUCCESS' });
    expect(succeeded(run)).toBe(true);
    const { result } = await databricks.jobs.getRunOutput(runId);
    for (const secret of [standIn.clientSecret, standIn.token, standIn.clientId])
      expect(result).not.toContain(secret);

    const page = await fetch(run.pageUrl);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain('&lt;b&gt; 42 default from the volume');
    expect(html).toContain('<h4>shown</h4>');
    expect(html).toContain("<th class='number'>total</th>");
    expect(html).toContain("src='data:image/png;base64,");
    expect(html).not.toContain('<script');
    expect(standIn.reports()[0]).toMatchObject({ runId, taskKey: 'only', result: 'SUCCESS' });
    expect(await readFile(standIn.reports()[0]?.file ?? '', 'utf8')).toBe(html);
  }, 120_000);

  it('fails with its first failing cell, skips what depends on it, and shows the traceback', async () => {
    const job = await jobOf(
      'print("before")\n\n# COMMAND ----------\n\n1 / 0\n\n# COMMAND ----------\n\nprint("after")\n',
    );
    const path = String((await databricks.jobs.get(job)).settings['name']);
    await databricks.jobs.reset(job, {
      name: 'two',
      tasks: [
        { task_key: 'second', depends_on: [{ task_key: 'first' }], notebook_task: { notebook_path: path } },
        { task_key: 'first', notebook_task: { notebook_path: path } },
      ],
    });
    const run = await ended(await databricks.jobs.runNow(job));
    expect(run.termination).toMatchObject({ code: 'RUN_EXECUTION_ERROR' });
    expect(run.tasks.map(({ taskKey, terminationCode }) => [taskKey, terminationCode])).toEqual([
      ['first', 'RUN_EXECUTION_ERROR'],
      ['second', 'SKIPPED'],
    ]);
    const output = await databricks.jobs.getRunOutput(run.tasks[0]?.runId ?? 0);
    expect(output.error).toBe('ZeroDivisionError: division by zero');
    const html = await (await fetch(`${run.pageUrl}/first`)).text();
    expect(html).toContain('before');
    expect(html).toContain('ZeroDivisionError');
    expect(html).not.toContain('after');
  }, 120_000);

  it('ends with all its processes when it is cancelled', async () => {
    const job = await jobOf(
      [
        'import os, subprocess, time',
        'child = subprocess.Popen(["sleep", "600"])',
        `open(dbutils.widgets.get("pids") + "/pids", "w").write(f"{os.getpid()} {child.pid}")`,
        'time.sleep(600)',
      ].join('\n'),
    );
    const runId = await databricks.jobs.runNow(job, { notebookParams: { pids: ROOT } });
    const pids = await waitUntil(
      async () => {
        const text = (await databricks.files.download(`${ROOT}/pids`)).toString();
        return text === '' ? undefined : text.split(' ').map(Number);
      },
      { what: 'the notebook to sleep', timeoutMs: 60_000 },
    );
    const second = await databricks.jobs.runNow(job, { queue: true });
    expect((await databricks.jobs.getRun(second)).state).toBe('QUEUED');
    const third = await databricks.jobs.runNow(job, { queue: false });
    expect((await databricks.jobs.getRun(third)).termination?.code).toBe('MAX_CONCURRENT_RUNS_EXCEEDED');
    await databricks.jobs.cancelRun(second);
    await databricks.jobs.cancelRun(runId);
    expect((await ended(runId)).termination?.code).toBe('USER_CANCELED');
    await waitUntil(() => pids.every((pid) => !alive(pid)), {
      what: 'the processes to be gone',
      timeoutMs: 10_000,
    });
  }, 120_000);

  it('starts by its schedule until that is paused', async () => {
    const schedule = {
      quartz_cron_expression: '* * * * * ?',
      timezone_id: 'UTC',
      pause_status: 'UNPAUSED',
    } as const;
    const job = await jobOf('pass', { schedule, queue: { enabled: false } });
    const first = await waitUntil(async () => (await collect(databricks.jobs.listRuns({ jobId: job })))[0], {
      what: 'the schedule to fire',
      timeoutMs: 20_000,
    });
    await databricks.jobs.update(job, { settings: { schedule: { ...schedule, pause_status: 'PAUSED' } } });
    for await (const run of databricks.jobs.listRuns({ jobId: job, activeOnly: true }))
      await databricks.jobs.cancelRun(run.runId);
    expect((await ended(first.runId)).jobId).toBe(job);
  }, 60_000);
});

it('goes on after a restart with what it had, its credentials too', async () => {
  const before = standIn;
  const job = await jobOf('pass', {
    schedule: { quartz_cron_expression: '0 0 0 1 1 ? 2099', timezone_id: 'UTC', pause_status: 'UNPAUSED' },
  });
  const settings = (await databricks.jobs.get(job)).settings;
  const runs = await collect(databricks.jobs.listRuns());
  await databricks.files.upload(`${ROOT}/kept.csv`, Buffer.from('kept'), { overwrite: true });
  await stop();
  await start();
  expect(standIn).toMatchObject({
    clientId: before.clientId,
    clientSecret: before.clientSecret,
    token: before.token,
  });
  expect((await databricks.jobs.get(job)).settings).toEqual(settings);
  expect((await collect(databricks.jobs.listRuns())).map((run) => run.runId)).toEqual(
    runs.map((run) => run.runId),
  );
  expect((await databricks.files.download(`${ROOT}/kept.csv`)).toString()).toBe('kept');
  expect(
    (await databricks.workspace.export(String(settings['name']), { format: 'SOURCE' })).toString(),
  ).toContain('pass');
  const next = await databricks.jobs.create({
    name: 'next',
    tasks: [{ task_key: 'a', notebook_task: { notebook_path: '/x' } }],
  });
  expect(next).toBeGreaterThan(job);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
