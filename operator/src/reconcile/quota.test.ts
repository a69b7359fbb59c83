import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { producerConfig, type ApiQuotaStatus, type Limit, type ProducerConfig } from '@tributary/api';
import { ConfigMapResource, DeploymentResource } from '../kube/index.ts';
import { ApiQuotas } from '../quota/index.ts';
import { StreamSources } from '../status/index.ts';
import { createQuota, quotaFeedSpec } from './testing/test-quota.ts';
import { startWorld, type World } from './testing/world.ts';

const FREE: Limit[] = [
  { requests: 1, per: '1s' },
  { requests: 25, per: '1d', resets: '00:00', zone: 'America/New_York' },
];
let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.startOperator();
}, 900_000);

afterAll(async () => {
  await world?.stop();
}, 60_000);

const onQuota = (every: string): object => quotaFeedSpec({ schedule: { every } });

const configOf = async (namespace: string, name: string): Promise<ProducerConfig | undefined> => {
  const map = await world.client.get(ConfigMapResource, `${name}-producer`, namespace);
  const text = map?.data?.['config.json'];
  return text === undefined ? undefined : producerConfig().parse(JSON.parse(text));
};

const limitsOf = async (namespace: string, name: string): Promise<number[] | undefined> =>
  (await configOf(namespace, name))?.source.alphaVantage?.limits.map(({ requests }) => requests);

const statusOf = async (
  namespace: string,
  fits: (status: ApiQuotaStatus) => boolean,
): Promise<ApiQuotaStatus> => {
  let status: ApiQuotaStatus = {};
  await waitUntil(
    async () => {
      status = (await world.client.get(ApiQuotas, 'free', namespace))?.status ?? {};
      return fits(status);
    },
    { what: 'the status of the quota', timeoutMs: 10_000 },
  );
  return status;
};

