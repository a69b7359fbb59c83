import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startTestBroker, waitUntil, type TestBroker } from '@tributary/local/testing';
import Cluster from 'kafkajs/src/cluster/index.js';
import { Kafka as Kafkajs, type Admin, type Producer, type Transaction } from 'kafkajs';
import { consumerRights, KafkaAdmin, producerRights } from './admin.ts';
import { connectKafka } from './connect-kafka.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';
import { KafkaError } from './errors.ts';
import type { Kafka } from './kafka.ts';
import type { KafkaRecord } from './records.ts';

type User = { username: string; password: string };

let broker: TestBroker;
let admin: KafkaAdmin;
let kafka: Kafka;
const logged: string[] = [];
let topics = 0;

const log = (level: string) => (fields: object, message: string) => {
  logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
};

function connection(
  user: User = broker.adminUser,
  password: () => string = () => user.password,
): KafkaConnectionOptions {
  return {
    bootstrapServers: broker.bootstrapServers.split(','),
    tls: { ca: () => broker.caPem },
    sasl: { mechanism: 'scram-sha-512', username: user.username, password },
    clientId: 'kafka-test',
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
  };
}

async function newTopic(
  options: { partitions?: number; config?: Record<string, string> } = {},
): Promise<string> {
  topics += 1;
  const name = `topic-${topics}`;
  await admin.createTopics([
    { name, partitions: options.partitions ?? 1, replicas: 1, config: options.config ?? {} },
  ]);
  return name;
}

async function collect(records: AsyncIterable<KafkaRecord>): Promise<KafkaRecord[]> {
  const all: KafkaRecord[] = [];
  for await (const record of records) all.push(record);
  return all;
}

/** The broker writes a transaction's markers shortly after it has confirmed the commit. */
async function settled(topic: string): Promise<void> {
  await waitUntil(
    async () => (await kafka.topicOffsets(topic)).every(({ end, stableEnd }) => end === stableEnd),
    {
      what: `the transactions on ${topic} to settle`,
      timeoutMs: 10_000,
    },
  );
}

async function readAll(topic: string, partition = 0, from?: bigint): Promise<KafkaRecord[]> {
  await settled(topic);
  return collect(kafka.readToEnd({ topic, partition, ...(from === undefined ? {} : { from }) }));
}

async function withRawAdmin<T>(work: (raw: Admin) => Promise<T>): Promise<T> {
  const raw = new Kafkajs({ ...broker.kafkaConfig(), retry: { retries: 5 } }).admin();
  await raw.connect();
  try {
    return await work(raw);
  } finally {
    await raw.disconnect();
  }
}

const values = (records: readonly KafkaRecord[]) => records.map(({ value }) => value?.toString() ?? null);

/** A transaction of an ordinary kafkajs producer: what may also stand in a topic. */
async function strayTransaction(
  id: string,
  topic: string,
  messages: string[],
): Promise<{ producer: Producer; transaction: Transaction; close(): Promise<void> }> {
  const producer = new Kafkajs(broker.kafkaConfig()).producer({
    transactionalId: id,
    transactionTimeout: 60_000,
    retry: { retries: 10 },
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: messages.map((value) => ({ value })) });
  return { producer, transaction, close: () => producer.disconnect() };
}

beforeAll(async () => {
  broker = await startTestBroker();
  admin = new KafkaAdmin(connection());
  kafka = connectKafka(connection());
}, 300_000);

afterAll(async () => {
  await kafka?.close();
  await broker?.stop();
}, 30_000);

