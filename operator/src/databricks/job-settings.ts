import { isDeepStrictEqual } from 'node:util';
import { feedName, volumeRoot, type DatabricksSpec, type FeedSeries } from '@tributary/api';
import type { JobSettings, JobTask } from '@tributary/databricks';
import { cronToQuartz } from './quartz.ts';
import { notebookFolder } from './notebooks.ts';

/** Names are not unique in Databricks; this tag says whose a job is. */
export const UID_TAG = 'tributary-uid';
export const RETAINED_TAG = 'tributary-retained';

export interface AnalysisFeed {
  namespace: string;
  name: string;
  uid: string;
  databricks: DatabricksSpec;
  topicId: string;
  /** Number of the schema folder that new files go to. */
  schema: number;
  /** Tells the notebooks which records were not final when seen. */
  series?: FeedSeries | undefined;
  suspended: boolean;
}

export function jobName(feed: { namespace: string; name: string }): string {
  return `tributary ${feedName(feed.namespace, feed.name)}`;
}

/** The job of a feed: the overview, then every analysis. A CronError where the schedule cannot be said in Quartz. */
export function planJob(feed: AnalysisFeed): JobSettings {
  const { databricks } = feed;
  const paused = feed.suspended ? 'PAUSED' : 'UNPAUSED';
  const folder = notebookFolder(feedName(feed.namespace, feed.name));
  const common = {
    feed: feedName(feed.namespace, feed.name),
    volume_path: feedFolder(feed),
    topic_id: feed.topicId,
    schema: String(feed.schema),
    ...(feed.series === undefined ? {} : { series: JSON.stringify(feed.series) }),
  };
  const overview: JobTask = {
    task_key: 'overview',
    notebook_task: { notebook_path: `${folder}/overview`, base_parameters: common, source: 'WORKSPACE' },
  };
  const analyses = databricks.analyses.map(({ name, notebook, parameters }): JobTask => {
    const own = Object.fromEntries(parameters.map((each) => [each.name, each.value]));
    return {
      task_key: name,
      depends_on: [{ task_key: 'overview' }],
      notebook_task: {
        notebook_path: `${folder}/${notebook}`,
        base_parameters: { ...common, ...own },
        source: 'WORKSPACE',
      },
    };
  });
  return {
    name: jobName(feed),
    tags: { [UID_TAG]: feed.uid },
    tasks: [overview, ...analyses],
    max_concurrent_runs: 1,
    queue: { enabled: true },
    ...(databricks.schedule === undefined
      ? {}
      : {
          schedule: {
            quartz_cron_expression: cronToQuartz(databricks.schedule.cron),
            timezone_id: databricks.schedule.timeZone,
            pause_status: paused,
          },
        }),
    ...(databricks.trigger === 'fileArrival'
      ? { trigger: { pause_status: paused, file_arrival: { url: `${feedFolder(feed)}/` } } }
      : {}),
    ...(databricks.trigger === 'continuous' ? { continuous: { pause_status: paused } } : {}),
    ...(databricks.runAs === undefined ? {} : { run_as: { service_principal_name: databricks.runAs } }),
  };
}

export function feedFolder(feed: Pick<AnalysisFeed, 'namespace' | 'name' | 'databricks'>): string {
  return `${volumeRoot(feed.databricks.volume)}/${feedName(feed.namespace, feed.name)}`;
}

/** Whether the stored settings have everything that is desired; what Databricks adds by itself does not count. */
export function hasDrifted(desired: JobSettings, stored: Readonly<Record<string, unknown>>): boolean {
  return !includes(stored, desired) || surplus(desired, stored).length > 0;
}

/** Ways to start the job that the spec no longer asks for; an update leaves them unless they are named. */
export function surplus(
  desired: JobSettings,
  stored: Readonly<Record<string, unknown>>,
): ('schedule' | 'trigger' | 'continuous')[] {
  return (['schedule', 'trigger', 'continuous'] as const).filter(
    (name) => desired[name] === undefined && stored[name] !== undefined,
  );
}

function includes(has: unknown, wants: unknown): boolean {
  if (Array.isArray(wants)) {
    if (!Array.isArray(has) || has.length !== wants.length) return false;
    const [left, right] = [sorted(wants), sorted(has)];
    return left.every((want, index) => includes(right[index], want));
  }
  if (typeof wants !== 'object' || wants === null) return isDeepStrictEqual(has, wants);
  if (typeof has !== 'object' || has === null) return false;
  // Parameters that are no longer wanted must go as well.
  const whole = 'volume_path' in wants;
  if (whole && Object.keys(has).length !== Object.keys(wants).length) return false;
  return Object.entries(wants).every(
    ([name, value]) => value === undefined || includes(Reflect.get(has, name), value),
  );
}

/** Tasks come back in any order. */
function sorted(items: readonly unknown[]): unknown[] {
  const keyOf = (item: unknown): string =>
    typeof item === 'object' && item !== null ? String(Reflect.get(item, 'task_key')) : String(item);
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
