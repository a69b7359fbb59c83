import type { ProcessEnd, RunEvent } from './run-process.ts';
import { SUCCESS, type Ending, type RunRecord } from './run-record.ts';

export const CANCELLED: Ending = {
  code: 'USER_CANCELED',
  type: 'CLIENT_ERROR',
  message: 'the run was cancelled',
};

/** How a run ended, from how its process did and how its tasks did. */
export function endingOf(run: RunRecord, end: ProcessEnd, timeoutMs: number): Ending {
  if (end === 'cancelled') return CANCELLED;
  if (end === 'timedOut') {
    return {
      code: 'RUN_EXECUTION_ERROR',
      type: 'CLIENT_ERROR',
      message: `the run timed out after ${timeoutMs / 1_000} s`,
    };
  }
  if (run.tasks.some((task) => task.phase !== 'TERMINATED')) {
    return {
      code: 'DRIVER_ERROR',
      type: 'INTERNAL_ERROR',
      message: 'the Python process ended before its tasks; see driver.log of the run',
    };
  }
  // A run fails with its leaves; a task that failed but was caught by a later ALL_DONE task still shows here.
  const failed = run.tasks.filter((task) => task.ending?.code !== 'SUCCESS');
  const first = failed[0];
  if (first === undefined) return SUCCESS;
  return {
    code: 'RUN_EXECUTION_ERROR',
    type: 'CLIENT_ERROR',
    message: `Task ${first.taskKey} failed: ${first.ending?.message ?? ''}`,
  };
}

/** Takes what the Python side told into the record. */
export function applyEvent(run: RunRecord, event: RunEvent, now: number): void {
  const task = run.tasks.find((each) => each.taskKey === event.task);
  if (task === undefined) return;
  task.phase = event.phase;
  if (event.phase === 'RUNNING') {
    task.startTime = now;
    return;
  }
  task.endTime = now;
  task.ending = {
    code: event.code,
    type: event.code === 'SUCCESS' ? 'SUCCESS' : 'CLIENT_ERROR',
    message: event.message,
  };
  if (event.result !== undefined) task.result = event.result;
  if (event.error !== undefined) task.error = event.error;
  if (event.trace !== undefined) task.errorTrace = event.trace;
}

/** Ends a run, and with it whatever of its tasks has not ended. */
export function finish(run: RunRecord, ending: Ending, now: number): void {
  run.phase = 'TERMINATED';
  run.ending = ending;
  run.endTime = now;
  for (const task of run.tasks.filter((each) => each.phase !== 'TERMINATED')) {
    task.phase = 'TERMINATED';
    task.endTime = now;
    task.ending = ending;
  }
}
