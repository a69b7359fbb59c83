import type { Feed } from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import type { UserSecrets } from './secrets.ts';

const SCHEMA_IN_PATH = /\/schema-(\d{1,9})\//;

/** Asks for the feed's job and reports what is known of it; Databricks itself is spoken to elsewhere. */
export function requestAnalysis(
  { env, key, draft }: FeedContext,
  feed: Feed,
  topicId: string,
  secrets: UserSecrets,
): void {
  const { databricks, suspend } = feed.spec;
  if (databricks === undefined) {
    env.analyses.forget(key);
    draft.remove('AnalysisScheduled');
    draft.report({ job: undefined });
    return;
  }
  const { namespace, name, uid, series } = feed;
  // The consumer opens a new folder when columns change; its last file says which one it is at.
  const schema = Number(SCHEMA_IN_PATH.exec(draft.lineage.lastFile ?? '')?.[1] ?? '1');
  const outcome = env.analyses.request(key, {
    feed: { namespace, name, uid, databricks, topicId, schema, series, suspended: suspend },
    connectionVersion: secrets.connectionVersion,
  });
  if (outcome === undefined) {
    // After a restart what was known still holds until Databricks has been asked.
    if (draft.get('AnalysisScheduled') === undefined)
      draft.set('AnalysisScheduled', 'Unknown', 'NotYetKnown', 'The job has not been looked at yet.');
    return;
  }
  draft.set('AnalysisScheduled', outcome.scheduled ? 'True' : 'False', outcome.reason, outcome.message);
  if (outcome.job !== undefined) draft.report({ job: outcome.job });
}
