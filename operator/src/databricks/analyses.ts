import {
  DatabricksError,
  DatabricksUserError,
  DatabricksWaitError,
  type Databricks,
} from '@tributary/databricks';
import { feedName, type StreamSourceStatus } from '@tributary/api';
import {
  SideWork,
  type Clock,
  type KubeLog,
  type KubeMetrics,
  type ReconcileResult,
  type SideTask,
} from '../kube/index.ts';
import { ConnectionError } from './connection.ts';
import type { AnalysisFeed } from './job-settings.ts';
import { syncJob } from './job-sync.ts';
import { ensureVolume } from './landing-place.ts';
import { notebookFolder, syncNotebooks, type NotebookSet } from './notebooks.ts';
import { CronError } from './quartz.ts';

/** What the feed's analysis should be. */
export interface AnalysisRequest {
  feed: AnalysisFeed;
  /** Names the state of the connection Secret, so that a rotation is tried at once. */
  connectionVersion: string;
}

export interface AnalysisOutcome {
  scheduled: boolean;
  reason: string;
  message: string;
  job: StreamSourceStatus['job'] | undefined;
}

export interface AnalysesOptions {
  notebooks: NotebookSet;
  /** A client for the feed's connection; a ConnectionError says what its Secret lacks. */
  connect: (feed: AnalysisFeed, signal: AbortSignal) => Promise<{ client: Databricks; host: string }>;
  /** Called when a feed's outcome has changed. */
  onNews: (key: string) => void;
  clock: Clock;
  log: KubeLog;
  metrics: KubeMetrics;
}

/** Somebody may have changed the job by hand. */
const CHECK_EVERY_MS = 5 * 60_000;
/** Notebooks are a dozen reads. */
const NOTEBOOKS_EVERY_MS = 30 * 60_000;
/** A person has to act, and their act may not be visible from here. */
const AFTER_REFUSAL_MS = 5 * 60_000;

type Task = SideTask<AnalysisRequest, AnalysisOutcome>;

/** Keeps the feeds' volumes, notebooks and jobs in Databricks: when a feed's request changes, then every five minutes. */
export class Analyses {
  readonly #options: AnalysesOptions;
  readonly #work: SideWork<AnalysisRequest, AnalysisOutcome>;
  readonly #notebooksCheckedAt = new WeakMap<AnalysisRequest, number>();

  constructor(options: AnalysesOptions) {
    this.#options = options;
    const { clock, log, metrics, onNews } = options;
    this.#work = new SideWork({
      name: 'databricks',
      work: (task, signal) => this.#reconcile(task, signal),
      onNews,
      concurrency: 8,
      // Notebooks are verified one by one, each call with retries of its own.
      stuckAfterMs: 15 * 60_000,
      backoff: { baseMs: 1_000, maxMs: CHECK_EVERY_MS, jitter: 0.5 },
      clock,
      log,
      metrics,
    });
  }

  /** Says what is wanted; returns what is known of it, undefined before the first look. */
  request(key: string, request: AnalysisRequest): AnalysisOutcome | undefined {
    return this.#work.request(key, request);
  }

  forget(key: string): void {
    this.#work.forget(key);
  }

  /** Whether a job may still be made of what was asked for. */
  abandon(key: string): boolean {
    return this.#work.abandon(key);
  }

  stuck(): string[] {
    return this.#work.stuck();
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#work.run(signal);
  }

  async #reconcile({ request, known, report }: Task, signal: AbortSignal): Promise<ReconcileResult> {
    try {
      report(await this.#sync(request, signal));
      return { requeueAfterMs: CHECK_EVERY_MS };
    } catch (error) {
      signal.throwIfAborted();
      const refusal = refusalOf(error);
      if (refusal !== undefined) {
        report({ scheduled: false, ...refusal, job: known?.job });
        return { requeueAfterMs: AFTER_REFUSAL_MS };
      }
      if (error instanceof DatabricksError) {
        // One that is in place stays in place, whether it can be looked at or not.
        if (known?.scheduled !== true)
          report({
            scheduled: false,
            reason: 'Unreachable',
            message: `Databricks cannot be used right now: ${error.message}`,
            job: known?.job,
          });
        if (error instanceof DatabricksWaitError) return { requeueAfterMs: error.retryAfterMs };
      }
      throw error;
    }
  }

  async #sync(request: AnalysisRequest, signal: AbortSignal): Promise<AnalysisOutcome> {
    const { feed } = request;
    const { notebooks, clock, connect } = this.#options;
    refuseUnknownNotebooks(feed, notebooks);
    const { client, host } = await connect(feed, signal);
    await ensureVolume(client.unityCatalog, feed.databricks.volume, signal);
    const now = clock.monotonic();
    const checkedAt = this.#notebooksCheckedAt.get(request) ?? Number.NEGATIVE_INFINITY;
    if (now - checkedAt >= NOTEBOOKS_EVERY_MS) {
      const folder = notebookFolder(feedName(feed.namespace, feed.name));
      await syncNotebooks(client.workspace, folder, notebooks, signal);
      this.#notebooksCheckedAt.set(request, now);
    }
    const jobId = await syncJob(client, feed, signal);
    return {
      scheduled: true,
      ...wordsFor(feed),
      job: { id: String(jobId), url: jobUrl(host, jobId), ...(await lastRun(client, jobId, signal)) },
    };
  }
}

