import { DatabricksNotFoundError, type Databricks, type Job, type JobSettings } from '@tributary/databricks';
import {
  hasDrifted,
  jobName,
  planJob,
  RETAINED_TAG,
  surplus,
  UID_TAG,
  type AnalysisFeed,
} from './job-settings.ts';

/** Makes the feed's one job as desired and returns its id. */
export async function syncJob(
  databricks: Databricks,
  feed: AnalysisFeed,
  signal: AbortSignal,
): Promise<number> {
  const desired = planJob(feed);
  const { ours, retained } = await findJobs(databricks, feed, signal);
  const [job = retained[0], ...duplicates] = ours;
  // A lost answer to a create, or two operators for a moment, leave a second one.
  for (const { jobId } of duplicates) await deleteJob(databricks, jobId, signal);
  if (job === undefined) return databricks.jobs.create(desired, { signal });
  if (hasDrifted(desired, job.settings)) await change(databricks, job, desired, signal);
  return job.jobId;
}

/** Jobs of this feed, and those that `Retain` left behind for it; the oldest first. */
export async function findJobs(
  databricks: Databricks,
  feed: { namespace: string; name: string; uid: string },
  signal: AbortSignal,
): Promise<{ ours: Job[]; retained: Job[] }> {
  const ours: Job[] = [];
  const retained: Job[] = [];
  for await (const job of databricks.jobs.list({ name: jobName(feed), signal })) {
    const tags = tagsOf(job);
    if (tags[UID_TAG] === feed.uid) ours.push(job);
    else if (tags[RETAINED_TAG] === jobName(feed)) retained.push(job);
  }
  const byAge = (a: Job, b: Job): number => a.createdTime - b.createdTime || a.jobId - b.jobId;
  return { ours: ours.toSorted(byAge), retained: retained.toSorted(byAge) };
}

export async function deleteJob(databricks: Databricks, jobId: number, signal: AbortSignal): Promise<void> {
  try {
    await databricks.jobs.delete(jobId, { signal });
  } catch (error) {
    if (!(error instanceof DatabricksNotFoundError)) throw error;
  }
}

/** Leaves the job behind, paused, for the next feed of the same name. */
export async function retainJob(
  databricks: Databricks,
  job: Job,
  feed: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const tags: Record<string, string> = { ...tagsOf(job), [RETAINED_TAG]: jobName(feed) };
  delete tags[UID_TAG];
  await databricks.jobs.update(
    job.jobId,
    { settings: { tags }, remove: ['schedule', 'trigger', 'continuous'] },
    { signal },
  );
}

/** An update keeps what users added (alerts, clusters); tasks are merged by key, so only a reset takes one away. */
async function change(
  databricks: Databricks,
  job: Job,
  desired: JobSettings,
  signal: AbortSignal,
): Promise<void> {
  const stored = job.settings;
  const tasks = Array.isArray(stored['tasks']) ? stored['tasks'] : [];
  const keys = new Set(desired.tasks.map(({ task_key }) => task_key));
  const stale = tasks.some((task: unknown) => !keys.has(taskKey(task)));
  if (stale) {
    await databricks.jobs.reset(job.jobId, desired, { signal });
    return;
  }
  const remove = surplus(desired, stored);
  await databricks.jobs.update(job.jobId, { settings: desired, remove }, { signal });
}

function taskKey(task: unknown): string {
  return typeof task === 'object' && task !== null ? String(Reflect.get(task, 'task_key')) : '';
}

function tagsOf(job: Job): Record<string, string> {
  const tags = job.settings['tags'];
  if (typeof tags !== 'object' || tags === null) return {};
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, String(value)]));
}
