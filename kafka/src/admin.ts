import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import { clientOptions } from './cluster.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';
import { toKafkaError } from './error-mapping.ts';

// Node sees only some of this CommonJS package's names, so they are taken from the whole.
const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka: Kafkajs,
  ResourcePatternTypes,
} = kafkajs;

export interface NewTopic {
  name: string;
  partitions: number;
  replicas: number;
  config: Readonly<Record<string, string>>;
}

/** One right of one user; literal names, any host. */
export interface Right {
  username: string;
  resource: 'topic' | 'group' | 'transactionalId';
  name: string;
  operation: 'read' | 'write' | 'describe' | 'describeConfigs';
}

const RESOURCE = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  transactionalId: AclResourceTypes.TRANSACTIONAL_ID,
};
const OPERATION = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
  describeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
};

/** What a Kafka without Strimzi needs done for a feed. Connects for each call: it is rarely asked. */
export class KafkaAdmin {
  readonly #options: KafkaConnectionOptions;

  constructor(options: KafkaConnectionOptions) {
    this.#options = options;
  }

  /** Creates what is missing and leaves what exists as it is; gives the names that it created. */
  createTopics(topics: readonly NewTopic[]): Promise<string[]> {
    return this.#with('create topics', async (admin) => {
      const existing = new Set(await admin.listTopics());
      const missing = topics.filter(({ name }) => !existing.has(name));
      if (missing.length > 0) {
        await admin.createTopics({
          waitForLeaders: true,
          topics: missing.map(({ name, partitions, replicas, config }) => ({
            topic: name,
            numPartitions: partitions,
            replicationFactor: replicas,
            configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
          })),
        });
      }
      return missing.map(({ name }) => name);
    });
  }

  /** Adds partitions up to `partitions`; those there are never go away. */
  async growTopic(name: string, partitions: number): Promise<void> {
    await this.#with(`add partitions to ${name}`, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
      const has = topics[0]?.partitions.length ?? 0;
      if (has > 0 && has < partitions)
        await admin.createPartitions({ topicPartitions: [{ topic: name, count: partitions }] });
    });
  }

  /** Of topics that are gone already nothing is said. */
  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#with('delete topics', async (admin) => {
      const existing = new Set(await admin.listTopics());
      const topics = names.filter((name) => existing.has(name));
      if (topics.length > 0) await admin.deleteTopics({ topics });
    });
  }

  /** Takes rights back; those that were never granted are passed over. */
  async revoke(rights: readonly Right[]): Promise<void> {
    await this.#with('take rights back', (admin) =>
      admin.deleteAcls({ filters: rights.map((right) => ({ ...toAcl(right) })) }),
    );
  }

  /** Granting what is granted already changes nothing. */
  async grant(rights: readonly Right[]): Promise<void> {
    await this.#with('grant rights', (admin) => admin.createAcls({ acl: rights.map(toAcl) }));
  }

  async #with<T>(doing: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Kafkajs(clientOptions(this.#options) as never).admin();
    try {
      await admin.connect();
      return await work(admin);
    } catch (error) {
      throw toKafkaError(error, doing);
    } finally {
      await admin.disconnect();
    }
  }
}

/** Least rights of a feed's producer: it also reads its own state back. */
export function producerRights(
  username: string,
  topics: { records: string; state: string; deadLetters: string; transactionalId: string },
): Right[] {
  const topic = (name: string, operation: Right['operation']): Right => ({
    username,
    resource: 'topic',
    name,
    operation,
  });
  const { records, state, deadLetters, transactionalId } = topics;
  return [
    ...[records, state, deadLetters].flatMap((name) => [topic(name, 'write'), topic(name, 'describe')]),
    topic(state, 'read'),
    { username, resource: 'transactionalId', name: transactionalId, operation: 'write' },
    { username, resource: 'transactionalId', name: transactionalId, operation: 'describe' },
  ];
}

/** Least rights of a feed's consumer; the group only carries its progress for Kafka's own tools. */
export function consumerRights(username: string, names: { records: string; group: string }): Right[] {
  return [
    { username, resource: 'topic', name: names.records, operation: 'read' },
    { username, resource: 'topic', name: names.records, operation: 'describe' },
    { username, resource: 'topic', name: names.records, operation: 'describeConfigs' },
    { username, resource: 'group', name: names.group, operation: 'read' },
  ];
}

function toAcl({ username, resource, name, operation }: Right): AclEntry {
  return {
    principal: `User:${username}`,
    host: '*',
    resourceType: RESOURCE[resource],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    operation: OPERATION[operation],
    permissionType: AclPermissionTypes.ALLOW,
  };
}
