import type { Condition, ConditionType, StreamSourceStatus } from '@tributary/api';
import { blamedLink, verdictOf, type Verdict } from './verdict.ts';

/** A StreamSource as kubectl prints it, as far as a reader needs it. */
export interface ShownFeed {
  metadata: { name: string; namespace?: string; generation?: number; creationTimestamp?: string };
  spec?: { suspend?: boolean; databricks?: unknown; schedule?: { every?: string; cron?: string } };
  status?: StreamSourceStatus;
}

/** One link of the chain from API to analysis. */
export interface Link {
  name: string;
  /** `busy`: on its way; `off`: not asked for, or not reached yet. */
  state: 'well' | 'busy' | 'trouble' | 'off';
  /** How it stands, in a few words. */
  facts: string[];
  /** Why it is not well. */
  trouble?: string;
}

export interface Chain {
  feed: string;
  ready: boolean;
  state: Verdict['state'];
  /** The heading beside the name. */
  title: string;
  /** What Ready says; that the status is of an older spec. */
  summary: string;
  links: Link[];
  /** Sentences that concern no link. */
  notes: string[];
}

/** Conditions whose False only means that nothing has come yet. */
const ON_THE_WAY = new Set([
  'NothingYet',
  'RollingOut',
  'Unavailable',
  'TopicNotReady',
  'UserNotReady',
  'PreviousObjectGoing',
]);

/** What a feed's status says, in the order in which a record travels. `now` is milliseconds since the epoch. */
export function chainOf({ metadata, spec, status = {} }: ShownFeed, now: number): Chain {
  const conditions = new Map(status.conditions?.map((each) => [each.type, each]));
  const get = (type: ConditionType): Condition | undefined => conditions.get(type);
  const current = (status.observedGeneration ?? 0) >= (metadata.generation ?? 1);
  const { lastPoll, records, topic, lastFile, job, quota } = status;
  const verdict = verdictOf(get, current);
  const blamed = blamedLink(verdict);
  const reached: Link[] = [
    link(
      'API',
      [get('UpstreamHealthy'), inverted(get('QuotaExhausted'))],
      [
        lastPoll?.at === undefined ? undefined : `${lastPoll.result ?? 'polled'} ${ago(lastPoll.at, now)}`,
        quota?.remaining === undefined ? undefined : `${quota.remaining} requests left`,
        quota?.resumesAt === undefined ? undefined : `resumes ${quota.resumesAt}`,
      ],
    ),
    link('Producer', [get('ProducerAvailable')], [every(spec?.schedule)]),
    link(
      'Topic',
      [get('TopicReady'), get('UserReady')],
      [topic?.name, count(records?.published, 'record', 'published')],
    ),
    link('Consumer', [get('ConsumerAvailable')], []),
    link(
      'Files',
      [get('Landed')],
      [
        count(records?.landed, 'row', 'landed'),
        spec?.databricks === undefined ? undefined : count(records?.uploaded, 'row', 'uploaded'),
        lastFile,
      ],
    ),
    spec?.databricks === undefined
      ? { name: 'Analysis', state: 'off', facts: ['no databricks in the spec'] }
      : link(
          'Analysis',
          [get('AnalysisScheduled')],
          [
            job?.lastRun === undefined ? 'no run yet' : `last run ${job.lastRun}`,
            job?.lastRunUrl ?? job?.url,
          ],
        ),
  ];
  const links = reached.map((each): Link => {
    if (each.name === blamed && (each.trouble?.endsWith(verdict.summary) ?? true))
      return {
        name: each.name,
        state: verdict.state === 'stalled' ? 'trouble' : 'busy',
        facts: [...each.facts, 'see above'],
      };
    // The operator goes from left to right and has not come here.
    const beyond = ['stalled', 'waiting', 'suspended'].includes(verdict.state);
    return beyond && each.state === 'busy' && each.trouble === undefined ? { ...each, state: 'off' } : each;
  });
  const unsupported = get('FullySupported');
  const audited = get('Audited');
  return {
    feed: `${metadata.namespace ?? 'default'}/${metadata.name}`,
    ready: verdict.state === 'ready' || verdict.state === 'suspended',
    ...verdict,
    links,
    notes: [unsupported, audited].flatMap((each) =>
      each?.status === 'False' || each?.reason === 'AuditNotPossible' ? [each.message] : [],
    ),
  };
}

function link(name: string, conditions: (Condition | undefined)[], facts: (string | undefined)[]): Link {
  const known = conditions.filter((each) => each !== undefined);
  const bad = known.find(({ status }) => status === 'False');
  const open = known.find(({ status }) => status === 'Unknown');
  const shown = facts.filter((fact) => fact !== undefined);
  if (bad?.reason === 'Suspended') return { name, state: 'off', facts: [...shown, 'suspended'] };
  if (bad !== undefined) {
    const state = ON_THE_WAY.has(bad.reason) ? 'busy' : 'trouble';
    return { name, state, facts: shown, trouble: `${bad.reason}: ${bad.message}` };
  }
  const state = known.length === 0 || open !== undefined ? 'busy' : 'well';
  return { name, state, facts: shown, ...(open === undefined ? {} : { trouble: open.message }) };
}

/** True is the trouble of this one. */
function inverted(condition: Condition | undefined): Condition | undefined {
  if (condition === undefined || condition.status === 'Unknown') return undefined;
  return { ...condition, status: condition.status === 'True' ? 'False' : 'True' };
}

function every(schedule: { every?: string; cron?: string } | undefined): string | undefined {
  if (schedule?.every !== undefined) return `polls every ${schedule.every}`;
  return schedule?.cron === undefined ? undefined : `polls at ${schedule.cron}`;
}

function count(value: number | undefined, thing: string, done: string): string | undefined {
  return value === undefined
    ? undefined
    : `${value.toLocaleString('en-US')} ${thing}${value === 1 ? '' : 's'} ${done}`;
}

/** `3m ago`; the one largest unit. */
export function ago(time: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1_000));
  if (Number.isNaN(seconds)) return time;
  if (seconds < 90) return `${seconds}s ago`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)}m ago`;
  if (seconds < 36 * 3_600) return `${Math.round(seconds / 3_600)}h ago`;
  return `${Math.round(seconds / 86_400)}d ago`;
}