describe('reading to the end', () => {
  it('gives records as they are: key, value, headers, tombstone, in order of offset', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish([
      {
        topic,
        key: '{"symbol":"IBM"}',
        value: '{"close":"1.2300"}',
        headers: { op: 'upsert', event_time: '' },
      },
      { topic, key: '{"symbol":"IBM"}', value: null, headers: { op: 'delete' } },
    ]);
    const records = await readAll(topic);
    expect(
      records.map(({ key, value, headers, offset }) => [
        key?.toString(),
        value?.toString() ?? null,
        Object.fromEntries(headers),
        offset,
      ]),
    ).toEqual([
      ['{"symbol":"IBM"}', '{"close":"1.2300"}', { op: 'upsert', event_time: '' }, 0n],
      ['{"symbol":"IBM"}', null, { op: 'delete' }, 1n],
    ]);
    expect(records[0]?.timestamp).toBeGreaterThan(Date.now() - 60_000);
  });

  it('ends where the log ends with transaction markers', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    for (const value of ['a', 'b', 'c']) await publisher.publish([{ topic, key: null, value }]);
    // A commit is final before its marker is in the log.
    await waitUntil(async () => (await kafka.topicOffsets(topic))[0]?.stableEnd === 6n, {
      what: 'the last marker',
      timeoutMs: 10_000,
    });
    expect(await kafka.topicOffsets(topic)).toEqual([{ partition: 0, start: 0n, end: 6n, stableEnd: 6n }]);
    expect(values(await readAll(topic))).toEqual(['a', 'b', 'c']);
    expect(values(await readAll(topic, 0, 4n))).toEqual(['c']);
    expect(await readAll(topic, 0, 5n)).toEqual([]);
  });

  it('leaves out aborted records and ends behind them', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish([{ topic, key: null, value: 'kept' }]);
    const stray = await strayTransaction('aborting', topic, ['lost', 'lost too']);
    await publisher.publish([{ topic, key: null, value: 'kept in between' }]);
    await stray.transaction.abort();
    await stray.close();
    await waitUntil(async () => (await kafka.topicOffsets(topic))[0]?.stableEnd === 7n, {
      what: 'the abort marker',
      timeoutMs: 10_000,
    });
    expect(values(await readAll(topic))).toEqual(['kept', 'kept in between']);
  });

  it('stops before a transaction that is still open', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish([{ topic, key: null, value: 'settled' }]);
    const stray = await strayTransaction('open', topic, ['pending']);
    await publisher.publish([{ topic, key: null, value: 'behind it' }]);
    expect(values(await collect(kafka.readToEnd({ topic, partition: 0 })))).toEqual(['settled']);
    await stray.transaction.commit();
    await stray.close();
    await waitUntil(async () => (await readAll(topic)).length === 3, {
      what: 'the commit',
      timeoutMs: 10_000,
    });
    expect(values(await readAll(topic))).toEqual(['settled', 'pending', 'behind it']);
  });

  it('reads more than one fetch can hold', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    const filler = 'x'.repeat(100_000);
    for (let page = 0; page < 3; page += 1)
      await publisher.publish(
        Array.from({ length: 90 }, (_, index) => ({ topic, key: `${page}-${index}`, value: filler })),
      );
    const keys = (await readAll(topic)).map(({ key }) => key?.toString());
    expect(keys).toEqual(
      [0, 1, 2].flatMap((page) => Array.from({ length: 90 }, (_, index) => `${page}-${index}`)),
    );
  });

  it('makes no connection where there is one', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish([{ topic, key: 'a', value: '1' }]);
    await settled(topic);
    let logins = 0;
    const own = connectKafka(connection(broker.adminUser, () => ((logins += 1), broker.adminUser.password)));
    const read = async () => values(await collect(own.readToEnd({ topic, partition: 0 })));
    expect(await read()).toEqual(['1']);
    const before = logins;
    expect(await read()).toEqual(['1']);
    expect(logins).toBe(before);
    await own.close();
  });

  it('can be given up', async () => {
    const topic = await newTopic();
    await expect(
      collect(kafka.readToEnd({ topic, partition: 0, signal: AbortSignal.abort(new Error('enough')) })),
    ).rejects.toThrow('enough');
  });
});

