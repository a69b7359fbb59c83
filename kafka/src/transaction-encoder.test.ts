import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeRecordBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { KafkaError } from './errors.ts';
import { partitionOf } from './partitioner.ts';
import type { OutgoingRecord } from './records.ts';
import { SpareBuffers } from './spare-buffers.ts';
import { nextSequence, TransactionEncoder, type EncodedTransaction } from './transaction-encoder.ts';

const identity = () => ({ id: 7n, epoch: 2 });
const FIRST_SEQUENCE_AT = 53;
const PARTITIONS: Record<string, number> = { one: 1, three: 3 };

function encoderOf(asked: string[] = [], spare = new SpareBuffers()): TransactionEncoder {
  return new TransactionEncoder((topic) => {
    asked.push(topic);
    const count = PARTITIONS[topic];
    return count === undefined
      ? Promise.reject(new KafkaError('TopicMissing', `topic ${topic} does not exist`))
      : Promise.resolve(count);
  }, spare);
}

interface Read {
  topic: string;
  partition: number;
  firstSequence: number;
  keys: string[];
}

/** By another implementation, request by request. */
async function read({ rounds }: EncodedTransaction): Promise<Read[][]> {
  return Promise.all(
    rounds.map((round) =>
      Promise.all(
        round.map(async ({ topic, partition, bytes }) => {
          const { records } = await decodeRecordBatch(new Decoder(bytes));
          return {
            topic,
            partition,
            firstSequence: bytes.readInt32BE(FIRST_SEQUENCE_AT),
            keys: records.map(({ key }) => String(key)),
          };
        }),
      ),
    ),
  );
}

const record = (topic: string, key: string, value = ''): OutgoingRecord => ({ topic, key, value });

describe('transactions', () => {
  it('hold every record in its partition and order, numbered on from one to the next', async () => {
    const some = fc.array(fc.tuple(fc.constantFrom('one', 'three'), fc.string()), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 4 }), async (transactions) => {
        const encoder = encoderOf();
        const sequences = new Map<string, number>();
        for (const records of transactions) {
          const encoded = await encoder.encode(
            records.map(([topic, key]) => record(topic, key)),
            identity,
          );
          expect(encoded.count).toBe(records.length);
          const batches = (await read(encoded)).flat();
          for (const { topic, partition, firstSequence, keys } of batches) {
            const count = PARTITIONS[topic] ?? 0;
            const own = records.filter(
              ([of, key]) => of === topic && partitionOf(key, count, 0) === partition,
            );
            expect(keys).toEqual(own.map(([, key]) => key));
            const name = `${topic}/${partition}`;
            expect(firstSequence).toBe(sequences.get(name) ?? 0);
            sequences.set(name, firstSequence + keys.length);
          }
          expect(batches.reduce((sum, { keys }) => sum + keys.length, 0)).toBe(records.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are cut into batches that brokers take, of which a request holds one for each partition', async () => {
    const large = (key: string) => record('one', key, 'x'.repeat(400_000));
    const records = [large('a'), large('b'), large('c'), record('three', 'd'), large('e')];
    const encoded = await encoderOf().encode(records, identity);
    expect((await read(encoded)).map((round) => round.map(({ topic, keys }) => [topic, ...keys]))).toEqual([
      [
        ['one', 'a', 'b'],
        ['three', 'd'],
      ],
      [['one', 'c', 'e']],
    ]);
    for (const { bytes } of encoded.rounds.flat()) expect(bytes.length).toBeLessThanOrEqual(900_000);
  });

  it('take a record alone that is larger than a batch, and none that is larger than a transaction', async () => {
    const encoder = encoderOf();
    const encoded = await encoder.encode(
      [record('one', 'a', 'x'.repeat(1_000_000)), record('one', 'b')],
      identity,
    );
    expect((await read(encoded)).flat().map(({ keys }) => keys)).toEqual([['a'], ['b']]);
    await expect(
      encoder.encode([record('one', 'a', 'x'.repeat(10_000_001))], identity),
    ).rejects.toMatchObject({
      code: 'TransactionTooLarge',
    });
  });

  it('fail for a topic that is missing only where they write to it', async () => {
    const asked: string[] = [];
    const encoder = encoderOf(asked);
    await expect(encoder.encode([record('gone', 'a')], identity)).rejects.toMatchObject({
      code: 'TopicMissing',
    });
    expect(await encoder.encode([record('one', 'a')], identity)).toMatchObject({ count: 1 });
    PARTITIONS['gone'] = 1;
    expect(await encoder.encode([record('gone', 'a')], identity)).toMatchObject({ count: 1 });
    delete PARTITIONS['gone'];
    expect(await encoder.encode([record('one', 'a')], identity)).toMatchObject({ count: 1 });
  });

  it('are not asked for again once nobody waits for them', async () => {
    const stop = new AbortController();
    const encoder = new TransactionEncoder(() => {
      stop.abort(new Error('given up'));
      return Promise.resolve(1);
    }, new SpareBuffers());
    await expect(encoder.encode([record('one', 'a')], identity, stop.signal)).rejects.toThrow('given up');
  });

  it('give no number where the identity is no longer held', async () => {
    const encoder = encoderOf();
    const lost = () => {
      throw new KafkaError('KafkaFenced', 'gone');
    };
    await expect(encoder.encode([record('one', 'a')], lost)).rejects.toMatchObject({ code: 'KafkaFenced' });
    const [[batch] = []] = await read(await encoder.encode([record('one', 'b')], identity));
    expect(batch?.firstSequence).toBe(0);
  });

  it('begin their numbers anew with another epoch, and at 0 after the largest', async () => {
    const encoder = encoderOf();
    await encoder.encode([record('one', 'a'), record('one', 'b')], identity);
    encoder.restart();
    const [[batch] = []] = await read(await encoder.encode([record('one', 'c')], identity));
    expect(batch?.firstSequence).toBe(0);
    expect([nextSequence(5, 3), nextSequence(0x7fffffff, 1), nextSequence(0x7ffffffe, 3)]).toEqual([8, 0, 1]);
  });
});

describe('a buffer that is given back', () => {
  it('is used again where it is large enough, whole, and once at a time', () => {
    const spare = new SpareBuffers();
    const first = spare.take(1_000);
    spare.give(first.subarray(0, 10));
    const second = spare.take(900);
    expect(second.buffer).toBe(first.buffer);
    expect(second).toHaveLength(1_000);
    expect(spare.take(10).buffer).not.toBe(first.buffer);
  });

  it('is not kept where it is very large, nor where there are many', () => {
    const spare = new SpareBuffers();
    const large = spare.take(3 * 1024 * 1024);
    spare.give(large);
    expect(spare.take(1).buffer).not.toBe(large.buffer);
    const many = Array.from({ length: 10 }, () => spare.take(100));
    for (const buffer of many) spare.give(buffer);
    const taken = Array.from({ length: 10 }, () => spare.take(100).buffer);
    expect(taken.filter((buffer) => many.some((one) => one.buffer === buffer))).toHaveLength(6);
  });
});
