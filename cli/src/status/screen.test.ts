import { describe, expect, it } from '@jest/globals';
import type { Condition } from '@tributary/api';
import picocolors from 'picocolors';
import { ago, chainOf, type ShownFeed } from './chain.ts';
import { screenOf } from './screen.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const condition = (
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-11-25T00:00:00Z',
});
const WELL: ShownFeed = {
  metadata: { name: 'sp500-daily', namespace: 'markets', generation: 2 },
  spec: { databricks: {}, schedule: { cron: '30 18 * * MON-FRI' } },
  status: {
    observedGeneration: 2,
    conditions: [
      condition('Ready', 'True', 'Available', 'Every object is in place and both pods are available.'),
      condition('TopicReady', 'True', 'TopicsReady', ''),
      condition('UserReady', 'True', 'UsersReady', ''),
      condition('ProducerAvailable', 'True', 'Available', ''),
      condition('ConsumerAvailable', 'True', 'Available', ''),
      condition('Landed', 'True', 'FilesLanded', ''),
      condition('AnalysisScheduled', 'True', 'Scheduled', ''),
      condition('UpstreamHealthy', 'True', 'Answering', ''),
      condition('QuotaExhausted', 'False', 'WithinLimits', ''),
    ],
    topic: { name: 'markets.sp500-daily', id: 'x', partitions: 1 },
    lastPoll: { id: 'p', at: '2026-11-25T11:57:00Z', result: 'Published', records: 1 },
    records: { published: 6_512, landed: 6_512, uploaded: 6_511 },
    lastFile: 'markets.sp500-daily/x/schema-1/2026-11-25/0-6500.csv.gz',
    quota: { remaining: 23 },
    job: { id: '7', url: 'https://w/jobs/7', lastRun: 'SUCCESS', lastRunUrl: 'https://w/jobs/7/runs/9' },
  },
};
const screen = (feed: ShownFeed): string =>
  screenOf(chainOf(feed, NOW), picocolors.createColors(false)).join('\n');
const withCondition = (changed: Condition): ShownFeed => ({
  ...WELL,
  status: {
    ...WELL.status,
    conditions: [...(WELL.status?.conditions ?? []).filter(({ type }) => type !== changed.type), changed],
  },
});

describe('the screen of a feed', () => {
  it('shows the whole chain, from the API to the analysis', () => {
    expect(screen(WELL)).toBe(
      [
        'markets/sp500-daily  Ready',
        '  Every object is in place and both pods are available.',
        '',
        '  ✓ API       Published 3m ago · 23 requests left',
        '  ✓ Producer  polls at 30 18 * * MON-FRI',
        '  ✓ Topic     markets.sp500-daily · 6,512 records published',
        '  ✓ Consumer',
        '  ✓ Files     6,512 rows landed · 6,511 rows uploaded · markets.sp500-daily/x/schema-1/2026-11-25/0-6500.csv.gz',
        '  ✓ Analysis  last run SUCCESS · https://w/jobs/7/runs/9',
      ].join('\n'),
    );
  });

  it('says where it is broken and why', () => {
    const limited = withCondition(
      condition('UpstreamHealthy', 'False', 'RateLimited', 'the provider asks for patience'),
    );
    expect(screen(limited)).toContain(
      '  ✗ API       Published 3m ago · 23 requests left\n              RateLimited: the provider',
    );
    const used = withCondition(condition('QuotaExhausted', 'True', 'LimitReached', 'used up'));
    expect(screen(used)).toContain('✗ API');
    const young = withCondition(condition('Landed', 'False', 'NothingYet', 'No file is complete yet.'));
    expect(screen(young)).toContain('… Files');
    const gap = withCondition(
      condition('FullySupported', 'False', 'NotYetSupported', 'Accepted and not acted on yet: spec.x.'),
    );
    expect(screen(gap)).toContain('\n\n  Accepted and not acted on yet: spec.x.');
  });

  it('says what a stalled feed is stalled by, and which links nobody has come to', () => {
    const message =
      'spec.schedule: APIQuota free: 25 requests in 1d are allowed; on Fridays the 25 feeds before it need 25 and this one 1: 26 > 25.';
    const stalled: ShownFeed = {
      ...WELL,
      status: {
        observedGeneration: 2,
        conditions: [
          condition('Ready', 'False', 'QuotaExceeded', message),
          condition('Stalled', 'True', 'QuotaExceeded', message),
        ],
      },
    };
    expect(screen(stalled)).toBe(
      [
        'markets/sp500-daily  Stalled: QuotaExceeded',
        `  ${message}`,
        '',
        '  ✗ API       see above',
        '  - Producer  polls at 30 18 * * MON-FRI',
        '  - Topic',
        '  - Consumer',
        '  - Files',
        '  - Analysis  no run yet',
      ].join('\n'),
    );
  });

  it('calls waiting what goes on by itself, and suspended what was asked for', () => {
    const missing = 'spec.kafka.strimzi: Kafka kafka/late does not exist: create it, or correct the name';
    const waiting = screen({
      ...WELL,
      status: {
        observedGeneration: 2,
        conditions: [
          condition('Ready', 'False', 'KafkaNotFound', missing),
          condition('Reconciling', 'True', 'KafkaNotFound', missing),
        ],
      },
    });
    expect(waiting).toContain('markets/sp500-daily  Waiting: KafkaNotFound');
    expect(waiting).toContain('… Topic     see above\n  - Consumer');
    const suspended = withCondition(condition('Ready', 'True', 'Suspended', 'Both pods are scaled to zero.'));
    suspended.status?.conditions?.push(condition('ProducerAvailable', 'False', 'Suspended', ''));
    expect(screen(suspended)).toContain('markets/sp500-daily  Suspended');
    expect(screen(suspended)).toContain('- Producer  polls at 30 18 * * MON-FRI · suspended');
  });

  it('does not call ready what the operator has not looked at', () => {
    const { status: _, ...fresh } = WELL;
    expect(screen(fresh)).toContain('markets/sp500-daily  not Ready\n  The operator has not looked at');
    const newer = chainOf({ ...WELL, metadata: { ...WELL.metadata, generation: 3 } }, NOW);
    expect([newer.ready, newer.summary]).toEqual([
      false,
      'The operator has not looked at the newest spec yet.',
    ]);
  });

  it('tells times in the unit that a reader wants', () => {
    const before = (seconds: number): string => ago(new Date(NOW - seconds * 1_000).toISOString(), NOW);
    expect([5, 600, 7_200, 200_000].map(before)).toEqual(['5s ago', '10m ago', '2h ago', '2d ago']);
  });
});
