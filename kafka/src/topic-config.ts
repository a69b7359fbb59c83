import type Cluster from 'kafkajs/src/cluster/index.js';
import { toKafkaError } from './error-mapping.ts';
import { partitionLeaders } from './topic-metadata.ts';

const TOPIC_RESOURCE = 2;
const CLEANUP_POLICY = 'cleanup.policy';

/** Undefined where the user may not read the topic's configuration. */
export async function isCompacted(cluster: Cluster, topic: string): Promise<boolean | undefined> {
  try {
    const [nodeId = -1] = (await partitionLeaders(cluster, topic)).values();
    const broker = await cluster.findBroker({ nodeId });
    const { resources } = await broker.describeConfigs({
      resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: [CLEANUP_POLICY] }],
    });
    const policy = resources[0]?.configEntries.find(({ configName }) => configName === CLEANUP_POLICY);
    return policy?.configValue?.split(',').includes('compact');
  } catch (error) {
    const failure = toKafkaError(error, `read the configuration of ${topic}`);
    if (failure.code === 'KafkaForbidden') return undefined;
    throw failure;
  }
}
