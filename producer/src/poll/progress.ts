/** What a run has gathered up to its present page. */
export interface Progress {
  fetched: number;
  published: number;
  deadLettered: number;
  pages: number;
  /** Event time of the newest record. */
  newest: string | undefined;
  warning: string | undefined;
  /** The same, where it says nothing against the answers. */
  notice: string | undefined;
  cursor: string | undefined;
  /** Whether every page of the poll is seen by this run, so that what is missing has disappeared. */
  whole: boolean;
  /** Whether what is older than the window of dedupe is not asked for any more, though the poll is not whole. */
  onward: boolean;
  /** Whether some of what it returned could not be read. */
  unreadable: boolean;
}

/** What one poll came to. */
export interface PollResult {
  id: string;
  startedAt: number;
  endedAt: number;
  fetched: number;
  published: number;
  deadLettered: number;
  /** Event time of the newest record it saw. */
  newest: string | undefined;
  /** What a user should know though the answers were valid. */
  warning: string | undefined;
}

/** Before the first page. */
export function noProgress({
  cursor,
  whole,
  onward,
}: Pick<Progress, 'cursor' | 'whole' | 'onward'>): Progress {
  return {
    fetched: 0,
    published: 0,
    deadLettered: 0,
    pages: 0,
    newest: undefined,
    warning: undefined,
    notice: undefined,
    cursor,
    whole,
    onward,
    unreadable: false,
  };
}

export function resultOf(id: string, startedAt: number, endedAt: number, progress: Progress): PollResult {
  const { fetched, published, deadLettered, newest, warning = progress.notice } = progress;
  return { id, startedAt, endedAt, fetched, published, deadLettered, newest, warning };
}