describe('reading from explicit positions', () => {
  it('reads every partition from its own position and goes on where it stopped', async () => {
    const topic = await newTopic({ partitions: 3 });
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish(
      Array.from({ length: 30 }, (_, index) => ({ topic, key: `k${index}`, value: String(index) })),
    );
    const reader = kafka.openReader({
      topic,
      from: new Map([
        [0, 0n],
        [1, 0n],
        [2, 0n],
      ]),
    });
    const seen = new Map<number, bigint[]>();
    await waitUntil(
      async () => {
        for (const { partition, records } of await reader.poll({ maxWaitMs: 200 }))
          seen.set(partition, [...(seen.get(partition) ?? []), ...records.map(({ offset }) => offset)]);
        return [...seen.values()].flat().length === 30;
      },
      { what: 'all records', timeoutMs: 10_000 },
    );
    for (const offsets of seen.values()) expect(offsets).toEqual(offsets.map((_, index) => BigInt(index)));
    const ends = await kafka.topicOffsets(topic);
    await waitUntil(
      async () => {
        await reader.poll({ maxWaitMs: 50 });
        return ends.every(({ partition, end }) => reader.positions().get(partition) === end);
      },
      { what: 'the positions behind the markers', timeoutMs: 10_000 },
    );
    await reader.close();
  });

  it('leaves a partition alone that is not asked for', async () => {
    const topic = await newTopic({ partitions: 2 });
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish(
      Array.from({ length: 20 }, (_, index) => ({ topic, key: `k${index}`, value: 'v' })),
    );
    const reader = kafka.openReader({
      topic,
      from: new Map([
        [0, 0n],
        [1, 0n],
      ]),
    });
    const pages = await reader.poll({ maxWaitMs: 500, partitions: [1] });
    expect(pages.map(({ partition }) => partition)).toEqual([1]);
    expect(reader.positions().get(0)).toBe(0n);
    expect(
      (await reader.poll({ maxWaitMs: 500, partitions: [0] })).map(({ partition }) => partition),
    ).toEqual([0]);
    await reader.close();
  });

  it('answers empty when nothing comes, and at once when given up', async () => {
    const topic = await newTopic();
    const reader = kafka.openReader({ topic, from: new Map([[0, 0n]]) });
    expect(await reader.poll({ maxWaitMs: 50 })).toEqual([]);
    const stop = new AbortController();
    const polling = reader.poll({ maxWaitMs: 60_000, signal: stop.signal });
    stop.abort(new Error('stopping'));
    await expect(polling).rejects.toThrow('stopping');
    await reader.close();
  });

  it('says what the log holds when a position is beyond its end or before its start', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish([
      { topic, key: null, value: 'a' },
      { topic, key: null, value: 'b' },
    ]);
    const beyond = kafka.openReader({ topic, from: new Map([[0, 99n]]) });
    await expect(beyond.poll({ maxWaitMs: 100 })).rejects.toMatchObject({
      code: 'OffsetOutOfRange',
      requested: 99n,
      logStart: 0n,
      logEnd: 3n,
    });
    await expect(beyond.poll({ maxWaitMs: 100 })).rejects.toMatchObject({ code: 'OffsetOutOfRange' });

    await withRawAdmin(async (raw) => {
      await raw.fetchTopicMetadata({ topics: [topic] });
      await raw.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] });
    });
    const before = kafka.openReader({ topic, from: new Map([[0, 0n]]) });
    await expect(before.poll({ maxWaitMs: 100 })).rejects.toMatchObject({
      code: 'OffsetOutOfRange',
      requested: 0n,
      logStart: 1n,
    });
    before.seek(0, 1n);
    expect(values((await before.poll({ maxWaitMs: 500 })).flatMap(({ records }) => records))).toEqual(['b']);
    await Promise.all([beyond.close(), before.close()]);
  });

  it('delivers the records of one partition before it tells what is wrong with another', async () => {
    const topic = await newTopic({ partitions: 2 });
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish(
      Array.from({ length: 20 }, (_, index) => ({ topic, key: `k${index}`, value: String(index) })),
    );
    const [first, second] = await kafka.topicOffsets(topic);
    expect(first?.end).toBeGreaterThan(0n);
    const reader = kafka.openReader({
      topic,
      from: new Map([
        [0, 0n],
        [1, 999n],
      ]),
    });
    const fetched = await reader.poll({ maxWaitMs: 500 });
    expect(fetched.map(({ partition, nextOffset }) => [partition, nextOffset])).toEqual([[0, first?.end]]);
    await expect(reader.poll({ maxWaitMs: 100 })).rejects.toMatchObject({ partition: 1, requested: 999n });
    reader.seek(1, 0n);
    expect((await reader.poll({ maxWaitMs: 500 })).map(({ nextOffset }) => nextOffset)).toEqual([
      second?.end,
    ]);
    await reader.close();
  });

  it('reads on beside a partition that has no leader, and tells of that one alone', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish([{ topic, key: null, value: 'a' }]);
    const from = new Map([
      [7, 0n],
      [0, 0n],
    ]);
    const reader = kafka.openReader({ topic, from });
    expect(values((await reader.poll({ maxWaitMs: 500 })).flatMap(({ records }) => records))).toEqual(['a']);
    await expect(reader.poll({ maxWaitMs: 100 })).rejects.toMatchObject({
      name: 'PartitionFailedError',
      code: 'KafkaUnavailable',
      partition: 7,
    });
    expect(await reader.poll({ maxWaitMs: 100, partitions: [0] })).toEqual([]);
    await reader.close();
  });

  it('says that a topic is missing, not that its log ended, where a shorter one has its name now', async () => {
    const topic = await newTopic();
    const id = 'AAAAAAAAAAAAAAAAAAAAAA';
    const reader = kafka.openReader({ topic, topicId: id, from: new Map([[0, 99n]]) });
    await expect(reader.poll({ maxWaitMs: 100 })).rejects.toMatchObject({ code: 'TopicMissing' });
    await reader.close();
  });

  it('reads nothing of another topic that was made under the same name, however long its log is', async () => {
    const topic = await newTopic();
    const publish = async (count: number): Promise<void> => {
      const publisher = kafka.openPublisher({ transactionalId: topic });
      await publisher.open();
      await publisher.publish(
        Array.from({ length: count }, (_, index) => ({ topic, key: null, value: String(index) })),
      );
      await publisher.close();
    };
    await publish(3);
    const topicId = await kafka.topicId(topic);
    const reader = kafka.openReader({ topic, topicId, from: new Map([[0, 0n]]) });
    expect((await reader.poll({ maxWaitMs: 500 })).flatMap(({ records }) => records)).toHaveLength(3);
    await withRawAdmin(async (raw) => {
      await raw.deleteTopics({ topics: [topic] });
      await waitUntil(async () => !(await raw.listTopics()).includes(topic), {
        what: 'the deletion',
        timeoutMs: 10_000,
      });
    });
    await admin.createTopics([{ name: topic, partitions: 1, replicas: 1, config: {} }]);
    await publish(20);
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(reader.poll({ maxWaitMs: 100 })).rejects.toMatchObject({ code: 'TopicMissing' });
    expect([...reader.positions().values()]).toEqual([4n]);
    await reader.close();
  });

  it('says that a topic is missing', async () => {
    const reader = kafka.openReader({ topic: 'nowhere', from: new Map([[0, 0n]]) });
    await expect(reader.poll({ maxWaitMs: 100 })).rejects.toMatchObject({ code: 'TopicMissing' });
    await expect(kafka.topicOffsets('nowhere')).rejects.toMatchObject({ code: 'TopicMissing' });
    await expect(kafka.topicId('nowhere')).rejects.toMatchObject({ code: 'TopicMissing' });
    await reader.close();
  });
});

