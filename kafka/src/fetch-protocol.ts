import type { Broker } from 'kafkajs/src/cluster/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
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

const FETCH = { apiKey: 1, apiVersion: 13, apiName: 'Fetch' } as const;
const UUID_BYTES = 16;
const NOBODY = -1;
const NO_SESSION = { id: 0, epoch: -1 };

export interface FetchOptions {
  /** As Kafka's tools write it. A topic that was made anew under the same name has another one, and is not read. */
  topicId: string;
  positions: ReadonlyMap<number, bigint>;
  maxWaitMs: number;
  maxBytes: number;
  isolation: Isolation;
}

/**
 * One Fetch request, by the topic's id: kafkajs knows it up to version 11, which goes by the name. Its decoder also hides
 * how far the log was read and the last stable offset.
 */
export function fetchFrom(broker: Broker, options: FetchOptions): Promise<RawPartition[]> {
  return broker.connectionPool.send({
    request: { ...FETCH, encode: () => Promise.resolve(encodeFetch(options)) },
    response: {
      decode: (raw) => Promise.resolve(decodeFetch(raw)),
      parse: (data) => Promise.resolve(data),
    },
    requestTimeout: options.maxWaitMs + 30_000,
  });
}

function encodeFetch({ topicId, positions, maxWaitMs, maxBytes, isolation }: FetchOptions): Encoder {
  const encoder = new Encoder();
  encoder.writeUVarInt(0); // tagged fields of the header
  encoder.writeInt32(NOBODY); // no replica
  encoder.writeInt32(maxWaitMs);
  encoder.writeInt32(1); // byte, at least
  encoder.writeInt32(maxBytes);
  encoder.writeInt8(ISOLATION_LEVEL[isolation]);
  encoder.writeInt32(NO_SESSION.id);
  encoder.writeInt32(NO_SESSION.epoch);
  encoder.writeUVarInt(2); // one topic (compact arrays count one more)
  encoder.writeBufferInternal(Buffer.from(topicId, 'base64url'));
  encoder.writeUVarInt(positions.size + 1);
  for (const [partition, offset] of positions) {
    encoder.writeInt32(partition);
    encoder.writeInt32(NOBODY); // whatever the leader's epoch
    encoder.writeInt64(offset.toString());
    encoder.writeInt32(NOBODY); // no epoch of the last fetch: we do not follow
    encoder.writeInt64('-1'); // nor have a log of our own
    encoder.writeInt32(maxBytes);
    encoder.writeUVarInt(0);
  }
  encoder.writeUVarInt(0);
  encoder.writeUVarInt(1); // no forgotten topics
  encoder.writeUVarIntString(''); // no rack
  encoder.writeUVarInt(0);
  return encoder;
}

function decodeFetch(raw: Buffer): RawPartition[] {
  const decoder = new Decoder(raw);
  skipTaggedFields(decoder); // of the header
  decoder.readInt32(); // throttle time: the broker has already waited
  const errorCode = decoder.readInt16();
  decoder.readInt32(); // session id: no sessions
  const partitions = compactArray(decoder, () => {
    decoder.readBytes(UUID_BYTES); // the one topic
    const decoded = compactArray(decoder, () => decodePartition(decoder));
    skipTaggedFields(decoder);
    return decoded;
  }).flat();
  return errorCode === 0 ? partitions : partitions.map((partition) => ({ ...partition, errorCode }));
}

function decodePartition(decoder: Decoder): RawPartition {
  const int64 = (): bigint => BigInt(decoder.readInt64().toString());
  const partition = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const highWatermark = int64();
  const lastStableOffset = int64();
  const logStartOffset = int64();
  const aborted = compactArray(decoder, () => {
    const transaction = { producerId: int64().toString(), firstOffset: int64() };
    skipTaggedFields(decoder);
    return transaction;
  });
  decoder.readInt32(); // preferred read replica: always the leader for us
  const size = decoder.readUVarInt() - 1;
  const batches = size > 0 ? decoder.readBytes(size) : Buffer.alloc(0);
  skipTaggedFields(decoder);
  return { partition, errorCode, highWatermark, lastStableOffset, logStartOffset, aborted, batches };
}

/** A null array is one without entries. */
function compactArray<T>(decoder: Decoder, read: () => T): T[] {
  const length = Math.max(0, decoder.readUVarInt() - 1);
  return Array.from({ length }, read);
}

/** kafkajs takes a field's size for one more than it is, as that of a compact text. */
function skipTaggedFields(decoder: Decoder): void {
  for (let left = decoder.readUVarInt(); left > 0; left -= 1) {
    decoder.readUVarInt();
    decoder.readBytes(decoder.readUVarInt());
  }
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
