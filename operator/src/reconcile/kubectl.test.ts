/** What kubectl shows of a feed, to somebody who has nothing else. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureToolchain, waitUntil } from '@tributary/local/testing';
import { SecretResource } from '../kube/index.ts';
import { ApiQuotas } from '../quota/index.ts';
import { createQuota, quotaFeedSpec } from './testing/test-quota.ts';
import { startWorld, type World } from './testing/world.ts';

const run = promisify(execFile);
let world: World;
let program: string;
let namespace: string;

beforeAll(async () => {
  program = (await ensureToolchain(['kubectl'])).kubectl;
  world = await startWorld();
  await world.startOperator();
}, 900_000);

afterAll(async () => {
  await world?.stop();
}, 60_000);

const kubectl = async (...args: string[]): Promise<string> => {
  const where = ['--kubeconfig', world.kubeconfigPath, '--namespace', namespace];
  return (await run(program, [...where, ...args])).stdout;
};

/** With blanks as people see them, once the event that is waited for stands there. */
const described = async (name: string, event: string): Promise<string> => {
  let text = '';
  await waitUntil(
    async () => {
      text = (await kubectl('describe', 'feed', name)).replaceAll(/[ \t]+/g, ' ');
      return text.includes(` ${event} `);
    },
    { what: `an event ${event}`, timeoutMs: 10_000, intervalMs: 250 },
  );
  return text;
};

const createKey = (): Promise<unknown> =>
  world.client.create(SecretResource, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'api', namespace },
    stringData: { key: 'late-key' },
  });

const eventsOf = (text: string): string => text.slice(text.indexOf('\nEvents:'));

describe('kubectl describe', () => {
  it('says of a feed that cannot run which field is wrong and what to do, in its conditions and as an event', async () => {
    namespace = await world.namespace();
    await world.client.delete(SecretResource, 'api', namespace);
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Stalled', 'True', 'SecretNotFound');
    const text = await described('sp500', 'SecretNotFound');
    const remedy = `spec.source: Secret api does not exist in ${namespace}: create it with key key`;
    const [status = ''] = text.slice(text.indexOf('\nStatus:')).split('\nEvents:');
    expect(status).toContain(
      `Message: ${remedy}\n Observed Generation: 1\n Reason: SecretNotFound\n Status: True\n Type: Stalled`,
    );
    expect(eventsOf(text)).toMatch(
      new RegExp(`\\n Warning SecretNotFound \\S+( \\S+)* tributary.dev/operator.* Ready: ${remedy}`),
    );
  }, 60_000);

  it('shows of one that runs its conditions, its topic, and since when it is available', async () => {
    await createKey();
    const feed = await world.condition(namespace, 'sp500', 'Ready', 'True');
    const text = await described('sp500', 'Available');
    for (const type of ['Ready', 'TopicReady', 'UserReady', 'ProducerAvailable', 'ConsumerAvailable'])
      expect(text).toContain(`Status: True\n Type: ${type}\n`);
    expect(text).not.toContain('Type: Stalled');
    expect(text).toContain(
      `Topic:\n Id: ${feed.status?.topic?.id}\n Name: ${namespace}.sp500\n Partitions: 1`,
    );
    const events = eventsOf(text);
    expect(events).toContain('Ready: Every object is in place and both pods are available.');
    // What is past is still told.
    expect(events).toContain(' Warning SecretNotFound ');
  }, 60_000);
});

describe('kubectl wait', () => {
  it('ends once a feed is Ready, and not before', async () => {
    namespace = await world.namespace();
    await world.client.delete(SecretResource, 'api', namespace);
    await world.createFeed(namespace, 'sp500');
    const ready = ['wait', '--for=condition=Ready', 'streamsource/sp500'];
    await expect(kubectl(...ready, '--timeout=1s')).rejects.toThrow('timed out waiting for the condition');
    const waiting = kubectl(...ready, '--timeout=30s');
    await createKey();
    expect(await waiting).toBe('streamsource.tributary.dev/sp500 condition met\n');
  }, 60_000);
});

describe('kubectl get -o wide', () => {
  /** What stands in one line below each title. */
  const row = (table: string): Record<string, string> => {
    const [header = '', line = ''] = table.split('\n');
    const titles = [...header.matchAll(/\S+( \S+)*/g)];
    return Object.fromEntries(
      titles.map(({ 0: title, index }, at) => [title, line.slice(index, titles[at + 1]?.index).trim()]),
    );
  };

  it('shows where the records of a feed are, and why it is as it is', async () => {
    namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    expect(row(await kubectl('get', 'streamsources', '-o', 'wide'))).toEqual({
      NAME: 'sp500',
      READY: 'True',
      REASON: 'Available',
      PUBLISHED: '',
      UPLOADED: '',
      'POLL RESULT': '',
      'LAST POLL': '',
      AGE: expect.stringMatching(/^\d+s$/),
      TOPIC: `${namespace}.sp500`,
      LANDED: '',
      'LAST RUN': '',
      SUSPENDED: 'false',
      MESSAGE: 'Every object is in place and both pods are available.',
    });
  }, 60_000);

  it('shows of a quota how many feeds it carries, and what is left of it', async () => {
    namespace = await world.namespace();
    await createQuota(world.client, namespace);
    await world.createFeed(namespace, 'sp500', quotaFeedSpec({ schedule: { every: '12h' } }));
    await waitUntil(async () => (await world.client.get(ApiQuotas, 'free', namespace))?.status?.feeds === 1, {
      what: 'the quota counts the feed',
      timeoutMs: 10_000,
    });
    expect(row(await kubectl('get', 'apiq', '-o', 'wide'))).toEqual({
      NAME: 'free',
      FITTING: 'True',
      FEEDS: '1',
      REFUSED: '0',
      LEFT: '23 of 25 per 1d',
      AGE: expect.stringMatching(/^\d+s$/),
      MESSAGE: 'The schedules of all feeds fit into the limits.',
    });
  }, 60_000);
});
