import { invalidParameter } from './api-error.ts';
import { checkSchedule } from './quartz.ts';

export type Fields = Record<string, unknown>;

export interface NotebookTask {
  readonly taskKey: string;
  readonly dependsOn: readonly string[];
  readonly runIf: string;
  readonly notebookPath: string;
  readonly baseParameters: Readonly<Record<string, string>>;
}

const TASK_KEY = /^[A-Za-z0-9_-]{1,100}$/;
const MAX_TASKS = 100;

/** Refuses what Databricks would refuse, and, saying so, what this stand-in cannot run. */
export function checkSettings(settings: Fields): void {
  const tags = settings['tags'];
  if (isFields(tags) && Object.keys(tags).length > 25)
    throw invalidParameter('A job can have at most 25 tags');
  const concurrent = settings['max_concurrent_runs'];
  if (concurrent !== undefined && (typeof concurrent !== 'number' || concurrent < 0 || concurrent > 1_000)) {
    throw invalidParameter('max_concurrent_runs must be from 0 to 1000');
  }
  for (const unsupported of ['trigger', 'continuous', 'git_source']) {
    if (settings[unsupported] !== undefined) {
      throw invalidParameter(
        `${unsupported} is not supported by this stand-in of a workspace: use a schedule`,
      );
    }
  }
  const schedule = settings['schedule'];
  if (schedule !== undefined) {
    if (!isFields(schedule)) throw invalidParameter('schedule must be an object');
    checkSchedule(text(schedule, 'quartz_cron_expression'), text(schedule, 'timezone_id'));
    if (!['PAUSED', 'UNPAUSED', undefined].includes(schedule['pause_status'] as string | undefined)) {
      throw invalidParameter('pause_status must be PAUSED or UNPAUSED');
    }
  }
  runOrder(readTasks(settings));
}

export function readTasks(settings: Fields): NotebookTask[] {
  const tasks = Array.isArray(settings['tasks']) ? (settings['tasks'] as unknown[]) : [];
  if (tasks.length === 0 || tasks.length > MAX_TASKS)
    throw invalidParameter(`A job must have from 1 to ${MAX_TASKS} tasks`);
  return tasks.map((task) => {
    if (!isFields(task)) throw invalidParameter('a task must be an object');
    const taskKey = text(task, 'task_key');
    if (!TASK_KEY.test(taskKey)) throw invalidParameter(`Invalid task_key: '${taskKey}'`);
    const notebook = task['notebook_task'];
    if (!isFields(notebook))
      throw invalidParameter(
        `task '${taskKey}': only notebook_task is supported by this stand-in of a workspace`,
      );
    const parameters = isFields(notebook['base_parameters']) ? notebook['base_parameters'] : {};
    const dependsOn = Array.isArray(task['depends_on']) ? (task['depends_on'] as unknown[]) : [];
    return {
      taskKey,
      dependsOn: dependsOn.map((each) => (isFields(each) ? text(each, 'task_key') : '')),
      runIf: typeof task['run_if'] === 'string' ? task['run_if'] : 'ALL_SUCCESS',
      notebookPath: text(notebook, 'notebook_path'),
      baseParameters: Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [name, String(value)]),
      ),
    };
  });
}

/** Tasks so that each comes after those it depends on; refuses unknown keys, repeated keys and cycles. */
export function runOrder(tasks: readonly NotebookTask[]): NotebookTask[] {
  const byKey = new Map(tasks.map((task) => [task.taskKey, task]));
  if (byKey.size !== tasks.length) throw invalidParameter('Duplicate task_key');
  const done = new Set<string>();
  const ordered: NotebookTask[] = [];
  const visit = (task: NotebookTask, path: readonly string[]): void => {
    if (done.has(task.taskKey)) return;
    if (path.includes(task.taskKey))
      throw invalidParameter(`Cycle in task dependencies: ${[...path, task.taskKey].join(' -> ')}`);
    for (const key of task.dependsOn) {
      const before = byKey.get(key);
      if (before === undefined)
        throw invalidParameter(`Task '${task.taskKey}' depends on unknown task '${key}'`);
      visit(before, [...path, task.taskKey]);
    }
    done.add(task.taskKey);
    ordered.push(task);
  };
  for (const task of tasks) visit(task, []);
  return ordered;
}

/** The job's own parameters with their defaults. */
export function declaredParameters(settings: Fields): Record<string, string> {
  const declared = Array.isArray(settings['parameters']) ? (settings['parameters'] as Fields[]) : [];
  return Object.fromEntries(declared.map((each) => [String(each['name']), String(each['default'] ?? '')]));
}

/** What a GET shows beyond what was set: a client must not take it for drift. */
export function withDefaults(settings: Fields, user: string): Fields {
  const tasks = (settings['tasks'] as Fields[]).map((task) => ({
    run_if: 'ALL_SUCCESS',
    timeout_seconds: 0,
    email_notifications: {},
    webhook_notifications: {},
    ...task,
    notebook_task: { source: 'WORKSPACE', ...(task['notebook_task'] as Fields) },
  }));
  return {
    email_notifications: {},
    webhook_notifications: {},
    timeout_seconds: 0,
    max_concurrent_runs: 1,
    format: 'MULTI_TASK',
    queue: { enabled: true },
    run_as: { user_name: user },
    ...settings,
    tasks,
  };
}

/** jobs/update: top-level fields are replaced, tasks and clusters merged by key, then fields removed. */
export function mergeSettings(old: Fields, change: Fields, remove: readonly string[]): Fields {
  const merged: Fields = { ...old };
  for (const [name, value] of Object.entries(change)) {
    const key = name === 'tasks' ? 'task_key' : name === 'job_clusters' ? 'job_cluster_key' : undefined;
    merged[name] = key === undefined ? value : mergeByKey(old[name], value, key);
  }
  for (const path of remove) {
    const [name = '', key] = path.split('/', 2);
    if (key === undefined) delete merged[name];
    else if (Array.isArray(merged[name])) {
      merged[name] = (merged[name] as Fields[]).filter(
        (each) => each['task_key'] !== key && each['job_cluster_key'] !== key,
      );
    }
  }
  return merged;
}

function mergeByKey(old: unknown, change: unknown, key: string): unknown[] {
  const entries = [
    ...(Array.isArray(old) ? (old as Fields[]) : []),
    ...(Array.isArray(change) ? (change as Fields[]) : []),
  ];
  return [...new Map(entries.map((entry) => [entry[key], entry])).values()];
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw invalidParameter(`Missing required field: ${name}`);
  return value;
}