describe('topics', () => {
  it('have an id that changes when they are made again', async () => {
    const topic = await newTopic();
    const first = await kafka.topicId(topic);
    expect(first).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(await kafka.topicId(topic)).toBe(first);
    await withRawAdmin(async (raw) => {
      await raw.deleteTopics({ topics: [topic] });
      await waitUntil(async () => !(await raw.listTopics()).includes(topic), {
        what: 'the deletion',
        timeoutMs: 10_000,
      });
    });
    await admin.createTopics([{ name: topic, partitions: 1, replicas: 1, config: {} }]);
    expect(await kafka.topicId(topic)).not.toBe(first);
  });

  it('tell whether compaction may take their records away', async () => {
    const topic = await newTopic();
    await admin.createTopics([
      { name: `${topic}.c`, partitions: 1, replicas: 1, config: { 'cleanup.policy': 'compact,delete' } },
    ]);
    expect(await kafka.isCompacted(`${topic}.c`)).toBe(true);
    expect(await kafka.isCompacted(topic)).toBe(false);
  });

  it('are created once and left alone afterwards', async () => {
    const wanted = { name: 'made-once', partitions: 2, replicas: 1, config: { 'cleanup.policy': 'compact' } };
    expect(await admin.createTopics([wanted])).toEqual(['made-once']);
    expect(await admin.createTopics([{ ...wanted, partitions: 5 }])).toEqual([]);
    expect(await kafka.topicOffsets('made-once')).toHaveLength(2);
  });
});

