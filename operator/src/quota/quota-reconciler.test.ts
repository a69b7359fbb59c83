import { describe, expect, it } from '@jest/globals';
import { noMetrics, silentLog, type KubeClient } from '../kube/index.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import type { StreamSource } from '../status/index.ts';
import type { ApiQuota } from './api-quota.ts';
import { QuotaReconciler } from './quota-reconciler.ts';
import { Quotas } from './quotas.ts';

const KEY = 'markets/free';
const MINUTE_MS = 60_000;

/** A quota of 25 a day with one feed, whose producer says what it has left. */
async function reconciling() {
  const clock = new FakeClock();
  let quota: ApiQuota = {
    apiVersion: 'tributary.dev/v1alpha1',
    kind: 'APIQuota',
    metadata: { name: 'free', namespace: 'markets', generation: 1 },
    spec: { limits: [{ requests: 25, per: '1d' }] },
  };
  const feed = {
    apiVersion: 'tributary.dev/v1alpha1',
    kind: 'StreamSource',
    metadata: { name: 'a', namespace: 'markets', uid: 'uid-a' },
    spec: { schedule: { every: '12h' }, source: { quotaRef: { name: 'free' } } },
  };
  let remaining = 10;
  let writes = 0;
  const quotas: Quotas<StreamSource> = new Quotas<StreamSource>({
    quota: () => quota,
    feeds: () => [{ ...feed, status: { quota: { remaining } } } as StreamSource],
    onChange: (key) => reconciler.enqueue(key),
  });
  const client = {
    update: async (_type: unknown, next: ApiQuota) => {
      writes += 1;
      quota = next;
    },
  } as unknown as KubeClient;
  const reconciler = new QuotaReconciler({
    client,
    quotas,
    quota: () => quota,
    onShare: () => undefined,
    clock,
    log: silentLog,
    metrics: noMetrics,
  });
  const stop = new AbortController();
  const running = reconciler.run(stop.signal);
  quotas.quotaChanged(KEY);
  await clock.advance(0);
  return {
    clock,
    says: (left: number) => (remaining = left),
    limit: (requests: number) => {
      quota = { ...quota, spec: { limits: [{ requests, per: '1d' }] } };
      quotas.quotaChanged(KEY);
    },
    writes: () => writes,
    status: () => quota.status,
    async stop() {
      stop.abort();
      await running;
    },
  };
}

describe('the status of an APIQuota', () => {
  it('says what its limits have left for further feeds, and each feed of its share', async () => {
    const quota = await reconciling();
    expect(quota.status()).toMatchObject({
      limits: [{ limit: '25 per 1d', needed: 2, left: 23 }],
      shares: [{ name: 'a', fits: true, remaining: 10 }],
    });
    await quota.stop();
  });

  it('follows what feeds have left once a minute, and is not written while nothing changes', async () => {
    const quota = await reconciling();
    quota.says(9);
    await quota.clock.advance(MINUTE_MS - 1);
    expect([quota.writes(), quota.status()?.shares?.[0]?.remaining]).toEqual([1, 10]);
    await quota.clock.advance(1);
    expect([quota.writes(), quota.status()?.shares?.[0]?.remaining]).toEqual([2, 9]);
    await quota.clock.advance(60 * MINUTE_MS);
    expect(quota.writes()).toBe(2);
    await quota.stop();
  });

  it('is written at once for anything else', async () => {
    const quota = await reconciling();
    quota.limit(50);
    await quota.clock.advance(0);
    expect([quota.writes(), quota.status()?.summary]).toEqual([2, '48 of 50 per 1d']);
    await quota.stop();
  });
});
