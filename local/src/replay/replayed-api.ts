/** What a replayed API answers. */
export interface ReplayAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What it has shown to its reader so far. */
export interface ReplayProgress {
  /** Distinct states of records, each revision one of its own: what the whole chain must account for. */
  shown: number;
  /** Whether the last answer held the end of the data set. */
  complete: boolean;
}

/** One API that serves real data as if it happened now. */
export interface ReplayedApi {
  /** Path that it answers. */
  path: string;
  answer(query: URLSearchParams): ReplayAnswer;
  progress(): ReplayProgress;
}

export function jsonAnswer(body: string, status = 200): ReplayAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body };
}

/** How many of `times`, which ascend, are not after `time`. */
export function countUpTo(times: ArrayLike<number>, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Number.POSITIVE_INFINITY) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
