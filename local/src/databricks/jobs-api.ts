import { invalidParameter } from './api-error.ts';
import { queryInteger, readObject, type Call, type Reply, type Route } from './http-server.ts';
import { checkSettings, isFields, mergeSettings, withDefaults, type Fields } from './job-settings-check.ts';
import type { JobStore, StoredJob } from './job-store.ts';
import type { RunEngine } from './run-engine.ts';
import { describeRun, describeTask, isActive, type RunRecord } from './run-record.ts';
import type { Scheduler } from './scheduler.ts';

export interface JobsApi {
  readonly jobs: JobStore;
  readonly runs: RunEngine;
  readonly scheduler: Scheduler;
  readonly user: string;
  readonly origin: () => string;
  readonly now: () => number;
}

/** Jobs API 2.2; 2.1 and 2.0 of the same verbs answer alike. */
export function jobsRoutes(api: JobsApi): Route[] {
  const post: Record<string, (body: Fields) => Promise<unknown>> = {
    create: (body) => create(api, body),
    reset: (body) => replace(api, body, (_old, settings) => settings),
    update: (body) => replace(api, body, (old, settings) => mergeSettings(old, settings, removals(body))),
    delete: (body) => remove(api, body),
    'run-now': (body) => runNow(api, body),
    'runs/cancel': async (body) => {
      await api.runs.cancel(Number(body['run_id']));
      return {};
    },
    'runs/cancel-all': async (body) => {
      await api.runs.cancelAll(api.jobs.get(body['job_id']).jobId);
      return {};
    },
    'runs/delete': async (body) => {
      await api.runs.delete(Number(body['run_id']));
      return {};
    },
  };
  const get: Record<string, (call: Call) => unknown> = {
    get: (call) => describeJob(api, api.jobs.get(call.query.get('job_id')), true),
    list: (call) => listJobs(api, call),
    'runs/list': (call) => listRuns(api, call),
    'runs/get': (call) => getRun(api, call),
    'runs/get-output': (call) => getOutput(api, call),
  };
  return ['2.2', '2.1'].flatMap((version) => [
    ...Object.entries(post).map(([verb, handle]) => ({
      method: 'POST',
      path: `/api/${version}/jobs/${verb}`,
      handle: async (call: Call): Promise<Reply> => ({ json: await handle(await readObject(call)) }),
    })),
    ...Object.entries(get).map(([verb, handle]) => ({
      method: 'GET',
      path: `/api/${version}/jobs/${verb}`,
      handle: (call: Call): Reply => ({ json: handle(call) }),
    })),
  ]);
}

async function create(api: JobsApi, body: Fields): Promise<unknown> {
  const settings = { name: 'Untitled', ...body };
  checkSettings(settings);
  const job: StoredJob = { jobId: api.jobs.nextId(), createdTime: api.now(), settings };
  await api.jobs.put(job);
  api.scheduler.set(job);
  return { job_id: job.jobId };
}

async function replace(
  api: JobsApi,
  body: Fields,
  merge: (old: Fields, settings: Fields) => Fields,
): Promise<unknown> {
  const job = api.jobs.get(body['job_id']);
  const change = body['new_settings'] ?? {};
  if (!isFields(change)) throw invalidParameter('new_settings must be an object');
  const merged = merge(job.settings, change);
  // An omitted run_as is kept even by a reset.
  const runAs = merged['run_as'] ?? job.settings['run_as'];
  const settings = { name: 'Untitled', ...merged, ...(runAs === undefined ? {} : { run_as: runAs }) };
  checkSettings(settings);
  const next = { ...job, settings };
  await api.jobs.put(next);
  api.scheduler.set(next);
  return {};
}

async function remove(api: JobsApi, body: Fields): Promise<unknown> {
  const { jobId } = api.jobs.get(body['job_id']);
  api.scheduler.remove(jobId);
  await api.jobs.delete(jobId);
  await api.runs.cancelAll(jobId);
  return {};
}

