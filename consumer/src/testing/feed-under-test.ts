import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CSV_DEFAULT, HEADERS, type ConsumerConfig } from '@tributary/api';
import { brokerConnection, connectKafka, type Kafka } from '@tributary/kafka';
import { waitUntil, type TestBroker } from '@tributary/local/testing';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { ConfigResourceTypes, Kafka as Kafkajs, type Admin, type Producer } from 'kafkajs';
import { audit } from '../audit/audit.ts';
import { kafkaTopicView } from '../audit/kafka-topic-view.ts';
import type { AuditReport } from '../audit/report.ts';
import { FOLDER_VOLUME } from '../pod/open-volume.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import type { Volume } from '../volume/volume.ts';
import { ConsumerProcess } from './consumer-process.ts';

export interface FeedOptions {
  readonly partitions?: number;
  readonly csv?: Partial<ConsumerConfig['csv']>;
  readonly config?: Partial<ConsumerConfig>;
}

/** So many records have a key of their own each; those that come then have the same ones again. */
export const KEYS = 100;
const ANSWERED_WITHIN_MS = 20_000;

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A topic of its own on a real broker, with what a consumer of it needs on disk. */
export class FeedUnderTest {
  readonly topic: string;
  readonly folder: string;
  readonly config: ConsumerConfig;
  #kafka: Kafka;
  readonly #admin: Admin;
  readonly #broker: TestBroker;
  readonly #processes: ConsumerProcess[] = [];
  readonly #producers: Producer[] = [];
  #sequence = 0;

  private constructor(broker: TestBroker, admin: Admin, folder: string, config: ConsumerConfig) {
    this.#broker = broker;
    this.#admin = admin;
    this.folder = folder;
    this.config = config;
    this.topic = config.kafka.topic;
    this.#kafka = this.#connect();
  }

  static async create(broker: TestBroker, name: string, options: FeedOptions = {}): Promise<FeedUnderTest> {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-consumer-'));
    const topic = `test.${name}`;
    const { partitions = 1 } = options;
    const admin = new Kafkajs(broker.kafkaConfig()).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
    await mkdir(join(folder, 'kafka'), { recursive: true });
    await writeFile(join(folder, 'kafka', 'password'), broker.adminUser.password);
    await writeFile(join(folder, 'kafka', 'ca.crt'), broker.caPem);
    const feed = new FeedUnderTest(broker, admin, folder, {
      feed: { namespace: 'test', name, uid: 'uid-1' },
      kafka: {
        bootstrapServers: broker.bootstrapServers.split(','),
        tls: 'ca.crt',
        sasl: { mechanism: 'scram-sha-512', username: broker.adminUser.username },
        topic,
        stateTopic: `${topic}.state`,
        deadLetterTopic: `${topic}.dlq`,
        partitions,
        transactionalId: topic,
      },
      columns: [
        { name: 'id', role: 'key', type: 'string' },
        { name: 'value', role: 'measure', type: 'double' },
      ],
      csv: {
        ...CSV_DEFAULT,
        cut: { records: 100, bytes: '64Mi', after: '1s' },
        ...options.csv,
      },
      storage: { budget: '1Gi' },
      ...options.config,
    });
    await feed.configure({});
    return feed;
  }

  /** Writes the config that the next consumer reads. */
  async configure(changes: Partial<ConsumerConfig>, path = 'config.json'): Promise<string> {
    const at = join(this.folder, path);
    await writeFile(at, JSON.stringify({ ...this.config, ...changes }));
    return at;
  }