describe('publishing in transactions', () => {
  it('makes all topics of a transaction visible together', async () => {
    const [records, state] = [await newTopic(), await newTopic()];
    const publisher = kafka.openPublisher({ transactionalId: records });
    await publisher.open();
    await publisher.publish([
      { topic: records, key: 'a', value: '1' },
      { topic: state, key: 'checkpoint', value: '1' },
    ]);
    expect([values(await readAll(records)), values(await readAll(state))]).toEqual([['1'], ['1']]);
  });

  it('takes over at once, and not when a first try has failed', async () => {
    const topic = await newTopic();
    const first = kafka.openPublisher({ transactionalId: topic });
    await first.open();
    // What kafkajs does about a coordinator that it could not find.
    const again = jest.spyOn(Cluster.prototype, 'refreshMetadata');
    await kafka.openPublisher({ transactionalId: topic }).open();
    expect(again).not.toHaveBeenCalled();
    again.mockRestore();
  });

  it('fences an earlier producer for good', async () => {
    const topic = await newTopic();
    const first = kafka.openPublisher({ transactionalId: topic });
    await first.open();
    await first.publish([{ topic, key: null, value: 'first' }]);
    const second = kafka.openPublisher({ transactionalId: topic });
    await second.open();
    await expect(first.publish([{ topic, key: null, value: 'late' }])).rejects.toMatchObject({
      code: 'KafkaFenced',
      retriable: false,
    });
    await expect(first.publish([{ topic, key: null, value: 'late' }])).rejects.toMatchObject({
      code: 'KafkaFenced',
    });
    await expect(first.open()).rejects.toMatchObject({ code: 'KafkaFenced' });
    await second.publish([{ topic, key: null, value: 'second' }]);
    expect(values(await readAll(topic))).toEqual(['first', 'second']);
  });

  it.each([
    ['between its transactions', false],
    ['in the middle of one', true],
  ])('never ends the work of a later producer when it opens again, %s', async (_when, inTransaction) => {
    const topic = await newTopic();
    const superseded = kafka.openPublisher({ transactionalId: topic });
    await superseded.open();
    // Ended without an answer that says who else there is, as by a deadline or a lost connection.
    const stop = new AbortController();
    const publishing = superseded.publish([{ topic, key: null, value: 'in doubt' }], stop.signal);
    stop.abort(new Error('in doubt'));
    await expect(publishing).rejects.toThrow('in doubt');

    const later = await strayTransaction(topic, topic, ['later']);
    if (!inTransaction) await later.transaction.commit();
    await expect(superseded.open()).rejects.toMatchObject({ code: 'KafkaFenced' });
    if (inTransaction) await later.transaction.commit();
    const next = await later.producer.transaction();
    await next.send({ topic, messages: [{ value: 'and goes on' }] });
    await next.commit();
    expect(values(await readAll(topic))).toEqual(['later', 'and goes on']);
    await expect(superseded.open()).rejects.toMatchObject({ code: 'KafkaFenced' });
    await later.close();
  });

  it('opens again after a failure as often as need be, when nobody else has', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    for (let round = 0; round < 5; round += 1) {
      await publisher.open();
      await publisher.publish([{ topic, key: null, value: `kept ${round}` }]);
      const stop = new AbortController();
      const publishing = publisher.publish([{ topic, key: null, value: 'lost' }], stop.signal);
      setTimeout(() => stop.abort(new Error('stopping')), round);
      await publishing.catch(() => undefined);
      await publisher.open();
      await publisher.open();
    }
    const read = values(await readAll(topic)).filter((value) => value !== 'lost');
    expect(read).toEqual(['kept 0', 'kept 1', 'kept 2', 'kept 3', 'kept 4']);
  });

  it('puts keys on the partitions that other clients put them on', async () => {
    const topic = await newTopic({ partitions: 5 });
    const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish(keys.map((key) => ({ topic, key, value: 'ours' })));
    const producer = new Kafkajs(broker.kafkaConfig()).producer();
    await producer.connect();
    await producer.send({ topic, messages: keys.map((key) => ({ key, value: 'theirs' })) });
    await producer.disconnect();
    for (let partition = 0; partition < 5; partition += 1) {
      const read = await readAll(topic, partition);
      const of = (who: string) =>
        read.filter(({ value }) => value?.toString() === who).map(({ key }) => key?.toString());
      expect(of('ours')).toEqual(of('theirs'));
    }
  });

  it('settles the transaction that a dead producer has left open before anything is read', async () => {
    const topic = await newTopic();
    const dead = await strayTransaction(topic, topic, ['never committed']);
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    const [offsets] = await kafka.topicOffsets(topic);
    expect(offsets?.stableEnd).toBe(offsets?.end);
    expect(await readAll(topic)).toEqual([]);
    await dead.close();
  });

  it.each([
    ['does not fit into one transaction', 'TransactionTooLarge', 'x'.repeat(10_000_000), ''],
    ['goes to a topic that is missing', 'TopicMissing', 'x', '.missing'],
  ])('publishes nothing behind what %s', async (_what, code, value, suffix) => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    const outcomes = await Promise.allSettled([
      publisher.publish([{ topic, key: null, value: 'before' }]),
      publisher.publish([
        { topic, key: null, value: 'together' },
        { topic: `${topic}${suffix}`, key: null, value },
      ]),
      publisher.publish([{ topic, key: null, value: 'behind' }]),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code } },
      { status: 'rejected', reason: { code: 'KafkaPublishFailed', outcome: 'notCommitted' } },
    ]);
    await publisher.open();
    await publisher.publish([{ topic, key: null, value: 'small' }]);
    expect(values(await readAll(topic))).toEqual(['before', 'small']);
  });

  it('publishes nothing behind what was given up while it waited for its turn', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    const stop = new AbortController();
    const atAppend = (step: unknown): void => {
      if (step === 'appended') stop.abort(new Error('given up'));
    };
    subscribe('tributary.transaction', atAppend);
    const outcomes = await Promise.allSettled([
      publisher.publish([{ topic, key: null, value: 'before' }]),
      publisher.publish([{ topic, key: null, value: 'given up' }], stop.signal),
      publisher.publish([{ topic, key: null, value: 'behind' }]),
    ]);
    unsubscribe('tributary.transaction', atAppend);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { message: 'given up' } },
      { status: 'rejected', reason: { message: 'the publisher is not open', outcome: 'notCommitted' } },
    ]);
    await publisher.open();
    await publisher.publish([{ topic, key: null, value: 'again' }]);
    expect(values(await readAll(topic))).toEqual(['before', 'again']);
  });

  it('keeps the order of calls that did not wait for each other, and begins none that was stopped before', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    const stopped = publisher.publish(
      [{ topic, key: null, value: 'never' }],
      AbortSignal.abort(new Error('no')),
    );
    const all = ['1', '2', '3'].map((value) => publisher.publish([{ topic, key: null, value }]));
    await expect(stopped).rejects.toThrow('no');
    await Promise.all(all);
    expect(values(await readAll(topic))).toEqual(['1', '2', '3']);
  });

  it('publishes nothing that was handed over behind what failed, until it is opened again', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish([{ topic, key: null, value: 'before' }]);
    const stop = new AbortController();
    const atBegin = (): void => stop.abort(new Error('stopping'));
    subscribe('tributary.transaction', atBegin);
    const outcomes = await Promise.allSettled([
      publisher.publish([{ topic, key: null, value: 'stopped' }], stop.signal),
      ...['1', '2'].map((value) => publisher.publish([{ topic, key: null, value }])),
    ]);
    unsubscribe('tributary.transaction', atBegin);
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { message: 'stopping' } },
      { status: 'rejected', reason: { code: 'KafkaPublishFailed', outcome: 'notCommitted' } },
      { status: 'rejected', reason: { code: 'KafkaPublishFailed', outcome: 'notCommitted' } },
    ]);
    await publisher.open();
    await Promise.all(['a', 'b'].map((value) => publisher.publish([{ topic, key: null, value }])));
    expect(values(await readAll(topic))).toEqual(['before', 'a', 'b']);
  });

  it('publishes nothing when it was stopped, and must be opened again', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    const stop = new AbortController();
    const atBegin = (): void => stop.abort(new Error('stopping'));
    subscribe('tributary.transaction', atBegin);
    await expect(publisher.publish([{ topic, key: null, value: 'stopped' }], stop.signal)).rejects.toThrow(
      'stopping',
    );
    unsubscribe('tributary.transaction', atBegin);
    await expect(publisher.publish([{ topic, key: null, value: 'x' }])).rejects.toMatchObject({
      code: 'KafkaPublishFailed',
      outcome: 'notCommitted',
    });
    await publisher.open();
    await publisher.publish([{ topic, key: null, value: 'again' }]);
    expect(values(await readAll(topic))).toEqual(['again']);
  });
});

