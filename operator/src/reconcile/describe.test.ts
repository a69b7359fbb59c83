/** What `kubectl describe` shows of a feed, to somebody who has nothing else. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureToolchain, waitUntil } from '@tributary/local/testing';
import { SecretResource } from '../kube/index.ts';
import { startWorld, type World } from './testing/world.ts';

const run = promisify(execFile);
let world: World;
let kubectl: string;
let namespace: string;

beforeAll(async () => {
  ({ kubectl } = await ensureToolchain(['kubectl']));
  world = await startWorld();
  await world.startOperator();
}, 900_000);

afterAll(async () => {
  await world?.stop();
}, 60_000);

/** With blanks as people see them, once the event that is waited for stands there. */
const described = async (name: string, event: string): Promise<string> => {
  let text = '';
  await waitUntil(
    async () => {
      const { stdout } = await run(kubectl, [
        ...['--kubeconfig', world.kubeconfigPath, '--namespace', namespace],
        ...['describe', 'feed', name],
      ]);
      text = stdout.replaceAll(/[ \t]+/g, ' ');
      return text.includes(` ${event} `);
    },
    { what: `an event ${event}`, timeoutMs: 10_000, intervalMs: 250 },
  );
  return text;
};

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
    await world.client.create(SecretResource, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'api', namespace },
      stringData: { key: 'late-key' },
    });
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
