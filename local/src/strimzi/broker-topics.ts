/** Topics as the broker has them. */
import {
  createPartitionsV3,
  createTopicsV7,
  deleteTopicsV6,
  describeConfigsV4,
  incrementalAlterConfigsV1,
  metadataV12,
} from '@platformatic/kafka';
import { type BrokerConnection, BrokerError } from './broker-connection.ts';

export interface BrokerTopic {
  /** As Kafka writes it: 16 bytes in base64url. */
  id: string;
  partitions: number;
  replicas: number;
  /** What was set for this topic; defaults are left out. */
  config: Record<string, string>;
}

const TIMEOUT_MS = 10_000;
const TOPIC = 2;
const SET = 0;
const DELETE = 1;
const SET_FOR_TOPIC = 1;

export class BrokerTopics {
  readonly #connection: BrokerConnection;

  constructor(connection: BrokerConnection) {
    this.#connection = connection;
  }

  /** Undefined when there is none. */
  async describe(name: string): Promise<BrokerTopic | undefined> {
    try {
      const metadata = await this.#connection.ask((connection) =>
        metadataV12.api.async(connection, [name], false, false),
      );
      const [topic] = metadata.topics;
      if (topic === undefined) return undefined;
      return {
        id: kafkaUuid(topic.topicId),
        partitions: topic.partitions.length,
        replicas: topic.partitions[0]?.replicaNodes.length ?? 0,
        config: await this.#config(name),
      };
    } catch (error) {
      if (isUnknownTopic(error)) return undefined;
      throw error;
    }
  }

  /** -1: the broker's default. */
  async create(
    name: string,
    partitions: number,
    replicas: number,
    config: Record<string, string>,
  ): Promise<void> {
    const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    const topic = { name, numPartitions: partitions, replicationFactor: replicas, assignments: [], configs };
    await this.#connection.ask((connection) =>
      createTopicsV7.api.async(connection, [topic], TIMEOUT_MS, false),
    );
  }

  async grow(name: string, partitions: number): Promise<void> {
    await this.#connection.ask((connection) =>
      createPartitionsV3.api.async(
        connection,
        [{ name, count: partitions, assignments: null }],
        TIMEOUT_MS,
        false,
      ),
    );
  }

  async configure(name: string, set: Record<string, string>, unset: readonly string[]): Promise<void> {
    const configs: incrementalAlterConfigsV1.IncrementalAlterConfigsRequestConfig[] = [
      ...Object.entries(set).map(([key, value]) => ({ name: key, configOperation: SET, value }) as const),
      ...unset.map((key) => ({ name: key, configOperation: DELETE }) as const),
    ];
    await this.#connection.ask((connection) =>
      incrementalAlterConfigsV1.api.async(
        connection,
        [{ resourceType: TOPIC, resourceName: name, configs }],
        false,
      ),
    );
  }

  /** One that is not there counts as deleted. */
  async delete(name: string): Promise<void> {
    try {
      await this.#connection.ask((connection) =>
        deleteTopicsV6.api.async(connection, [{ name }], TIMEOUT_MS),
      );
    } catch (error) {
      if (!isUnknownTopic(error)) throw error;
    }
  }

  async #config(name: string): Promise<Record<string, string>> {
    const { results } = await this.#connection.ask((connection) =>
      describeConfigsV4.api.async(connection, [
        { resourceType: TOPIC, resourceName: name, configurationKeys: null },
      ]),
    );
    const own = results[0]?.configs.filter(({ configSource }) => configSource === SET_FOR_TOPIC) ?? [];
    return Object.fromEntries(own.map(({ name: key, value }) => [key, value ?? '']));
  }
}

function isUnknownTopic(error: unknown): boolean {
  return error instanceof BrokerError && error.reason === 'UNKNOWN_TOPIC_OR_PARTITION';
}

/** `f81d4fae-7dec-…` → the 22 characters that Kafka's tools and Strimzi show. */
export function kafkaUuid(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}
