import type Cluster from 'kafkajs/src/cluster/index.js';
import { abortable } from './abortable.ts';
import { createCluster } from './cluster.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';
import { toKafkaError } from './error-mapping.ts';
import { KafkaError } from './errors.ts';
import { commitGroupOffsets } from './group-offsets.ts';
import type { Kafka, PartitionReader } from './kafka.ts';
import { ClusterPartitionReader } from './partition-reader.ts';
import type { Isolation, KafkaRecord, PartitionOffsets } from './records.ts';
import { isCompacted } from './topic-config.ts';
import { topicId, topicOffsets } from './topic-metadata.ts';
import { ClusterPublisher } from './transactional-publisher.ts';
import type { PublisherOptions, TransactionalPublisher } from './publisher.ts';

/** What is to be read is there already. */
const READ_TO_END_WAIT_MS = 10;

/** Nothing is sent before the first call; `check` is the way to learn early whether address and login are right. */
export function connectKafka(options: KafkaConnectionOptions): Kafka {
  return new KafkajsKafka(options);
}

class KafkajsKafka implements Kafka {
  readonly #options: KafkaConnectionOptions;
  readonly #cluster: Cluster;
  readonly #open = new Set<{ close(): Promise<void> }>();

  constructor(options: KafkaConnectionOptions) {
    this.#options = options;
    this.#cluster = createCluster(options);
  }

  async check(signal?: AbortSignal): Promise<void> {
    try {
      await abortable(this.#cluster.connect(), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw toKafkaError(error, `reach Kafka at ${this.#options.bootstrapServers.join()}`);
    }
  }

  openReader(options: {
    topic: string;
    topicId?: string;
    from: ReadonlyMap<number, bigint>;
    isolation?: Isolation;
    maxBytes?: number;
  }): PartitionReader {
    return this.#track(new ClusterPartitionReader(createCluster(this.#options), options));
  }

  async *readToEnd(options: {
    topic: string;
    partition: number;
    from?: bigint;
    isolation?: Isolation;
    signal?: AbortSignal;
  }): AsyncIterable<KafkaRecord> {
    const { topic, partition, isolation = 'read_committed', signal } = options;
    const offsets = (await this.topicOffsets(topic, signal)).find(
      (candidate) => candidate.partition === partition,
    );
    if (offsets === undefined) throw new KafkaError('TopicMissing', `${topic} has no partition ${partition}`);
    const end = isolation === 'read_committed' ? offsets.stableEnd : offsets.end;
    const from = options.from ?? offsets.start;
    if (from >= end) return;
    // Over the connections that are there: to make others takes longer than to read what a feed has to remember.
    const reader = new ClusterPartitionReader(this.#cluster, {
      topic,
      from: new Map([[partition, from]]),
      isolation,
      until: end,
    });
    for (let position = from; position < end;) {
      const pages = await reader.poll({
        maxWaitMs: READ_TO_END_WAIT_MS,
        ...(signal === undefined ? {} : { signal }),
      });
      for (const page of pages) {
        position = page.nextOffset;
        for (const record of page.records) if (record.offset < end) yield record;
      }
    }
  }

  topicOffsets(topic: string, signal?: AbortSignal): Promise<PartitionOffsets[]> {
    return abortable(topicOffsets(this.#cluster, topic), signal);
  }

  topicId(topic: string, signal?: AbortSignal): Promise<string> {
    return abortable(topicId(this.#cluster, topic), signal);
  }

  isCompacted(topic: string, signal?: AbortSignal): Promise<boolean | undefined> {
    return abortable(isCompacted(this.#cluster, topic), signal);
  }

  commitGroupOffsets(group: string, topic: string, offsets: ReadonlyMap<number, bigint>): Promise<void> {
    return commitGroupOffsets(this.#cluster, group, topic, offsets);
  }

  openPublisher(options: PublisherOptions): TransactionalPublisher {
    return this.#track(new ClusterPublisher(this.#options, options));
  }

  async close(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all([...open.map((it) => it.close()), this.#cluster.disconnect()]);
  }

  #track<T extends { close(): Promise<void> }>(resource: T): T {
    this.#open.add(resource);
    return resource;
  }
}