  get kafka(): Kafka {
    return this.#kafka;
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  get volume(): Volume {
    return new FolderVolume(join(this.dataDir, FOLDER_VOLUME));
  }

  start(
    surroundings: { configPath?: string; dataDir?: string; databricksDir?: string } = {},
  ): ConsumerProcess {
    const consumer = new ConsumerProcess({
      configPath: join(this.folder, 'config.json'),
      dataDir: this.dataDir,
      kafkaDir: join(this.folder, 'kafka'),
      ...surroundings,
    });
    this.#processes.push(consumer);
    return consumer;
  }

  /** Publishes records as our producer does, in one transaction, committed or aborted. */
  async publish(count: number, end: 'commit' | 'abort' = 'commit'): Promise<void> {
    const messages = Array.from({ length: count }, () => this.#message());
    const publish = async (): Promise<void> => {
      const producer = this.#producers[0] ?? (await this.#openProducer());
      const transaction = await producer.transaction();
      await transaction.send({ topic: this.topic, messages });
      await (end === 'commit' ? transaction.commit() : transaction.abort());
    };
    await answered(publish(), 'the producer');
  }

  /** After the broker was away: a producer that lost it is not used again. */
  async reconnect(): Promise<void> {
    const leaving = this.#producers.splice(0).map((producer) => producer.disconnect());
    await answered(Promise.all(leaving), 'the producer').catch(() => undefined);
  }

  /** Deletes the topic and makes it anew: empty, and with another id. */
  async recreate(partitions: number): Promise<void> {
    await this.reconnect();
    await this.#admin.deleteTopics({ topics: [this.topic] });
    await this.#admin.createTopics({
      topics: [{ topic: this.topic, numPartitions: partitions }],
      waitForLeaders: false,
    });
    // kafkajs' own wait ends with an error where the broker has not heard of the new topic yet.
    await waitUntil(() => this.#hasLeaders(partitions).catch(() => undefined), {
      what: 'the new topic to have leaders',
      timeoutMs: 30_000,
    });
    await this.#forgetTopic();
  }

  async #hasLeaders(partitions: number): Promise<true | undefined> {
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [this.topic] });
    const led = topics.flatMap((topic) => topic.partitions).filter(({ leader }) => leader >= 0);
    return led.length === partitions || undefined;
  }

  async addPartition(partitions: number): Promise<void> {
    await this.reconnect();
    await this.#admin.createPartitions({ topicPartitions: [{ topic: this.topic, count: partitions }] });
    await this.#forgetTopic();
  }

  async alterTopic(config: Readonly<Record<string, string>>): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const resource = { type: ConfigResourceTypes.TOPIC, name: this.topic, configEntries };
    await this.#admin.alterConfigs({ validateOnly: false, resources: [resource] });
  }

  /** A stranger in the consumer group of the feed's progress; resolves to its leaving once it reads. */
  async joinGroup(): Promise<() => Promise<void>> {
    const stranger = new Kafkajs(this.#broker.kafkaConfig()).consumer({ groupId: this.topic });
    const joined = new Promise<void>((resolve) => stranger.on(stranger.events.GROUP_JOIN, () => resolve()));
    const join = async (): Promise<void> => {
      await stranger.connect();
      await stranger.subscribe({ topic: this.topic, fromBeginning: true });
      await stranger.run({ autoCommitInterval: 100, eachMessage: async () => undefined });
      await joined;
    };
    const leave = (): Promise<void> => answered(stranger.disconnect(), 'the group').catch(() => undefined);
    try {
      await answered(join(), 'the group');
    } catch (error) {
      await leave();
      throw error;
    }
    return leave;
  }

  /** Removes what the topic holds before an offset, as retention would. */
  async truncate(partition: number, offset: bigint): Promise<void> {
    // Without it the client knows no leader.
    await this.#admin.fetchTopicMetadata({ topics: [this.topic] });
    await this.#admin.deleteTopicRecords({
      topic: this.topic,
      partitions: [{ partition, offset: String(offset) }],
    });
  }

  async audit(complete: boolean, volume: Volume = this.volume): Promise<AuditReport> {
    return audit({ feed: this.topic, topic: await kafkaTopicView(this.kafka, this.topic), volume, complete });
  }

  async remove(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()));
    await Promise.all(this.#producers.map((producer) => producer.disconnect()));
    await this.#admin.disconnect();
    await this.#kafka.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #connect(): Kafka {
    const credentials = new SecretFolder(join(this.folder, 'kafka'), new SecretRegistry());
    return connectKafka(brokerConnection(this.config.kafka, credentials, { clientId: 'test', log: SILENT }));
  }

  /** What our own client knows of the topic's partitions is right for minutes only. */
  async #forgetTopic(): Promise<void> {
    await this.#kafka.close();
    this.#kafka = this.#connect();
  }

  async #openProducer(): Promise<Producer> {
    const kafkajs = new Kafkajs({ ...this.#broker.kafkaConfig(), retry: { retries: 10 } });
    const producer = kafkajs.producer({
      transactionalId: this.topic,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    this.#producers.push(producer);
    return producer;
  }

  #message(): { key: string; value: string | null; headers: Record<string, string> } {
    this.#sequence += 1;
    const id = `k${this.#sequence % KEYS}`;
    const isDelete = this.#sequence % 50 === 0;
    return {
      key: JSON.stringify({ id }),
      value: isDelete
        ? null
        : JSON.stringify({ id, value: `${this.#sequence}.500`, note: 'a "b",\r\nc', none: null }),
      headers: {
        [HEADERS.op]: isDelete ? 'delete' : 'upsert',
        [HEADERS.poll]: 'poll-1',
        [HEADERS.observedAt]: '2026-03-04T05:06:07.890Z',
        [HEADERS.eventTime]: '2026-03-04T05:06:00.000Z',
        [HEADERS.generation]: '1',
      },
    };
  }
}

/** kafkajs may wait for ever for an answer to what it sent over a connection that is gone. */
async function answered<T>(work: Promise<T>, by: string): Promise<T> {
  const late = new AbortController();
  const timeout = delay(ANSWERED_WITHIN_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`no answer by ${by}`);
  });
  return Promise.race([work, timeout]).finally(() => late.abort());
}
