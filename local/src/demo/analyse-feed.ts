import { keyOf, type FeedRef, type FeedView } from './feed-view.ts';
import { runJob } from './job-run.ts';
import type { DemoRun } from './run-once.ts';
import type { FeedOutcome } from './summary.ts';

type Analysis = Pick<FeedOutcome, 'analysed' | 'findings'>;

/** Runs the feed's job in Databricks, as a click on "Run now" would, and says where the reports are. */
export async function analyseFeed(
  { stack, terminal, signal }: Pick<DemoRun, 'stack' | 'terminal' | 'signal'>,
  feed: FeedRef,
  view: FeedView | undefined,
): Promise<Analysis> {
  const jobId = Number(view?.job?.id);
  if (!Number.isInteger(jobId) || jobId <= 0)
    return { analysed: 'the feed has no job in Databricks', findings: [] };
  const run = await runJob(stack.databricks, jobId, signal);
  if (run.result === 'ok') terminal.step(`${keyOf(feed)}: the notebooks ran: ${run.url}`);
  return { analysed: run.result, findings: run.findings };
}

/** While a person watches: analyses each feed once, when its backlog is in the volume, one Spark at a time. */
export class BacklogAnalyses {
  readonly #run: Pick<DemoRun, 'stack' | 'terminal' | 'signal'>;
  readonly #waiting: Map<string, FeedRef>;
  #busy = false;

  constructor(run: Pick<DemoRun, 'stack' | 'terminal' | 'signal'>, feeds: readonly FeedRef[]) {
    this.#run = run;
    this.#waiting = new Map(feeds.map((feed) => [keyOf(feed), feed]));
  }

  look(views: readonly FeedView[]): void {
    if (this.#busy) return;
    const ready = views.find((view) => this.#waiting.has(keyOf(view)) && hasCaughtUp(view));
    if (ready === undefined) return;
    this.#waiting.delete(keyOf(ready));
    this.#busy = true;
    void this.#analyse(ready).finally(() => (this.#busy = false));
  }

  async #analyse(view: FeedView): Promise<void> {
    const { terminal, signal } = this.#run;
    try {
      const { analysed, findings } = await analyseFeed(this.#run, view, view);
      for (const finding of findings) terminal.line(`          – ${finding}`);
      if (analysed !== 'ok') terminal.problem(`${keyOf(view)}: the analysis failed: ${analysed}`);
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      terminal.problem(`${keyOf(view)}: the analysis could not be run: ${why}`);
    }
  }
}

/** A poll has been finished, and at most a second's records are on their way. */
function hasCaughtUp({ lastPoll, published, uploaded, job }: FeedView): boolean {
  const ON_THE_WAY = 50;
  return lastPoll !== undefined && job !== undefined && uploaded > 0 && published - uploaded <= ON_THE_WAY;
}
