import type Cluster from 'kafkajs/src/cluster/index.js';
import { toKafkaError } from './error-mapping.ts';

/** A commit by nobody: the group has no members, as the partitions are read without one. */
const NO_GENERATION = -1;
const NO_MEMBER = '';

/** Tells Kafka how far `group` has read, so that its tools and dashboards show the lag; nothing resumes from it. */
export async function commitGroupOffsets(
  cluster: Cluster,
  group: string,
  topic: string,
  offsets: ReadonlyMap<number, bigint>,
): Promise<void> {
  try {
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({ groupId: group });
    await coordinator.offsetCommit({
      groupId: group,
      groupGenerationId: NO_GENERATION,
      memberId: NO_MEMBER,
      topics: [
        {
          topic,
          partitions: [...offsets].map(([partition, offset]) => ({ partition, offset: offset.toString() })),
        },
      ],
    });
  } catch (error) {
    throw toKafkaError(error, `commit offsets of group ${group}`);
  }
}
