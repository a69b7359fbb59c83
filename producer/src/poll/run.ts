import type { Checkpoint } from '../dedupe/feed-state.ts';
import type { Window } from '../source/window-plan.ts';

/** Pages that follow each other from a first one: all of a poll, or one window of it, or one window of the backfill. */
export interface Run {
  kind: 'live' | 'backfill';
  poll: string;
  startedAt: number;
  /** Fingerprint of the request that is made. */
  request: string;
  /** Page to go on with, where an earlier run was interrupted. */
  token: string | undefined;
  window: Window | undefined;
  /** Whether another window follows in the same poll. */
  full: boolean;
  /** Names the range of a backfill. */
  range: string;
}

type Counts = Pick<Checkpoint, 'published' | 'deadLettered'>;

/** In the middle of a page: it will be read again from its token, and what is committed is known by its content. */
export function checkpointWithin(
  before: Checkpoint,
  run: Run,
  at: { token: string | undefined; recordIndex: number } & Counts,
): Checkpoint {
  const { token, recordIndex, ...counts } = at;
  return { ...placed(before, run, token), ...counts, recordIndex };
}

/** After a page: at the next one, or at the end of the run, where the cursor moves (Delivery 1). */
export function checkpointAfter(
  before: Checkpoint,
  run: Run,
  at: { next: string | undefined; cursor: string | undefined },
): Checkpoint {
  if (at.next !== undefined) return { ...placed(before, run, at.next), recordIndex: 0 };
  if (run.kind === 'backfill')
    return {
      ...before,
      recordIndex: 0,
      backfill: { name: run.range, reached: run.window?.to ?? 0, poll: run.poll },
    };
  const { pageToken: _pageToken, window: _window, ...kept } = before;
  return {
    ...kept,
    poll: run.poll,
    polledAt: run.startedAt,
    recordIndex: 0,
    ...(at.cursor === undefined ? {} : { cursor: at.cursor }),
    ...(run.window === undefined ? {} : { reached: run.window.to }),
  };
}

function placed(before: Checkpoint, run: Run, token: string | undefined): Checkpoint {
  const place = token === undefined ? {} : { pageToken: token };
  const request = token === undefined ? {} : { request: run.request };
  if (run.kind === 'backfill')
    return {
      ...before,
      ...request,
      backfill: { name: run.range, reached: run.window?.from ?? 0, poll: run.poll, ...place },
    };
  return {
    ...before,
    ...place,
    ...request,
    poll: run.poll,
    polledAt: run.startedAt,
    ...(run.window === undefined ? {} : { window: run.window }),
  };
}