describe('an APIQuota', () => {
  it('is divided among its feeds, each share in the config of its pod', async () => {
    const namespace = await world.namespace();
    await createQuota(world.client, namespace, FREE);
    await world.createFeed(namespace, 'a', onQuota('1d'));
    await world.condition(namespace, 'a', 'Ready', 'True');
    expect(await limitsOf(namespace, 'a')).toEqual([1, 25]);
    await world.createFeed(namespace, 'b', onQuota('12h'));
    await world.condition(namespace, 'b', 'Ready', 'True');
    await waitUntil(async () => (await limitsOf(namespace, 'a'))?.[1] === 8, {
      what: 'the share of the first one is smaller',
      timeoutMs: 10_000,
    });
    expect(await limitsOf(namespace, 'b')).toEqual([1, 16]);
    const [a, b] = await Promise.all(['a', 'b'].map((name) => configOf(namespace, name)));
    expect(a?.phase).toEqual({ everyMs: 4_000, offsetMs: 0, lengthMs: 500 });
    expect(b?.phase).toEqual({ everyMs: 4_000, offsetMs: 2_000, lengthMs: 500 });
    expect(a?.source.quotaRef).toBeUndefined();
    const status = await statusOf(namespace, ({ feeds }) => feeds === 2);
    expect(status).toMatchObject({
      refused: 0,
      summary: '0 of 1 per 1s, 22 of 25 per 1d',
      limits: [
        { limit: '1 per 1s', needed: 1, left: 0 },
        { limit: '25 per 1d', needed: 3, left: 22 },
      ],
      shares: [
        { name: 'a', fits: true, share: '1 per 1s, 8 per 1d', turn: '0s into every 4s' },
        { name: 'b', fits: true, share: '1 per 1s, 16 per 1d', turn: '2s into every 4s' },
      ],
    });
    expect(status.conditions?.map(({ type, status: holds }) => `${type}=${holds}`)).toEqual([
      'Ready=True',
      'Fitting=True',
    ]);
  }, 60_000);

  it('stalls the feed that came last with the arithmetic, and lets it go on when there is room', async () => {
    const namespace = await world.namespace();
    await createQuota(world.client, namespace, FREE);
    await world.createFeed(namespace, 'first', onQuota('2h'));
    await world.condition(namespace, 'first', 'Ready', 'True');
    await world.createFeed(namespace, 'later', onQuota('1h'));
    expect(await world.stalled(namespace, 'later', 'QuotaExceeded')).toBe(
      'spec.schedule: APIQuota free: 25 requests in 1d are allowed; on any day the feed before it needs 12 and this one 24: 36 > 25. Poll less often, raise the limit if the plan behind the key allows more, or use another key.',
    );
    const status = await statusOf(namespace, ({ refused }) => refused === 1);
    expect(status.conditions?.find(({ type }) => type === 'Fitting')).toMatchObject({
      status: 'False',
      message: '1 of 2 feeds do not fit: later.',
    });
    expect(status.shares?.[1]).toEqual({ name: 'later', fits: false });
    await world.condition(namespace, 'first', 'Ready', 'True');
    await world.client.delete(StreamSources, 'first', namespace);
    await world.condition(namespace, 'later', 'Ready', 'True');
    await statusOf(namespace, ({ feeds, refused }) => feeds === 1 && refused === 0);
  }, 60_000);

  it('carries thirty weekly feeds on 25 a day where their weekdays differ, and names the day of one too many', async () => {
    const namespace = await world.namespace();
    await createQuota(world.client, namespace, FREE.slice(1));
    const onDay = (day: string): object => ({
      ...onQuota('1d'),
      schedule: { cron: `30 18 * * ${day}`, timeZone: 'America/New_York' },
    });
    const feeds = Array.from({ length: 30 }, (_, index) => `w${String(index).padStart(2, '0')}`);
    for (const [index, name] of feeds.entries())
      await world.createFeed(namespace, name, onDay(index < 25 ? 'FRI' : 'MON'));
    await statusOf(namespace, ({ feeds: count, refused }) => count === 30 && refused === 0);
    await world.createFeed(namespace, 'x', onDay('FRI'));
    expect(await world.stalled(namespace, 'x', 'QuotaExceeded')).toContain(
      '25 requests in 1d are allowed; on Fridays the 30 feeds before it need 25 and this one 1: 26 > 25.',
    );
  }, 60_000);

  it('stops the producer of a feed that does not fit any more', async () => {
    const namespace = await world.namespace();
    await createQuota(world.client, namespace, FREE);
    await world.createFeed(namespace, 'a', onQuota('1h'));
    await world.condition(namespace, 'a', 'Ready', 'True');
    const exhausted = {
      quota: { exhausted: true },
      upstream: { healthy: true, reason: 'Healthy', message: '' },
    };
    const pods = await world.runPods(namespace, 'a', { producer: exhausted, consumer: {} });
    try {
      await world.condition(namespace, 'a', 'QuotaExhausted', 'True');
      await world.client.mergePatch(ApiQuotas, 'free', namespace, {
        spec: { limits: [{ requests: 5, per: '1d' }] },
      });
      const stalled = await world.condition(namespace, 'a', 'Stalled', 'True', 'QuotaExceeded');
      const producer = await world.client.get(DeploymentResource, 'a-producer', namespace);
      expect(producer?.spec?.replicas).toBe(0);
      // What only a running producer knows is not known by now; the consumer runs on.
      const said = stalled.status?.conditions?.map(
        ({ type, status, reason }) => `${type}=${status} ${reason}`,
      );
      expect(said).toEqual(
        expect.arrayContaining([
          'ProducerAvailable=False Halted',
          'UpstreamHealthy=Unknown Halted',
          'QuotaExhausted=Unknown Halted',
          'ConsumerAvailable=True Available',
        ]),
      );
    } finally {
      await pods.stop();
    }
    await world.client.mergePatch(ApiQuotas, 'free', namespace, {
      spec: { limits: [{ requests: 24, per: '1d' }] },
    });
    await world.condition(namespace, 'a', 'Ready', 'True');
    const again = await world.client.get(DeploymentResource, 'a-producer', namespace);
    expect(again?.spec?.replicas).toBe(1);
  }, 60_000);

  it('is waited for by a feed that names it before it is there', async () => {
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'early', onQuota('1d'));
    expect(await world.stalled(namespace, 'early', 'QuotaNotFound')).toBe(
      `spec.source.quotaRef: APIQuota free does not exist in ${namespace}: create it, or correct the name`,
    );
    await createQuota(world.client, namespace, FREE);
    await world.condition(namespace, 'early', 'Ready', 'True');
  }, 60_000);
});