/** Why a person must act, in a word and a sentence; undefined where trying again may help. */
function refusalOf(error: unknown): { reason: string; message: string } | undefined {
  if (error instanceof ConnectionError) return { reason: 'ConnectionInvalid', message: error.message };
  if (error instanceof CronError)
    return { reason: 'ScheduleNotPossible', message: `spec.databricks.schedule.cron: ${error.message}` };
  if (error instanceof AnalysisError) return { reason: 'NotebookNotFound', message: error.message };
  if (error instanceof DatabricksUserError)
    return { reason: 'Refused', message: `${error.message}; ${error.action}` };
  return undefined;
}

class AnalysisError extends Error {
  override readonly name = 'AnalysisError';
}

function refuseUnknownNotebooks({ databricks }: AnalysisFeed, { names }: NotebookSet): void {
  for (const { name, notebook } of databricks.analyses) {
    if (name === 'overview')
      throw new AnalysisError(
        'spec.databricks.analyses: the name overview is taken by the task that every feed has',
      );
    if (!names.has(notebook))
      throw new AnalysisError(
        `spec.databricks.analyses: there is no notebook ${notebook}; this version ships ${[...names].join(', ')}`,
      );
  }
}

function wordsFor({ databricks, suspended }: AnalysisFeed): { reason: string; message: string } {
  if (suspended) return { reason: 'Suspended', message: 'The job is paused.' };
  if (databricks.schedule !== undefined)
    return { reason: 'Scheduled', message: 'The job runs by its schedule.' };
  if (databricks.trigger !== undefined)
    return { reason: 'Triggered', message: 'The job runs by its trigger.' };
  return { reason: 'OnDemand', message: 'The job is in place and runs when it is started.' };
}

function jobUrl(host: string, jobId: number): string {
  const origin = /^https?:\/\//.test(host) ? host : `https://${host}`;
  return `${origin.replace(/\/+$/, '')}/jobs/${jobId}`;
}

async function lastRun(
  client: Databricks,
  jobId: number,
  signal: AbortSignal,
): Promise<{ lastRun?: string; lastRunUrl?: string }> {
  for await (const run of client.jobs.listRuns({ jobId, signal })) {
    return {
      lastRun: (run.termination?.code ?? run.state).slice(0, 64),
      ...(run.pageUrl === '' ? {} : { lastRunUrl: run.pageUrl }),
    };
  }
  return {};
}
