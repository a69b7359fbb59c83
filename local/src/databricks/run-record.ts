import type { Fields } from './job-settings-check.ts';

export type Phase = 'QUEUED' | 'PENDING' | 'RUNNING' | 'TERMINATING' | 'TERMINATED' | 'BLOCKED';

export interface Ending {
  /** Of termination_details, such as SUCCESS, RUN_EXECUTION_ERROR, USER_CANCELED. */
  readonly code: string;
  readonly type: 'SUCCESS' | 'CLIENT_ERROR' | 'INTERNAL_ERROR';
  readonly message: string;
}

export interface TaskRecord {
  readonly runId: number;
  readonly taskKey: string;
  readonly notebookPath: string;
  readonly parameters: Readonly<Record<string, string>>;
  phase: Phase;
  startTime: number;
  endTime: number;
  ending?: Ending;
  /** What dbutils.notebook.exit returned. */
  result?: string;
  error?: string;
  errorTrace?: string;
}

/** A run as it is kept on disk. */
export interface RunRecord {
  readonly runId: number;
  readonly jobId: number;
  readonly jobName: string;
  readonly numberInJob: number;
  readonly trigger: 'PERIODIC' | 'ONE_TIME';
  readonly idempotencyToken?: string;
  readonly jobParameters: Readonly<Record<string, string>>;
  readonly createdTime: number;
  readonly timeoutSeconds: number;
  phase: Phase;
  startTime: number;
  endTime: number;
  ending?: Ending;
  tasks: TaskRecord[];
}

export const SUCCESS: Ending = { code: 'SUCCESS', type: 'SUCCESS', message: '' };

export function isActive(run: { readonly phase: Phase }): boolean {
  return run.phase !== 'TERMINATED';
}

/** A run in the API's form; both the current `status` and the deprecated `state` are told. */
export function describeRun(
  run: RunRecord,
  context: { readonly user: string; readonly origin: string },
  expandTasks: boolean,
): Fields {
  const pageUrl = `${context.origin}/runs/${run.runId}`;
  return {
    job_id: run.jobId,
    run_id: run.runId,
    number_in_job: run.numberInJob,
    creator_user_name: context.user,
    original_attempt_run_id: run.runId,
    run_name: run.jobName,
    run_type: 'JOB_RUN',
    format: 'MULTI_TASK',
    trigger: run.trigger,
    ...times(run),
    ...phaseFields(run),
    run_page_url: pageUrl,
    ...(Object.keys(run.jobParameters).length === 0
      ? {}
      : { job_parameters: Object.entries(run.jobParameters).map(([name, value]) => ({ name, value })) }),
    ...(expandTasks ? { tasks: run.tasks.map((task) => describeTask(task, pageUrl)) } : {}),
  };
}

export function describeTask(task: TaskRecord, runPageUrl: string): Fields {
  return {
    run_id: task.runId,
    task_key: task.taskKey,
    attempt_number: 0,
    notebook_task: {
      notebook_path: task.notebookPath,
      base_parameters: task.parameters,
      source: 'WORKSPACE',
    },
    run_if: 'ALL_SUCCESS',
    ...times(task),
    ...phaseFields(task),
    run_page_url: `${runPageUrl}/${task.taskKey}`,
  };
}

function times(each: {
  readonly startTime: number;
  readonly endTime: number;
  readonly createdTime?: number;
}): Fields {
  const start = each.startTime || (each.createdTime ?? 0);
  const duration = each.endTime > 0 ? each.endTime - start : 0;
  return {
    start_time: start,
    end_time: each.endTime,
    run_duration: duration,
    execution_duration: duration,
    setup_duration: 0,
    cleanup_duration: 0,
  };
}

function phaseFields(each: { readonly phase: Phase; readonly ending?: Ending }): Fields {
  const { phase, ending } = each;
  return {
    status: {
      state: phase,
      ...(phase === 'TERMINATED' && ending !== undefined ? { termination_details: ending } : {}),
      ...(phase === 'QUEUED'
        ? {
            queue_details: {
              code: 'MAX_CONCURRENT_RUNS_REACHED',
              message: 'waits for another run of its job',
            },
          }
        : {}),
    },
    state: {
      life_cycle_state: ending?.code === 'MAX_CONCURRENT_RUNS_EXCEEDED' ? 'SKIPPED' : phase,
      ...(phase === 'TERMINATED' && ending !== undefined ? { result_state: resultState(ending) } : {}),
      state_message: ending?.message ?? '',
      user_cancelled_or_timedout: ending?.code === 'USER_CANCELED',
    },
  };
}

function resultState(ending: Ending): string {
  switch (ending.code) {
    case 'SUCCESS':
      return 'SUCCESS';
    case 'USER_CANCELED':
    case 'CANCELED':
      return 'CANCELED';
    case 'MAX_CONCURRENT_RUNS_EXCEEDED':
      return 'MAXIMUM_CONCURRENT_RUNS_REACHED';
    case 'SKIPPED':
      return 'UPSTREAM_FAILED';
    default:
      return 'FAILED';
  }
}
