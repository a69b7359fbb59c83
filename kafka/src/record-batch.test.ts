import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import kafkajsCrc32c from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
import decodeRecordBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import kafkajsMurmur2 from 'kafkajs/src/producer/partitioners/default/murmur2.js';
import { crc32c } from './crc32c.ts';
import { murmur2 } from './partitioner.ts';
import { RecordBatch, type BatchOrigin } from './record-batch.ts';
import { FieldWriter } from './field-writer.ts';
import { recordBytes } from './publisher.ts';
import type { OutgoingRecord } from './records.ts';

/** Also where a length takes another byte than its characters tell. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.nat(70).map((length) => 'é'.repeat(length)),
  fc.integer({ min: 2_000, max: 9_000 }).map((length) => '漢'.repeat(length)),
);
/** The other implementation keeps headers in a plain object and takes its inherited members for earlier values. */
const headerName = text.filter((name) => !(name in {}));
const written = fc.record({
  topic: fc.constant('t'),
  key: fc.option(text, { nil: null }),
  value: fc.option(text, { nil: null }),
  headers: fc.dictionary(headerName, text, { maxKeys: 4, noNullPrototype: true }),
  sharedHeaders: fc.constantFrom(undefined, { poll: 'a' }, { poll: 'b', 'observed at': 'ü'.repeat(70) }),
});
/** The same, its content encoded beforehand. */
function packed(record: OutgoingRecord): OutgoingRecord {
  const writer = new FieldWriter(0);
  writer.latin1('what stands before');
  const from = writer.at;
  writer.field(record.key);
  writer.field(record.value);
  const headersFrom = writer.at;
  const headers = Object.entries(record.headers ?? {});
  for (const text of headers.flat()) writer.field(text);
  const content = { bytes: writer.buffer, from, headersFrom, to: writer.at, headers: headers.length };
  return { ...record, packed: content };
}

const record = fc.tuple(written, fc.boolean()).map(([one, beforehand]) => (beforehand ? packed(one) : one));

function encodeRecordBatch(records: readonly OutgoingRecord[], origin: BatchOrigin): Buffer {
  const batch = new RecordBatch(0);
  for (const one of records) batch.add(one);
  return batch.finish(origin);
}

describe('a record batch', () => {
  it('is read by another implementation as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 150 }),
        fc.bigInt({ min: 0n, max: 2n ** 62n }),
        fc.integer({ min: 0, max: 32_767 }),
        async (records, producerId, epoch) => {
          const batch = encodeRecordBatch(records, {
            producerId,
            epoch,
            firstSequence: 7,
            timestamp: 1_700_000_000_000,
          });
          const decoded = await decodeRecordBatch(new Decoder(batch));
          expect(decoded).toMatchObject({ inTransaction: true, producerId: producerId.toString() });
          expect(
            decoded.records.map(({ key, value, headers, offset, timestamp }) => ({
              key: key?.toString() ?? null,
              value: value?.toString() ?? null,
              headers: Object.fromEntries(
                Object.entries(headers).map(([name, header]) => [name, String(header)]),
              ),
              offset,
              timestamp,
            })),
          ).toEqual(
            records.map(({ key, value, headers, sharedHeaders }, index) => ({
              key,
              value,
              headers: { ...sharedHeaders, ...headers },
              offset: String(index),
              timestamp: '1700000000000',
            })),
          );
          const most = records.reduce((sum, one) => sum + recordBytes(one), 61);
          expect(batch.length).toBeLessThanOrEqual(most);
          expect(batch.readUInt32BE(17)).toBe(kafkajsCrc32c(batch.subarray(21)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is checked by CRC-32C', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(crc32c(bytes)).toBe(kafkajsCrc32c(Buffer.from(bytes)));
      }),
    );
  });
});

describe('the partition of a key', () => {
  it("is that of Kafka's default partitioner", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(murmur2(bytes) | 0).toBe(kafkajsMurmur2(Buffer.from(bytes)));
      }),
    );
  });
});