describe('users and rights', () => {
  const names = (topic: string) => ({
    records: topic,
    state: `${topic}.state`,
    deadLetters: `${topic}.dlq`,
    transactionalId: topic,
  });

  it('lets a producer and a consumer work with their least rights', async () => {
    const topic = await newTopic();
    await admin.createTopics(
      [`${topic}.state`, `${topic}.dlq`].map((name) => ({ name, partitions: 1, replicas: 1, config: {} })),
    );
    const [writer, reader] = [
      await broker.createUser(`${topic}.producer`),
      await broker.createUser(`${topic}.consumer`),
    ];
    await admin.grant([
      ...producerRights(writer.username, names(topic)),
      ...consumerRights(reader.username, { records: topic, group: topic }),
    ]);
    const [producing, consuming] = [connectKafka(connection(writer)), connectKafka(connection(reader))];
    const publisher = producing.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish(
      [topic, `${topic}.state`, `${topic}.dlq`].map((name) => ({ topic: name, key: 'k', value: 'v' })),
    );
    expect(await collect(producing.readToEnd({ topic: `${topic}.state`, partition: 0 }))).toHaveLength(1);
    expect(await collect(consuming.readToEnd({ topic, partition: 0 }))).toHaveLength(1);
    expect(await consuming.topicId(topic)).toBe(await kafka.topicId(topic));
    expect(await consuming.isCompacted(topic)).toBe(false);
    expect(await producing.isCompacted(topic)).toBeUndefined(); // it has no right to know
    await waitUntil(() => consuming.commitGroupOffsets(topic, topic, new Map([[0, 2n]])).then(() => true), {
      what: 'the group coordinator to be ready',
      timeoutMs: 10_000,
    });
    await expect(
      collect(consuming.readToEnd({ topic: `${topic}.state`, partition: 0 })),
    ).rejects.toBeInstanceOf(KafkaError);
    await expect(collect(producing.readToEnd({ topic, partition: 0 }))).rejects.toMatchObject({
      code: 'KafkaForbidden',
    });
    await Promise.all([producing.close(), consuming.close()]);

    expect(await withRawAdmin((raw) => raw.fetchOffsets({ groupId: topic, topics: [topic] }))).toEqual([
      { topic, partitions: [{ partition: 0, offset: '2', metadata: null }] },
    ]);
  });

  it('says that a password is wrong, without ever logging it', async () => {
    const wrong = connectKafka(connection(broker.adminUser, () => 'not-the-password-4711'));
    await expect(wrong.check()).rejects.toMatchObject({ code: 'KafkaAuthFailed', retriable: false });
    await expect(wrong.openPublisher({ transactionalId: 'x' }).open()).rejects.toMatchObject({
      code: 'KafkaAuthFailed',
    });
    await wrong.close();
    expect(
      logged.filter(
        (line) => line.includes('not-the-password-4711') || line.includes(broker.adminUser.password),
      ),
    ).toEqual([]);
  });

  it('asks for the password on each new connection, so that a rotated one is used without restart', async () => {
    let password = 'the-old-one';
    const rotating = connectKafka(connection(broker.adminUser, () => password));
    await expect(rotating.check()).rejects.toMatchObject({ code: 'KafkaAuthFailed' });
    password = broker.adminUser.password;
    await rotating.check();
    await rotating.close();
  });
});