async function runNow(api: JobsApi, body: Fields): Promise<unknown> {
  const job = api.jobs.get(body['job_id']);
  const token = body['idempotency_token'];
  if (token !== undefined && (typeof token !== 'string' || token === '' || token.length > 64)) {
    throw invalidParameter('idempotency_token must have from 1 to 64 characters');
  }
  const queue = isFields(body['queue']) ? body['queue']['enabled'] === true : undefined;
  const run = await api.runs.start(job, {
    trigger: 'ONE_TIME',
    ...(typeof token === 'string' ? { idempotencyToken: token } : {}),
    notebookParams: texts(body['notebook_params']),
    jobParameters: texts(body['job_parameters']),
    ...(queue === undefined ? {} : { queue }),
  });
  return { run_id: run.runId, number_in_job: run.numberInJob };
}

function describeJob(api: JobsApi, job: StoredJob, expand: boolean): Fields {
  const { tasks, ...rest } = withDefaults(job.settings, api.user);
  return {
    job_id: job.jobId,
    creator_user_name: api.user,
    run_as_user_name: api.user,
    run_as_owner: true,
    created_time: job.createdTime,
    settings: expand ? { ...rest, tasks } : rest,
  };
}

function listJobs(api: JobsApi, call: Call): unknown {
  const limit = queryInteger(call, 'limit', 20, 1, 100);
  const offset = pageOffset(call);
  const name = call.query.get('name')?.toLowerCase();
  const expand = call.query.get('expand_tasks') === 'true';
  const all = api.jobs
    .all()
    .filter((job) => name === undefined || String(job.settings['name']).toLowerCase() === name);
  const page = all.slice(offset, offset + limit).map((job) => describeJob(api, job, expand));
  return { ...(page.length === 0 ? {} : { jobs: page }), ...nextPage(all.length, offset, limit) };
}

function listRuns(api: JobsApi, call: Call): unknown {
  const limit = queryInteger(call, 'limit', 20, 0, 25) || 25;
  const offset = pageOffset(call);
  const jobId = call.query.get('job_id');
  const flag = (name: string): boolean => call.query.get(name) === 'true';
  if (flag('active_only') && flag('completed_only'))
    throw invalidParameter('active_only and completed_only exclude each other');
  const all = api.runs
    .all()
    .filter((run) => jobId === null || run.jobId === Number(jobId))
    .filter((run) => !flag('active_only') || isActive(run))
    .filter((run) => !flag('completed_only') || !isActive(run));
  const page = all.slice(offset, offset + limit).map((run) => describe(api, run, flag('expand_tasks')));
  return { ...(page.length === 0 ? {} : { runs: page }), ...nextPage(all.length, offset, limit) };
}

function getRun(api: JobsApi, call: Call): unknown {
  const { run, task } = api.runs.find(call.query.get('run_id'));
  const whole = describe(api, run, true);
  return task === undefined ? whole : { ...whole, ...describeTask(task, String(whole['run_page_url'])) };
}

function getOutput(api: JobsApi, call: Call): unknown {
  const found = api.runs.find(call.query.get('run_id'));
  const task = found.task ?? (found.run.tasks.length === 1 ? found.run.tasks[0] : undefined);
  if (task === undefined)
    throw invalidParameter(
      'Retrieving the output of runs with multiple tasks is not supported; ask for a task run',
    );
  return {
    metadata: describe(api, found.run, true),
    notebook_output: task.result === undefined ? {} : { result: task.result, truncated: false },
    ...(task.error === undefined ? {} : { error: task.error }),
    ...(task.errorTrace === undefined ? {} : { error_trace: task.errorTrace }),
  };
}

function describe(api: JobsApi, run: RunRecord, expand: boolean): Fields {
  return describeRun(run, { user: api.user, origin: api.origin() }, expand);
}

function pageOffset(call: Call): number {
  const token = call.query.get('page_token');
  if (token === null || token === '') return queryInteger(call, 'offset', 0, 0, 10_000);
  const offset = Number(/^p(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1] ?? Number.NaN);
  if (Number.isNaN(offset)) throw invalidParameter('Invalid page_token');
  return offset;
}

function nextPage(total: number, offset: number, limit: number): Fields {
  const next = offset + limit;
  return next < total
    ? { has_more: true, next_page_token: Buffer.from(`p${next}`).toString('base64url') }
    : { has_more: false };
}

function removals(body: Fields): string[] {
  return Array.isArray(body['fields_to_remove']) ? body['fields_to_remove'].map(String) : [];
}

function texts(value: unknown): Record<string, string> {
  return isFields(value)
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, String(each)]))
    : {};
}
