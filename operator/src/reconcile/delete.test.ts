import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDatabricks, waitUntil, type DatabricksStandIn } from '@tributary/local/testing';
import { createDatabricks, type Databricks } from '@tributary/databricks';
import { CustomResourceDefinitionResource, EventResource } from '../kube/index.ts';
import { KafkaTopics, KafkaUsers, RETAINED, TRACKING } from '../plan/index.ts';
import { StreamSources } from '../status/index.ts';
import { KAFKA_NAMESPACE } from './testing/test-kafka.ts';
import { feedSpec, startWorld, type World } from './testing/world.ts';

/** The API server tells the time of a deletion by the second. */
const PATIENCE_MS = 3_000;
const stop = new AbortController();
let folder: string;
let world: World;
let standIn: DatabricksStandIn;
let databricks: Databricks;
let connection: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-delete-'));
  standIn = await startDatabricks({ workDir: folder, python: 'python3', signal: stop.signal });
  connection = { host: standIn.url, clientId: standIn.clientId, clientSecret: standIn.clientSecret };
  databricks = createDatabricks({
    host: standIn.url,
    auth: { kind: 'pat', token: standIn.token },
    userAgent: 'test/1.0',
    allowInsecureLoopback: true,
  });
  world = await startWorld();
  await world.startOperator({ deletionPatienceMs: PATIENCE_MS });
}, 900_000);

