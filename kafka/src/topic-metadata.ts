import type Cluster from 'kafkajs/src/cluster/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import protocolErrors from 'kafkajs/src/protocol/error.js';
import { toKafkaError } from './error-mapping.ts';
import { KafkaError } from './errors.ts';
import { ISOLATION_LEVEL } from './fetch-protocol.ts';
import type { PartitionOffsets } from './records.ts';

const EARLIEST = '-2';
const LATEST = '-1';
const METADATA = { apiKey: 3, apiVersion: 12, apiName: 'Metadata' } as const;
const UUID_BYTES = 16;

/** Partition → leader, as the cluster last told. Throws TopicMissing. */
export async function partitionLeaders(cluster: Cluster, topic: string): Promise<Map<number, number>> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics([topic]);
  await cluster.refreshMetadataIfNecessary();
  const partitions = cluster.findTopicPartitionMetadata(topic);
  if (partitions.length === 0) throw new KafkaError('TopicMissing', `topic ${topic} does not exist`);
  return new Map(partitions.map(({ partitionId, leader }) => [partitionId, leader]));
}

export async function topicOffsets(cluster: Cluster, topic: string): Promise<PartitionOffsets[]> {
  try {
    const leaders = await partitionLeaders(cluster, topic);
    const [start, stableEnd, end] = await Promise.all([
      listOffsets(cluster, topic, leaders, EARLIEST, ISOLATION_LEVEL.read_uncommitted),
      listOffsets(cluster, topic, leaders, LATEST, ISOLATION_LEVEL.read_committed),
      listOffsets(cluster, topic, leaders, LATEST, ISOLATION_LEVEL.read_uncommitted),
    ]);
    return [...leaders.keys()]
      .sort((a, b) => a - b)
      .map((partition) => ({
        partition,
        start: offsetOf(start, partition, topic),
        end: offsetOf(end, partition, topic),
        stableEnd: offsetOf(stableEnd, partition, topic),
      }));
  } catch (error) {
    await refreshAfter(cluster);
    throw toKafkaError(error, `read the offsets of ${topic}`);
  }
}

/** After a failure leaders may have moved; if the cluster cannot be asked now, the next call asks again. */
export async function refreshAfter(cluster: Cluster): Promise<void> {
  await cluster.refreshMetadata().catch(() => undefined);
}

async function listOffsets(
  cluster: Cluster,
  topic: string,
  leaders: ReadonlyMap<number, number>,
  timestamp: string,
  isolationLevel: number,
): Promise<Map<number, bigint>> {
  const offsets = new Map<number, bigint>();
  for (const [nodeId, partitions] of Map.groupBy(
    leaders.keys(),
    (partition) => leaders.get(partition) ?? -1,
  )) {
    const broker = await cluster.findBroker({ nodeId });
    const { responses } = await broker.listOffsets({
      isolationLevel,
      topics: [{ topic, partitions: partitions.map((partition) => ({ partition, timestamp })) }],
    });
    for (const { partition, offset } of responses.flatMap((response) => response.partitions))
      offsets.set(partition, BigInt(offset));
  }
  return offsets;
}

function offsetOf(offsets: ReadonlyMap<number, bigint>, partition: number, topic: string): bigint {
  const offset = offsets.get(partition);
  if (offset === undefined)
    throw new KafkaError('KafkaUnavailable', `no offset was told for ${topic}[${partition}]`);
  return offset;
}

/** kafkajs knows Metadata up to version 6; ids of topics came with 10, so this one request is written by hand. */
export async function topicId(cluster: Cluster, topic: string): Promise<string> {
  try {
    const leaders = await partitionLeaders(cluster, topic);
    const [nodeId = -1] = leaders.values();
    const broker = await cluster.findBroker({ nodeId });
    return await broker.connectionPool.send({
      request: { ...METADATA, encode: () => Promise.resolve(encodeRequest(topic)) },
      response: {
        decode: (raw) => Promise.resolve(decodeTopicId(raw)),
        parse: (id) => Promise.resolve(id),
      },
    });
  } catch (error) {
    throw toKafkaError(error, `read the id of ${topic}`);
  }
}

function encodeRequest(topic: string): Encoder {
  const encoder = new Encoder();
  encoder.writeUVarInt(0); // tagged fields of the header
  encoder.writeUVarInt(2); // one topic (compact arrays count one more)
  encoder.writeBufferInternal(Buffer.alloc(UUID_BYTES));
  encoder.writeUVarIntString(topic);
  encoder.writeUVarInt(0);
  encoder.writeBoolean(false); // no automatic creation
  encoder.writeBoolean(false); // no authorized operations
  encoder.writeUVarInt(0);
  return encoder;
}

function decodeTopicId(raw: Buffer): string {
  const decoder = new Decoder(raw);
  decoder.readTaggedFields(); // of the header
  decoder.readInt32(); // throttle time
  const brokers = decoder.readUVarInt() - 1;
  for (let index = 0; index < brokers; index += 1) {
    decoder.readInt32();
    decoder.readUVarIntString();
    decoder.readInt32();
    decoder.readUVarIntString();
    decoder.readTaggedFields();
  }
  decoder.readUVarIntString(); // cluster id
  decoder.readInt32(); // controller id
  decoder.readUVarInt(); // one topic
  const errorCode = decoder.readInt16();
  decoder.readUVarIntString();
  const id = decoder.readBytes(UUID_BYTES);
  if (protocolErrors.failure(errorCode)) throw protocolErrors.createErrorFromCode(errorCode);
  return id.toString('base64url');
}
