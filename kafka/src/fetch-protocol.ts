import type { Broker } from 'kafkajs/src/cluster/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import fetchRequest from 'kafkajs/src/protocol/requests/fetch/v11/request.js';
import { KafkaError } from './errors.ts';
import { BATCH, CONTROL, decodeBatch, TRANSACTIONAL } from './decode-record-batch.ts';
import type { FetchedRecord } from './fetched-record.ts';
import type { Isolation } from './records.ts';

const ABORT_MARKER = 0;
export const ISOLATION_LEVEL: Readonly<Record<Isolation, number>> = {
  read_uncommitted: 0,
  read_committed: 1,
};

export interface RawPartition {
  partition: number;
  errorCode: number;
  highWatermark: bigint;
  lastStableOffset: bigint;
  logStartOffset: bigint;
  aborted: { producerId: string; firstOffset: bigint }[];
  batches: Buffer;
}

/** One Fetch request. kafkajs' own decoder hides how far the log was read and the last stable offset, so we decode. */
export function fetchFrom(
  broker: Broker,
  options: {
    topic: string;
    positions: ReadonlyMap<number, bigint>;
    maxWaitMs: number;
    maxBytes: number;
    isolation: Isolation;
  },
): Promise<RawPartition[]> {
  const { topic, positions, maxWaitMs, maxBytes, isolation } = options;
  return broker.connectionPool.send({
    request: fetchRequest({
      replicaId: -1,
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: ISOLATION_LEVEL[isolation],
      topics: [
        {
          topic,
          partitions: [...positions].map(([partition, offset]) => ({
            partition,
            fetchOffset: offset.toString(),
            maxBytes,
          })),
        },
      ],
    }),
    response: {
      decode: (raw) => Promise.resolve(decodeFetchV11(raw)),
      parse: (data) => Promise.resolve(data),
    },
    requestTimeout: maxWaitMs + 30_000,
  });
}

function decodeFetchV11(raw: Buffer): RawPartition[] {
  const decoder = new Decoder(raw);
  decoder.readInt32(); // throttle time: the broker has already waited
  const errorCode = decoder.readInt16();
  decoder.readInt32(); // session id: no sessions
  const topics = decoder.readArray((topicDecoder) => {
    topicDecoder.readString();
    return topicDecoder.readArray(decodePartition);
  });
  const partitions = topics.flat();
  return errorCode === 0 ? partitions : partitions.map((partition) => ({ ...partition, errorCode }));
}

function decodePartition(decoder: Decoder): RawPartition {
  const int64 = (): bigint => BigInt(decoder.readInt64().toString());
  const partition = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const highWatermark = int64();
  const lastStableOffset = int64();
  const logStartOffset = int64();
  const aborted = decoder.readArray(() => ({ producerId: int64().toString(), firstOffset: int64() }));
  decoder.readInt32(); // preferred read replica: always the leader for us
  const size = decoder.readInt32();
  const batches = size > 0 ? decoder.readBytes(size) : Buffer.alloc(0);
  return { partition, errorCode, highWatermark, lastStableOffset, logStartOffset, aborted, batches };
}

/**
 * The records a reader may see from `position` on, and where the next fetch begins. Goes by batch headers, so batches
 * that compaction has emptied, markers and aborted records all move the position on.
 */
export async function readBatches(
  topic: string,
  raw: RawPartition,
  position: bigint,
  isolation: Isolation,
): Promise<{ records: FetchedRecord[]; nextOffset: bigint }> {
  const { batches, partition } = raw;
  const openAborts = [...raw.aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const abortedProducers = new Set<string>();
  const records: FetchedRecord[] = [];
  let nextOffset = position;
  let at = 0;
  while (at + BATCH.header <= batches.length) {
    const end = at + BATCH.overhead + batches.readInt32BE(at + BATCH.length);
    if (end > batches.length) break; // the broker cuts the last batch at maxBytes
    if (batches.readInt8(at + BATCH.magic) !== 2)
      throw new KafkaError(
        'RecordUnreadable',
        `${topic}[${partition}] holds records older than Kafka 0.11 wrote them`,
      );
    const lastOffset =
      batches.readBigInt64BE(at + BATCH.baseOffset) + BigInt(batches.readInt32BE(at + BATCH.lastOffsetDelta));
    const attributes = batches.readInt16BE(at + BATCH.attributes);
    const producerId = batches.readBigInt64BE(at + BATCH.producerId).toString();
    while (openAborts[0] !== undefined && openAborts[0].firstOffset <= lastOffset) {
      abortedProducers.add(openAborts[0].producerId);
      openAborts.shift();
    }
    const isControl = (attributes & CONTROL) !== 0;
    const isAborted =
      isolation === 'read_committed' &&
      (attributes & TRANSACTIONAL) !== 0 &&
      abortedProducers.has(producerId);
    if (isControl || !isAborted) {
      const decoded = await decode(topic, partition, batches.subarray(at, end));
      if (isControl) {
        // An emptied control batch has no marker left to read; its transaction's records are gone as well.
        const marker = decoded[0]?.key;
        if (marker === undefined || marker === null || marker.readInt16BE(2) === ABORT_MARKER)
          abortedProducers.delete(producerId);
      } else {
        for (const record of decoded) if (record.offset >= position) records.push(record);
      }
    }
    if (lastOffset + 1n > nextOffset) nextOffset = lastOffset + 1n;
    at = end;
  }
  if (batches.length > 0 && at === 0)
    throw new KafkaError(
      'RecordUnreadable',
      `${topic}[${partition}] at ${position} returned no complete batch`,
    );
  return { records, nextOffset };
}

async function decode(topic: string, partition: number, batch: Buffer): Promise<FetchedRecord[]> {
  try {
    return await decodeBatch(topic, partition, batch);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new KafkaError(
      'RecordUnreadable',
      `a batch of ${topic}[${partition}] cannot be decoded: ${reason}`,
      { cause: error },
    );
  }
}
