import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeRecordBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import recordBatches from 'kafkajs/src/protocol/recordBatch/v0/index.js';
import kafkajsRecord from 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
import { decodeBatch } from './decode-record-batch.ts';

const { RecordBatch: kafkajsBatch } = recordBatches;

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 60, maxLength: 200 }));
const bytes = fc.option(
  text.map((it) => Buffer.from(it)),
  { nil: null },
);
const record = fc.record({
  offsetDelta: fc.nat({ max: 100_000 }),
  timestampDelta: fc.integer({ min: -5_000_000_000, max: 5_000_000_000 }),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(text, text, { maxKeys: 6 }),
});

describe('a record batch', () => {
  it('is decoded as kafkajs decodes it, compressed or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 20 }),
        fc.nat({ max: 2 ** 40 }),
        fc.constantFrom(0, 1),
        fc.nat({ max: 2_000_000_000_000 }),
        async (records, baseOffset, compression, timestamp) => {
          const encoder = await kafkajsBatch({
            compression,
            firstOffset: baseOffset,
            firstTimestamp: timestamp,
            maxTimestamp: timestamp + 1,
            lastOffsetDelta: 100_000,
            records: records.map((each) => kafkajsRecord(each)),
          });
          const expected = await decodeRecordBatch(new Decoder(encoder.buffer));
          const decoded = await decodeBatch('t', 3, encoder.buffer);
          expect(
            decoded.map(({ topic, partition, offset, key, value, timestamp: at, headers }) => ({
              topic,
              partition,
              offset,
              key,
              value,
              timestamp: at,
              headers,
            })),
          ).toEqual(
            expected.records.map((each) => ({
              topic: 't',
              partition: 3,
              offset: BigInt(each.offset),
              key: each.key,
              value: each.value,
              timestamp: Number(each.timestamp),
              headers: new Map(
                Object.entries(each.headers).map(([name, value]) => [
                  name,
                  String(Array.isArray(value) ? value.at(-1) : value),
                ]),
              ),
            })),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('that is damaged is an error, never other records', async () => {
    const encoder = await kafkajsBatch({
      compression: 0,
      firstOffset: 0,
      firstTimestamp: 0,
      maxTimestamp: 0,
      lastOffsetDelta: 1,
      records: ['a', 'b'].map((value) =>
        kafkajsRecord({
          offsetDelta: 0,
          timestampDelta: 0,
          key: null,
          value: Buffer.from(value),
          headers: { h: 'v' },
        }),
      ),
    });
    for (const cut of [1, 5, 12]) {
      const damaged = encoder.buffer.subarray(0, encoder.buffer.length - cut);
      await expect(decodeBatch('t', 0, damaged)).rejects.toThrow(Error);
    }
    const lz4 = Buffer.from(encoder.buffer);
    lz4.writeInt16BE(3, 21);
    await expect(decodeBatch('t', 0, lz4)).rejects.toThrow('its compression is lz4');
  });
});