afterAll(async () => {
  await world?.stop();
  databricks?.close();
  await standIn?.stop();
  stop.abort();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const gone = async (namespace: string, name: string, timeoutMs = 10_000): Promise<void> => {
  await world.client.delete(StreamSources, name, namespace);
  await waitUntil(async () => (await world.feed(namespace, name)) === undefined, {
    what: 'the feed is gone',
    timeoutMs,
  });
};

/** Of the event with that reason, once it is there. */
const noteOf = async (namespace: string, reason: string): Promise<string> => {
  let note: string | undefined;
  await waitUntil(
    async () => {
      const events = (await world.client.list(EventResource, { namespace })).items;
      note = events.find((event) => event.reason === reason)?.note;
      return note !== undefined;
    },
    { what: `an event ${reason}`, timeoutMs: 5_000 },
  );
  return note ?? '';
};

const jobNames = async (): Promise<unknown[]> => {
  const names: unknown[] = [];
  for await (const { settings } of databricks.jobs.list()) names.push(settings['name']);
  return names;
};

describe('deleting a StreamSource', () => {
  it('removes users and job, and keeps the topics marked, as the default policy says', async () => {
    const namespace = await world.namespace(connection);
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    const feed = await world.condition(namespace, 'sp500', 'AnalysisScheduled', 'True', 'Scheduled');
    expect(feed.status?.job?.url).toBe(`${standIn.url}/jobs/${feed.status?.job?.id}`);
    expect(await jobNames()).toContain(`tributary ${namespace}.sp500`);
    await gone(namespace, 'sp500');
    expect(await jobNames()).not.toContain(`tributary ${namespace}.sp500`);
    const user = await world.client.get(KafkaUsers, `${namespace}.sp500.producer`, KAFKA_NAMESPACE);
    expect(user).toBeUndefined();
    for (const topic of ['sp500', 'sp500.state', 'sp500.dlq']) {
      const kept = await world.client.get(KafkaTopics, `${namespace}.${topic}`, KAFKA_NAMESPACE);
      expect(kept?.metadata.annotations?.[RETAINED]).toBe('true');
      expect(kept?.metadata.labels?.[TRACKING.uid]).toBeUndefined();
    }
  }, 60_000);

  it('leaves no job behind when it comes while the job is being made', async () => {
    const namespaces = await Promise.all(Array.from({ length: 6 }, () => world.namespace(connection)));
    await Promise.all(
      namespaces.map(async (namespace, index) => {
        await world.createFeed(namespace, 'hasty');
        await world.condition(namespace, 'hasty', 'Ready', 'True');
        // At whatever the operator has come to in the workspace.
        await new Promise((resolve) => setTimeout(resolve, index * 40));
        await gone(namespace, 'hasty', 30_000);
      }),
    );
    // Whatever was asked of the workspace before it is done then.
    const namespace = await world.namespace(connection);
    await world.createFeed(namespace, 'after');
    await world.condition(namespace, 'after', 'AnalysisScheduled', 'True', 'Scheduled');
    expect((await jobNames()).filter((name) => String(name).endsWith('.hasty'))).toEqual([]);
  }, 90_000);

  it('lets the next feed of the same name take the retained topics up again', async () => {
    const namespace = await world.namespace(connection);
    await world.createFeed(namespace, 'sp500');
    const first = await world.condition(namespace, 'sp500', 'Ready', 'True');
    await gone(namespace, 'sp500');
    // Nobody collects garbage here; in a cluster what the old feed owned is gone by now.
    await world.collectGarbage(namespace);
    const second = await world.createFeed(namespace, 'sp500');
    const ready = await world.condition(namespace, 'sp500', 'Ready', 'True');
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(ready.status?.topic?.id).toBe(first.status?.topic?.id);
    const topic = await world.client.get(KafkaTopics, `${namespace}.sp500`, KAFKA_NAMESPACE);
    expect(topic?.metadata.labels?.[TRACKING.uid]).toBe(second.metadata.uid);
    expect(topic?.metadata.annotations?.[RETAINED]).toBeUndefined();
  }, 60_000);

  it('removes the topics where the policy says so, also while the feed is suspended and paused', async () => {
    const namespace = await world.namespace(connection);
    const deletionPolicy = { topic: 'Delete', files: 'Retain', jobs: 'Delete' };
    await world.createFeed(namespace, 'sp500', feedSpec({ deletionPolicy, suspend: true }));
    await world.condition(namespace, 'sp500', 'Ready', 'True', 'Suspended');
    await world.client.mergePatch(StreamSources, 'sp500', namespace, {
      metadata: { annotations: { 'tributary.dev/paused': 'true' } },
    });
    await gone(namespace, 'sp500');
    for (const topic of ['sp500', 'sp500.state', 'sp500.dlq'])
      expect(await world.client.get(KafkaTopics, `${namespace}.${topic}`, KAFKA_NAMESPACE)).toBeUndefined();
  }, 60_000);

  it('does not wait for a Strimzi that is down: what it has to remove stays marked for it', async () => {
    const namespace = await world.namespace(connection);
    const deletionPolicy = { topic: 'Delete', files: 'Retain', jobs: 'Delete' };
    await world.createFeed(namespace, 'sp500', feedSpec({ deletionPolicy }));
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    const topic = `${namespace}.sp500`;
    const hold = async (finalizers: string[]): Promise<unknown> =>
      world.client.mergePatch(KafkaTopics, topic, KAFKA_NAMESPACE, { metadata: { finalizers } });
    await hold(['strimzi.io/topic-operator']);
    await gone(namespace, 'sp500');
    const left = await world.client.get(KafkaTopics, topic, KAFKA_NAMESPACE);
    expect(left?.metadata.deletionTimestamp).toBeDefined();
    // The next feed of the name waits for it, and goes on by itself.
    await world.collectGarbage(namespace);
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Reconciling', 'True', 'PreviousObjectGoing');
    await hold([]);
    const ready = await world.condition(namespace, 'sp500', 'Ready', 'True');
    expect(ready.status?.topic?.id).not.toBe(left?.status?.topicId);
  }, 60_000);

  it('does not wait for a workspace whose Secret is gone, and tells what it left', async () => {
    const namespace = await world.namespace({ token: 'without-host' });
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Stalled', 'True', 'SecretKeyNotFound');
    await gone(namespace, 'sp500');
    expect(await noteOf(namespace, 'CleanupAbandoned')).toBe(
      'Left behind, remove by hand: Databricks job and files: Secret databricks needs host and either token, or clientId and clientSecret, or clientId and auth',
    );
  }, 60_000);

  it('tries for a while when the workspace is down, then lets go and tells what it left', async () => {
    const namespace = await world.namespace({ host: 'http://127.0.0.1:9', token: 'a-token' });
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    await world.condition(namespace, 'sp500', 'AnalysisScheduled', 'False', 'Unreachable');
    const startedAt = Date.now();
    await gone(namespace, 'sp500', 20_000);
    expect(Date.now() - startedAt).toBeGreaterThan(PATIENCE_MS - 1_000);
    expect(
      await world.client.get(KafkaUsers, `${namespace}.sp500.producer`, KAFKA_NAMESPACE),
    ).toBeUndefined();
    expect(await noteOf(namespace, 'CleanupAbandoned')).toContain('Databricks job and files');
  }, 60_000);

  it('touches nothing while a feed is paused', async () => {
    const namespace = await world.namespace(connection);
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    await world.condition(namespace, 'sp500', 'AnalysisScheduled', 'True');
    await world.client.mergePatch(StreamSources, 'sp500', namespace, {
      metadata: { annotations: { 'tributary.dev/paused': 'true' } },
    });
    const before = world.writes().length;
    await world.client.mergePatch(StreamSources, 'sp500', namespace, { spec: { suspend: true } });
    const other = await world.namespace(connection);
    await world.createFeed(other, 'later');
    await world.condition(other, 'later', 'Ready', 'True');
    const more = world.writes().slice(before);
    expect(more.filter((write) => write.includes(`${namespace}/`))).toEqual([]);
  }, 60_000);

  // The last one: from here on the API server takes any spec.
  it('removes users, keeps topics and halts the job when the spec cannot be read any more, and tells what it left', async () => {
    const namespace = await world.namespace(connection);
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    const unreachable = await world.namespace({ host: 'http://127.0.0.1:9', token: 'a-token' });
    await world.createFeed(unreachable, 'sp500');
    await world.condition(unreachable, 'sp500', 'Ready', 'True');
    await world.condition(unreachable, 'sp500', 'AnalysisScheduled', 'False', 'Unreachable');
    const scheduled = await world.condition(namespace, 'sp500', 'AnalysisScheduled', 'True', 'Scheduled');
    const crd = await world.client.get(CustomResourceDefinitionResource, 'streamsources.tributary.dev');
    const schema = crd?.spec.versions[0]?.schema?.openAPIV3Schema?.properties;
    if (crd === undefined || schema === undefined) throw new Error('the kind is gone');
    schema['spec'] = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as object;
    await world.client.update(CustomResourceDefinitionResource, crd);
    const stored = { spec: { kafka: null, fromAnOlderVersion: true } };
    await waitUntil(
      async () => {
        await world.client.mergePatch(StreamSources, 'sp500', unreachable, stored);
        const feed = await world.client.mergePatch(StreamSources, 'sp500', namespace, stored);
        return JSON.stringify(feed.spec).includes('fromAnOlderVersion');
      },
      { what: 'the API server takes any spec', timeoutMs: 20_000 },
    );
    expect(await world.stalled(namespace, 'sp500', 'InvalidSpec')).toContain('spec.kafka: must be given');
    await gone(namespace, 'sp500');
    expect(await noteOf(namespace, 'CleanupAbandoned')).toBe(
      'The spec cannot be read. Left behind, remove by hand: topics, and users in a Kafka without Strimzi; the job in Databricks, which runs no more, and its files',
    );
    const job = await databricks.jobs.get(Number(scheduled.status?.job?.id));
    expect(job.settings['schedule']).toBeUndefined();
    const user = await world.client.get(KafkaUsers, `${namespace}.sp500.producer`, KAFKA_NAMESPACE);
    expect(user).toBeUndefined();
    const topic = await world.client.get(KafkaTopics, `${namespace}.sp500`, KAFKA_NAMESPACE);
    expect(topic?.metadata.annotations?.[RETAINED]).toBe('true');
    // Where Databricks does not answer, nothing is said to be done that is not; and it is said once, of all the tries.
    await gone(unreachable, 'sp500', 20_000);
    expect(await noteOf(unreachable, 'CleanupAbandoned')).toMatch(
      /^The spec cannot be read\. Left behind, remove by hand: topics, and users in a Kafka without Strimzi; Databricks job and files: /,
    );
    const reasons = await world.eventReasons(unreachable);
    expect(reasons.filter((reason) => reason === 'CleanupAbandoned')).toHaveLength(1);
  }, 90_000);
});