describe('a broker that goes away', () => {
  it('is told as unavailable, and everything goes on by itself when it is back', async () => {
    const topic = await newTopic();
    const publisher = kafka.openPublisher({ transactionalId: topic });
    await publisher.open();
    await publisher.publish([{ topic, key: null, value: 'before' }]);
    const reader = kafka.openReader({ topic, from: new Map([[0, 0n]]) });
    expect(values((await reader.poll({ maxWaitMs: 500 })).flatMap(({ records }) => records))).toEqual([
      'before',
    ]);

    await broker.kill();
    await expect(publisher.publish([{ topic, key: null, value: 'during' }])).rejects.toMatchObject({
      code: 'KafkaPublishFailed',
    });
    await waitUntil(
      () =>
        reader.poll({ maxWaitMs: 100 }).then(
          () => false,
          (error: KafkaError) => error.code === 'KafkaUnavailable',
        ),
      {
        what: 'the reader to notice',
        timeoutMs: 30_000,
      },
    );
    await broker.restart();

    await waitUntil(() => publisher.open().then(() => true), {
      what: 'the publisher to open again',
      timeoutMs: 60_000,
    });
    await publisher.publish([{ topic, key: null, value: 'after' }]);
    const later: (string | null)[] = [];
    await waitUntil(
      async () => {
        later.push(...values((await reader.poll({ maxWaitMs: 200 })).flatMap(({ records }) => records)));
        return later.includes('after');
      },
      { what: 'the reader to go on', timeoutMs: 60_000 },
    );
    expect(later).toEqual(['after']);
    await reader.close();
  }, 180_000);
});
