import { randomUUID } from 'node:crypto';
import type { Checkpoint } from '../dedupe/feed-state.ts';
import type { FeedSource } from '../source/feed-source.ts';
import type { Run } from './run.ts';

/** Which pages come next: of the poll that is due or was interrupted, or of the past. */
export class RunPlan {
  readonly #source: FeedSource;
  /** End of the last window, where no transaction was worth remembering it. */
  #reached: number | undefined;

  constructor(source: FeedSource) {
    this.#source = source;
  }

  /** Only what is committed counts. */
  forget(): void {
    this.#reached = undefined;
  }

  /** The last page of a run is written. */
  finished({ kind, window }: Run): void {
    if (kind === 'live') this.#reached = window?.to;
  }

  /** `previous` is the run before it in the same poll. */
  live(checkpoint: Checkpoint, previous: Run | undefined, startedAt: number): Run {
    const resumed = checkpoint.pageToken !== undefined;
    const base = {
      kind: 'live',
      poll: previous?.poll ?? (resumed ? checkpoint.poll : randomUUID()),
      startedAt,
      request: this.#source.requestName,
      token: checkpoint.pageToken,
      range: '',
    } as const;
    const { windows } = this.#source;
    if (windows === undefined) return { ...base, window: undefined, full: false };
    if (resumed && checkpoint.window !== undefined)
      return { ...base, window: checkpoint.window, full: checkpoint.window.to < startedAt };
    const reached = Math.max(checkpoint.reached ?? -Infinity, this.#reached ?? -Infinity);
    return {
      ...base,
      ...windows.live(reached === -Infinity ? undefined : reached, startedAt, previous === undefined),
    };
  }

  /** The next window of a range of the past; undefined where all of it is fetched. */
  backfill({ backfill: known }: Checkpoint, startedAt: number): Run | undefined {
    const { windows, requestName: request } = this.#source;
    if (windows === undefined) return undefined;
    const range = windows.backfillName;
    const mine = known?.name === range ? known : undefined;
    const window = windows.backfill(mine?.reached);
    if (window === undefined) return undefined;
    const token = mine?.pageToken;
    const poll = token === undefined ? randomUUID() : (mine?.poll ?? randomUUID());
    return { kind: 'backfill', poll, startedAt, request, token, window, full: false, range };
  }
}
