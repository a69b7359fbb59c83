import { integer, object, objects, text, type Fields } from './read-fields.ts';

export type RunState =
  'BLOCKED' | 'PENDING' | 'QUEUED' | 'RUNNING' | 'TERMINATING' | 'TERMINATED' | 'WAITING';

export interface JobRun {
  readonly runId: number;
  readonly jobId: number;
  readonly state: RunState;
  /** Whether the run has ended and how; undefined while it goes on. */
  readonly termination:
    { readonly code: string; readonly type: string; readonly message: string } | undefined;
  /** Milliseconds since the epoch; 0 while unknown. */
  readonly startTime: number;
  readonly endTime: number;
  /** Where a person looks at it. */
  readonly pageUrl: string;
  readonly tasks: readonly {
    readonly taskKey: string;
    readonly runId: number;
    readonly state: RunState;
    readonly terminationCode: string | undefined;
  }[];
}

export interface RunOutput {
  /** What `dbutils.notebook.exit` returned. */
  readonly result: string | undefined;
  readonly error: string | undefined;
  readonly errorTrace: string | undefined;
}

/** Whether the run has ended well. */
export function succeeded(run: JobRun): boolean {
  return run.termination?.code === 'SUCCESS';
}

export function parseRun(fields: Fields): JobRun {
  return {
    runId: integer(fields, 'run_id'),
    jobId: integer(fields, 'job_id'),
    state: stateOf(fields),
    termination: terminationOf(fields),
    startTime: integer(fields, 'start_time'),
    endTime: integer(fields, 'end_time'),
    pageUrl: text(fields, 'run_page_url'),
    tasks: objects(fields, 'tasks').map((task) => ({
      taskKey: text(task, 'task_key'),
      runId: integer(task, 'run_id'),
      state: stateOf(task),
      terminationCode: terminationOf(task)?.code,
    })),
  };
}

export function parseOutput(fields: Fields): RunOutput {
  return {
    result: text(object(fields, 'notebook_output'), 'result') || undefined,
    error: text(fields, 'error') || undefined,
    errorTrace: text(fields, 'error_trace') || undefined,
  };
}

/** `status` is the current form; `state` the deprecated one, all that older servers send. */
function stateOf(fields: Fields): RunState {
  const state = text(object(fields, 'status'), 'state');
  if (state !== '') return state as RunState;
  const old = text(object(fields, 'state'), 'life_cycle_state');
  return (old === 'INTERNAL_ERROR' || old === 'SKIPPED' ? 'TERMINATED' : old || 'PENDING') as RunState;
}

function terminationOf(fields: Fields): JobRun['termination'] {
  const status = object(fields, 'status');
  if (text(status, 'state') !== '') {
    if (text(status, 'state') !== 'TERMINATED') return undefined;
    const details = object(status, 'termination_details');
    return {
      code: text(details, 'code') || 'SUCCESS',
      type: text(details, 'type') || 'SUCCESS',
      message: text(details, 'message'),
    };
  }
  const state = object(fields, 'state');
  const result = text(state, 'result_state');
  if (result === '') return undefined;
  const code = result === 'FAILED' ? 'RUN_EXECUTION_ERROR' : result;
  return {
    code,
    type: result === 'SUCCESS' ? 'SUCCESS' : 'CLIENT_ERROR',
    message: text(state, 'state_message'),
  };
}
