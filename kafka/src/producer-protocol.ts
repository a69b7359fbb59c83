import type { Broker } from 'kafkajs/src/cluster/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import protocolErrors from 'kafkajs/src/protocol/error.js';
import { KafkaError } from './errors.ts';
import { sendParts } from './send-parts.ts';
import type { SpareBuffers } from './spare-buffers.ts';

/** What the coordinator knows a producer by; the epoch grows with every takeover. */
export interface ProducerIdentity {
  readonly id: bigint;
  readonly epoch: number;
}

const INIT_PRODUCER_ID = { apiKey: 22, apiVersion: 4, apiName: 'InitProducerId' } as const;
const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' } as const;
/** Not in kafkajs' table of errors. */
const PRODUCER_FENCED = 90;
/** The broker has this batch already: an earlier answer was lost. */
const DUPLICATE_SEQUENCE_NUMBER = 46;
const ALL_REPLICAS = -1;

/**
 * Takes a producer id, or the next epoch of the one that is `held`: then only if nobody has taken over since (KIP-360).
 * kafkajs knows version 1, which always takes over.
 */
export function initProducerId(
  broker: Broker,
  options: { transactionalId: string; timeoutMs: number; held: ProducerIdentity | undefined },
): Promise<ProducerIdentity> {
  const { transactionalId, timeoutMs, held = { id: -1n, epoch: -1 } } = options;
  return broker.connectionPool.send({
    request: {
      ...INIT_PRODUCER_ID,
      encode: () => {
        const encoder = new Encoder();
        encoder.writeUVarInt(0); // tagged fields of the header
        encoder.writeUVarIntString(transactionalId);
        encoder.writeInt32(timeoutMs);
        encoder.writeInt64(held.id.toString());
        encoder.writeInt16(held.epoch);
        encoder.writeUVarInt(0);
        return Promise.resolve(encoder);
      },
    },
    response: {
      decode: (raw) => {
        const decoder = new Decoder(raw);
        decoder.readTaggedFields(); // of the header
        decoder.readInt32(); // throttle time
        const errorCode = decoder.readInt16();
        return Promise.resolve({
          errorCode,
          id: BigInt(decoder.readInt64().toString()),
          epoch: decoder.readInt16(),
        });
      },
      parse: ({ errorCode, id, epoch }) => {
        throwFor(errorCode);
        return Promise.resolve({ id, epoch });
      },
    },
  });
}

/** Appends one record batch to each partition; settled when all replicas in sync have them. */
export async function produce(
  broker: Broker,
  options: {
    transactionalId: string;
    timeoutMs: number;
    batches: ReadonlyMap<string, ReadonlyMap<number, Buffer>>;
    spare: SpareBuffers;
  },
): Promise<void> {
  settleProduce(decodeProduce(await sendParts(broker, PRODUCE, encodeProduce(options), options.spare)));
}

/** The batches as they are, and what stands before each. */
function encodeProduce({ transactionalId, timeoutMs, batches }: Parameters<typeof produce>[1]): Buffer[] {
  const parts: Buffer[] = [];
  let encoder = new Encoder();
  encoder.writeString(transactionalId);
  encoder.writeInt16(ALL_REPLICAS);
  encoder.writeInt32(timeoutMs);
  encoder.writeInt32(batches.size);
  for (const [topic, partitions] of batches) {
    encoder.writeString(topic);
    encoder.writeInt32(partitions.size);
    for (const [partition, batch] of partitions) {
      encoder.writeInt32(partition);
      encoder.writeInt32(batch.length);
      parts.push(encoder.buffer, batch);
      encoder = new Encoder();
    }
  }
  return parts;
}

function decodeProduce(raw: Buffer): number[] {
  return new Decoder(raw)
    .readArray((topic) => {
      topic.readString();
      return topic.readArray((partition) => {
        partition.readInt32();
        const errorCode = partition.readInt16();
        partition.readInt64(); // base offset
        partition.readInt64(); // append time
        partition.readInt64(); // log start offset
        return errorCode;
      });
    })
    .flat();
}

function settleProduce(errorCodes: readonly number[]): void {
  for (const code of errorCodes) if (code !== DUPLICATE_SEQUENCE_NUMBER) throwFor(code);
}

function throwFor(errorCode: number): void {
  if (errorCode === PRODUCER_FENCED)
    throw new KafkaError('KafkaFenced', 'another producer has taken over this transactional id');
  if (protocolErrors.failure(errorCode)) throw protocolErrors.createErrorFromCode(errorCode);
}
